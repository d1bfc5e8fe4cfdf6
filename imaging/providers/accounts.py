"""With what a provider is entered: its address and credentials, one unit.

An account is a team's own (`imaging.models.accounts`) or the operator's, which lies in
the environment: `<KEY>_URL`, and `<KEY>_<NAME>` for each value that the provider asks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging.providers.circuit import CACHE_AWAY, Circuit

if TYPE_CHECKING:
    from imaging.providers.base import Provider

OPERATOR = "operator"
# What a provider has said of an account counts for so many seconds.
KNOWN_FOR = 24 * 3_600
# So many seconds a person waits for what a provider says of an account.
PATIENCE = 15


@dataclass(frozen=True)
class Credential:
    """One value that a provider asks of an account; `secret` ones are never shown."""

    name: str
    label: Any
    secret: bool = True
    required: bool = True
    help: Any = ""


@dataclass(frozen=True)
class Account:
    """Where a provider is, and with what it is entered.

    `id` tells accounts apart wherever something is shared between processes.
    `operator_set` says that the address comes from the environment, so that the
    exceptions of OUTGOING_ALLOW hold. `known` is what the provider has said of itself
    to this account last (limits, balance), see `learn`; it may be empty at any time.
    With a `paused` one nothing new is begun.
    """

    id: str = ""
    url: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    operator_set: bool = False
    known: Mapping[str, Any] = field(default_factory=dict)
    paused: bool = False

    @property
    def circuit(self) -> Circuit:
        """Return the breaker of this account: a wrong key or address is its own."""
        return Circuit(self.id)

    def learn(self, **facts: Any) -> None:
        """Keep what the provider said, for every process; without the cache, do not.

        When a balance was said is kept as `balance_at`.
        """
        if "balance" in facts:
            facts = {"balance_at": timezone.now(), **facts}
        try:
            cache.set(f"account:{self.id}", {**self.known, **facts}, KNOWN_FOR)
        except CACHE_AWAY:
            return


def inquire(provider: Provider, account: Account) -> dict[str, Any]:
    """Ask the provider about an account, for PATIENCE seconds. Raises ProviderError.

    In a thread, which is left to itself when nobody waits for it any more: a client may
    make several calls, each with a time of its own.
    """
    from imaging.failures import ProviderError

    answer: Future[dict[str, Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(provider.inquire(account))
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            answer.set_exception(error)
        finally:
            connections.close_all()

    threading.Thread(target=ask, daemon=True, name=f"inquire-{provider.key}").start()
    try:
        return answer.result(PATIENCE)
    except TimeoutError as error:
        said = _("There was no answer within %d seconds.") % PATIENCE
        raise ProviderError(said, "timeout") from error


def operators(provider: Provider) -> Account | None:
    """Return the operator's account with this provider; None where there is none."""
    prefix = provider.key.upper()
    values = {
        one.name: os.environ.get(f"{prefix}_{one.name}".upper(), "")
        for one in provider.credentials
    }
    values = {name: value for name, value in values.items() if value}
    if provider.lacking(values):
        return None
    url = os.environ.get(f"{prefix}_URL", "")
    return Account(
        id=f"{provider.key}:{OPERATOR}",
        url=url or provider.home,
        values=values,
        operator_set=bool(url),
    )
