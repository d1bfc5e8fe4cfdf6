"""What the database knows for `/metrics`: read every few seconds, for all processes.

Nothing here reads a whole table of tasks: open ones lie in an index of their own, and
of ended ones only those are counted that ended since the last look.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min, Sum
from django.utils import timezone

from imaging import providers
from imaging.models import (
    Download,
    Heartbeat,
    ProviderAccount,
    Task,
    TaskRequest,
    Team,
    WebhookDelivery,
)
from imaging.models.states import ACTS, State
from imaging.operating.lights import is_shut

KEPT = 15.0
LOCKED = 60
# What ended so long ago is in the database, whoever ended it.
SETTLED = timedelta(seconds=10)
RECENT = timedelta(minutes=10)
MOST_ACCOUNTS = 1_000
Rows = list[tuple[list[str], float]]


def read() -> dict[str, Rows]:
    """Return rows of labels and a number by name, at most some seconds old."""
    kept = cache.get("metrics:gauges")
    # A clock may have been set back since.
    if kept and 0 <= time.time() - kept["at"] < KEPT:
        return dict(kept["rows"])
    # One process looks; until it has, the others show what was.
    if not cache.add("metrics:lock", 1, LOCKED) and kept:
        return dict(kept["rows"])
    try:
        rows = look()
        cache.set("metrics:gauges", {"at": time.time(), "rows": rows}, 3_600)
    finally:
        cache.delete("metrics:lock")
    return rows


def look() -> dict[str, Rows]:
    used = Team.objects.aggregate(used=Sum("bytes_used"))["used"]
    return {
        **open_tasks(),
        **totals(),
        **requests(),
        "heartbeat_age": heartbeats(),
        "storage_bytes": [([], used or 0)],
        "webhooks_owed": [([], WebhookDelivery.objects.owed().count())],
        "circuit_open": circuits(),
    }


def open_tasks() -> dict[str, Rows]:
    """Count what is open, and say how long the first of each has waited."""
    keys = ("state", "provider", "stage")
    rows = Task.objects.open().order_by().values(*keys)
    counts: Counter[tuple[str, str, str]] = Counter()
    oldest: dict[str, float] = {"worker": 0.0, "engine": 0.0, "watch": 0.0}
    now = timezone.now()
    for row in rows.annotate(n=Count("pk"), first=Min("created")):
        queue = queue_of(row["provider"], row["stage"])
        counts[row["state"], row["provider"], queue] += row["n"]
        if row["state"] == State.PENDING:
            waited = max((now - row["first"]).total_seconds(), 0.0)
            oldest[queue] = max(oldest[queue], waited)
    return {
        "tasks": [(list(labels), n) for labels, n in counts.items()],
        "oldest_waiting": [([queue], waited) for queue, waited in oldest.items()],
    }


def queue_of(provider: str, stage: str) -> str:
    """Name the kind of process that does the next act of a task."""
    if stage in ACTS["poll"]:
        return "watch"
    if stage in ACTS["fetch"]:
        return "worker"
    return Task(provider=provider).queue


def totals() -> dict[str, Rows]:
    """Add what came since the last look to what was counted before.

    It begins with nothing, when it is first asked for, and again without the cache.
    """
    until = timezone.now() - SETTLED
    nothing: dict[str, Any] = {"until": until, "outcomes": {}, "downloads": 0}
    known = cache.get("metrics:totals") or nothing
    since = known["until"]
    # A clock that was set back has nothing counted twice.
    until = max(until, since)
    ended = Task.objects.filter(finished__gt=since, finished__lte=until).order_by()
    outcomes = Counter(known["outcomes"])
    for row in ended.values("provider", "state").annotate(n=Count("pk")):
        outcomes[row["provider"], row["state"]] += row["n"]
    # Their index has the teams first.
    taken = Download.objects.filter(team__in=Team.objects.values("pk"))
    downloads = known["downloads"] + taken.filter(at__gt=since, at__lte=until).count()
    said = {"until": until, "outcomes": dict(outcomes), "downloads": downloads}
    cache.set("metrics:totals", said, None)
    return {
        "outcomes": [(list(labels), n) for labels, n in outcomes.items()],
        "downloads": [([], downloads)],
    }


def requests() -> dict[str, Rows]:
    """Count what was asked of providers lately, and how long it took."""
    since = timezone.now() - RECENT
    rows = TaskRequest.objects.filter(at__gt=since).order_by()
    counts, seconds = [], []
    for row in rows.values("provider", "status", "error").annotate(
        n=Sum("times"), took=Sum("seconds")
    ):
        answer = str(row["status"] or row["error"] or "none")
        counts.append(([row["provider"], answer], row["n"]))
        seconds.append(([row["provider"], answer], row["took"]))
    return {"provider_requests": counts, "provider_seconds": seconds}


def heartbeats() -> Rows:
    """Return how long ago each process was heard of."""
    now = timezone.now()
    rows = Heartbeat.objects.order_by("kind", "host")[:1_000]
    ages = ((row, (now - row.at).total_seconds()) for row in rows)
    return [([row.kind, row.host], max(age, 0.0)) for row, age in ages]


def circuits() -> Rows:
    """Count the accounts of each provider that are left alone after failures."""
    ids: dict[str, str] = {}
    for one in providers.providers():
        name = f"{one.key}:operator" if one.credentials else one.key
        ids[f"circuit:{name}"] = one.key
    own = ProviderAccount.objects.exclude(sealed="").only("provider", "changed")
    for row in own.order_by("-changed")[:MOST_ACCOUNTS]:
        stamp = int(row.changed.timestamp())
        ids[f"circuit:{row.provider}:{row.pk}:{stamp}"] = row.provider
    shut = dict.fromkeys(sorted(set(ids.values())), 0)
    for key, said in cache.get_many(ids).items():
        shut[ids[key]] += is_shut(said)
    return [([provider], n) for provider, n in shut.items()]
