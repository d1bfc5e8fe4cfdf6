"""Who works with a provider: whose accounts, what they cost, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from imaging.forms.accounts import LONG, shown
from imaging.models import Budget, ProviderAccount, State, Task, Team
from imaging.models.costs import NOTHING, amount, this_month
from imaging.operating.lights import ask, is_low
from imaging.providers.accounts import Account, operators
from imaging.providers.base import Provider
from imaging.providers.circuit import State as Breaker
from imaging.sealing import InvalidToken

# No more teams than these stand on a page; others are searched for.
TEAMS = 50
# Among so many of the newest failures the different ones are looked for.
FAILURES, DIFFERENT = 500, 10
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Secret:
    """A value of an account: never more of it than its end."""

    label: Any
    end: str = ""
    variable: str = ""


@dataclass(frozen=True)
class Door:
    """An account with which a provider is entered, and how it goes with it."""

    account: Account
    secrets: Sequence[Secret]
    known: Mapping[str, Any] = field(default_factory=dict)
    breaker: Breaker = Breaker()

    @property
    def open_until(self) -> datetime | None:
        """Return until when no calls are made with it; None while calls are made."""
        until = datetime.fromtimestamp(self.breaker.until, UTC)
        return until if self.breaker.pause and until > timezone.now() else None

    @property
    def is_low(self) -> bool:
        return is_low(self.known)


@dataclass(frozen=True)
class Purse:
    """A team at a provider: its budget, and its own account if it has one."""

    team: Team
    limit: Decimal | None
    used: Decimal
    door: Door | None
    paused: bool

    @property
    def limit_shown(self) -> str:
        return "" if self.limit is None else shown(self.limit)


def secrets_of(provider: Provider, account: Account) -> list[Secret]:
    """Return what an account consists of, each by its end where it is long enough."""
    found = []
    for one in provider.credentials:
        if value := account.values.get(one.name, ""):
            end = value[-4:] if one.secret and len(value) >= LONG else ""
            variable = f"{provider.key}_{one.name}".upper()
            found.append(Secret(one.label, end, variable))
    return found


def doors_of(
    provider: Provider, rows: Sequence[ProviderAccount]
) -> tuple[Door | None, dict[Any, Door]]:
    """Return how it goes with the operator's account, and with those of these teams."""
    operator = operators(provider) if provider.credentials else Account(provider.key)
    own: dict[Any, Account] = {}
    # What no key opens any more has no end to show.
    for row in rows:
        with suppress(InvalidToken):
            if row.is_own:
                own[row.team_id] = row.account(provider)
    every = [*own.values(), *([operator] if operator else [])]
    said = ask(one.id for one in every)

    def door(one: Account) -> Door:
        broken = said.get(f"circuit:{one.id}")
        return Door(
            one,
            secrets_of(provider, one),
            said.get(f"account:{one.id}") or {},
            Breaker(*broken) if broken else Breaker(),
        )

    mine = door(operator) if operator else None
    return mine, {team: door(one) for team, one in own.items()}


def teams_at(provider: Provider, search: str) -> QuerySet[Team]:
    """Return the teams that have to do with a provider, or those of a name."""
    key = provider.key
    if search:
        found = Team.objects.filter(name__icontains=search)
    else:
        mine = Q(budgets__provider=key) | Q(accounts__provider=key)
        found = Team.objects.filter(mine).distinct()
    limit = Budget.objects.filter(team=OuterRef("pk"), provider=key).values("limit")
    spent = Task.objects.filter(
        team=OuterRef("pk"), provider=key, reserved__gte=this_month()
    )
    used = spent.order_by().values("team").annotate(sum=Sum("cost")).values("sum")
    return found.annotate(limit=Subquery(limit), used=Subquery(used)).order_by("name")


def purses(provider: Provider, search: str) -> tuple[Door | None, list[Purse], bool]:
    """Return the operator's door, what teams may spend, and whether there are more."""
    teams: list[Any] = list(teams_at(provider, search)[: TEAMS + 1])
    some = teams[:TEAMS]
    rows = list(ProviderAccount.objects.filter(provider=provider.key, team__in=some))
    operator, doors = doors_of(provider, rows)
    paused = {row.team_id for row in rows if row.paused}
    found = [
        Purse(
            team=one,
            limit=one.limit,
            used=amount(one.used or NOTHING),
            door=doors.get(one.pk),
            paused=one.pk in paused,
        )
        for one in some
    ]
    return operator, found, len(teams) > TEAMS


def last_errors(provider: Provider) -> list[dict[str, Any]]:
    """Return the newest failures of a week that differ in their cause."""
    failed = Task.objects.filter(
        provider=provider.key,
        state=State.ERROR,
        finished__gte=timezone.now() - WEEK,
    )
    columns = ("pk", "code", "reason", "message", "finished")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in failed.order_by("-finished").values(*columns)[:FAILURES]:
        found.setdefault((row["code"], row["reason"] or row["message"]), row)
    return list(found.values())[:DIFFERENT]
