"""What the operator sets for a provider, and what follows from it at once."""

from __future__ import annotations

from typing import Any

from imaging import clock
from imaging.background.sweeping import wake_quiet
from imaging.background.turns import give_turns
from imaging.models import ProviderControl, Task, User
from imaging.providers.accounts import Account
from imaging.providers.base import Provider


def steer(provider: Provider, user: User, **said: Any) -> None:
    """Set something for a provider, and wake what need not wait any more."""
    ProviderControl.objects.steer(provider.key, user, **said)
    give_turns(provider.key)
    wake_quiet(provider.queue)


def close_circuit(provider: Provider, account: Account) -> None:
    """Let calls go with an account again, and what waits at its provider try now."""
    account.circuit.close()
    waiting = Task.objects.filter(provider=provider.key, message="").queued()
    waiting.filter(due__gt=clock.now()).update(due=clock.now())
    wake_quiet(provider.queue)
