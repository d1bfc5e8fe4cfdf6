"""How the queues and the providers are: bounded counts, in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.lookups import Exact
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import providers
from imaging.models import Mode, ProviderControl, State, Task, TaskRequest
from imaging.operating.failing import Unsought
from imaging.operating.figures import MOST
from imaging.operating.lights import accounts_of, ask, is_low, is_shut
from imaging.providers.accounts import Account, operators
from imaging.providers.base import Provider

QUEUES = ("worker", "engine")
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
# Polls answered alike are written down so much later.
LATE = timedelta(seconds=30)
# A run of polls that began earlier is over.
LONGEST = timedelta(hours=2)
# No more requests of a minute are looked at.
SEEN = 10_000


@dataclass(frozen=True)
class Standing:
    """How one provider is now."""

    provider: Provider
    control: ProviderControl
    counts: Mapping[str, int]
    # Requests in the minute that ended half a minute ago.
    requests: int
    accounts: int
    shut: int
    account: Account | None
    said: Mapping[str, Any]

    @property
    def rate(self) -> float:
        return self.control.rate or self.provider.rate

    @property
    def is_low(self) -> bool:
        return is_low(self.said)

    @property
    def is_paused(self) -> bool:
        return self.control.mode == Mode.PAUSED

    @property
    def is_draining(self) -> bool:
        return self.control.mode == Mode.DRAINING


def standings(asked: Sequence[Provider] | None = None) -> list[Standing]:
    """Return how all providers are, or those asked for, in four queries."""
    every = providers.providers() if asked is None else asked
    keys = [one.key for one in every]
    now = timezone.now()
    controls = ProviderControl.objects.select_related("changed_by").in_bulk(keys)
    counted = counts(keys, now - DAY)
    minute = minute_of_requests(keys, now)
    accounts = accounts_of(every)
    known = ask(one.id for some in accounts.values() for one in some)
    found = []
    for one in every:
        mine = accounts[one.key]
        shut = [own for own in mine if is_shut(known.get(f"circuit:{own.id}"))]
        account = operators(one) if one.credentials else None
        said = known.get(f"account:{account.id}") if account else None
        found.append(
            Standing(
                provider=one,
                control=controls.get(one.key) or ProviderControl(provider=one.key),
                counts=counted[one.key],
                requests=round(minute.get(one.key, 0)),
                accounts=len(mine),
                shut=len(shut),
                account=account,
                said=said or {},
            )
        )
    return found


def counts(keys: Sequence[str], since: datetime) -> dict[str, dict[str, int]]:
    """Count what waits, what runs, what is there, and what has failed since then."""
    parts: dict[tuple[str, str], QuerySet[Task]] = {}
    for key in keys:
        mine = Task.objects.filter(provider=key)
        parts[key, "waiting"] = mine.open().filter(state=State.PENDING)
        parts[key, "running"] = mine.open().filter(state=State.PROCESSING)
        parts[key, "there"] = mine.in_place()
        # By the time alone: the index of what ended says the rest.
        failed = Unsought(Exact(F("state"), State.ERROR.value))
        there = Unsought(Exact(F("provider"), key))
        parts[key, "failed"] = Task.objects.filter(failed, there, finished__gte=since)
    numbers = up_to_each(list(parts.values()))
    found: dict[str, dict[str, int]] = {key: {} for key in keys}
    for (key, name), number in zip(parts, numbers, strict=True):
        found[key][name] = number
    return found


def up_to_each(parts: Sequence[QuerySet[Any]], most: int = MOST) -> list[int]:
    """Count each of these, no further than one beyond `most`, in a single query."""
    if not parts:
        return []
    pieces, params = [], list[Any]()
    for number, rows in enumerate(parts):
        sql, values = rows.order_by().values("pk")[: most + 1].query.sql_with_params()
        # Made by Django, which keeps what is filled in apart.
        pieces.append(f"(SELECT COUNT(*) FROM ({sql}) part_{number})")  # noqa: S608  # nosec B608
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(pieces), params)
        return list(cursor.fetchone())


def minute_of_requests(keys: Sequence[str], now: datetime) -> dict[str, float]:
    """Return how many requests went to each provider in the last minute known of.

    A run of polls counts by the part of it that lies in that minute.
    """
    end = now - LATE
    begin = end - MINUTE
    rows = TaskRequest.objects.filter(
        provider__in=keys, at__gt=begin - LONGEST, at__lte=end, until__gt=begin
    )
    found: dict[str, float] = {}
    columns = ("provider", "at", "until", "times")
    for key, at, until, times in rows.order_by("-at").values_list(*columns)[:SEEN]:
        whole = (until - at).total_seconds()
        inside = (min(until, end) - max(at, begin)).total_seconds()
        part = max(inside / whole, 0) if whole > 0 else 1
        found[key] = found.get(key, 0) + times * part
    return found


def lengths() -> dict[str, int]:
    """Return how many messages wait in each queue."""
    return {name: get_broker(name).queue_size() for name in QUEUES}
