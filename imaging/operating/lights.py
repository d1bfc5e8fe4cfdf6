"""A light for each provider: whether it works, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging import providers
from imaging.models import ProviderAccount, ProviderControl
from imaging.models.steering import Mode
from imaging.providers.accounts import Account, operators
from imaging.providers.base import Provider
from imaging.providers.circuit import CACHE_AWAY
from imaging.providers.circuit import State as Breaker
from imaging.sealing import InvalidToken

# Units of the provider's own; with less an operator should buy some.
LOW = 10
# So many of the last tasks are slow when they take so many times as long as usual.
LAST, SLOW = 10, 3
# No more accounts than these are looked at, the last changed first.
ACCOUNTS = 200


@dataclass(frozen=True)
class Light:
    """How a provider is: the lamp's class, one word, and what there is to say."""

    provider: str
    lamp: str
    word: str
    why: str = ""


def lights(recent: Sequence[Mapping[str, Any]]) -> list[Light]:
    """Return the light of each provider; `recent` are tasks, the last ended first."""
    controls = dict(ProviderControl.objects.values_list("provider", "mode"))
    every = providers.providers()
    accounts = accounts_of(every)
    said = ask(one.id for some in accounts.values() for one in some)
    slow = slowed(recent)
    return [
        light(one, controls.get(one.key, ""), accounts[one.key], said, one.key in slow)
        for one in every
    ]


def accounts_of(every: Sequence[Provider]) -> dict[str, list[Account]]:
    """Return the accounts with which each provider is entered by anybody."""
    found: dict[str, list[Account]] = {}
    for one in every:
        own = operators(one) if one.credentials else Account(one.key)
        found[one.key] = [own] if own else []
    rows = ProviderAccount.objects.filter(provider__in=found).order_by("-changed")
    # What no key opens is for the doctor to say; the page must open.
    with suppress(InvalidToken):
        for row in rows[:ACCOUNTS]:
            if row.is_own:
                found[row.provider].append(row.account(providers.get(row.provider)))
    return found


def ask(ids: Iterable[str]) -> dict[str, Any]:
    """Return what the cache holds of these accounts: breakers, and what was said."""
    keys = [f"{kind}:{one}" for one in ids for kind in ("circuit", "account")]
    with suppress(*CACHE_AWAY):
        return dict(cache.get_many(keys))
    return {}


def light(
    provider: Provider,
    mode: str,
    accounts: Sequence[Account],
    said: Mapping[str, Any],
    slow: bool,
) -> Light:
    """Return what is worst about a provider."""
    if mode == Mode.PAUSED:
        return Light(provider.key, "paused", _("paused"), _("By the operator."))
    if mode == Mode.DRAINING:
        return Light(provider.key, "paused", _("draining"), _("Takes nothing new."))
    if not accounts:
        return Light(provider.key, "paused", _("no key"), _("Nobody has an account."))
    shut = [one for one in accounts if is_shut(said.get(f"circuit:{one.id}"))]
    if shut:
        why = _("No calls for now: %(shut)d of %(all)d accounts.")
        why %= {"shut": len(shut), "all": len(accounts)}
        return Light(provider.key, "down", _("down"), why)
    if poor := [one for one in accounts if is_low(said.get(f"account:{one.id}"))]:
        why = _("Accounts with less than %(low)d: %(n)d.")
        why %= {"low": LOW, "n": len(poor)}
        return Light(provider.key, "slow", _("low balance"), why)
    if slow:
        return Light(provider.key, "slow", _("slow"), _("Takes longer than usual."))
    return Light(provider.key, "ok", _("ok"))


def is_shut(known: Sequence[Any] | None) -> bool:
    """Say whether a breaker lets no calls through now."""
    state = Breaker(*known) if known else Breaker()
    return bool(state.pause) and state.until > timezone.now().timestamp()


def is_low(known: Mapping[str, Any] | None) -> bool:
    """Say whether an account has said that little is left."""
    balance = (known or {}).get("balance")
    return balance is not None and balance < LOW


def times_of(tasks: Iterable[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the seconds that tasks took, in their order, by provider."""
    taken: dict[str, list[float]] = {}
    for row in tasks:
        if row["began"]:
            seconds = (row["finished"] - row["began"]).total_seconds()
            taken.setdefault(row["provider"], []).append(seconds)
    return taken


def slowed(recent: Sequence[Mapping[str, Any]]) -> set[str]:
    """Name the providers whose last tasks took far longer than those before."""
    return {
        key
        for key, times in times_of(recent).items()
        if len(times) > 3 * LAST
        and median(times[:LAST]) > SLOW * max(median(times[LAST:]), 1)
    }
