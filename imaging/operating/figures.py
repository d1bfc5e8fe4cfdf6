"""The figures of the console's start page: counted at most once a minute, and bounded.

Each reads a part of an index that is as long as a day's work, never a whole table.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    Max,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language

from imaging.models import Blob, Heartbeat, State, Task, Team
from imaging.models.heartbeats import KINDS, SILENT
from imaging.models.numbers import Number
from imaging.operating.lights import Light, lights, times_of

KEPT = 60
# Whoever presses Refresh without end has it counted again only so often.
PAUSE = 5
KEY, HELD = "console:figures", "console:refreshed"
# Nothing is counted beyond this: "more than 10,000".
MOST = 10_000
# From so many of the last tasks it is told how long they take.
SAMPLE = 5_000
HOURS, DAYS = 24, 30
ENDS = (State.COMPLETED, State.ERROR, State.CANCELLED)


@dataclass(frozen=True)
class Span:
    """What was counted between two moments, by what it is."""

    begin: datetime
    end: datetime
    counts: dict[str, int]


@dataclass(frozen=True)
class Pace:
    """How long the last tasks at a provider took, in seconds."""

    provider: str
    tasks: int
    median: float
    most: float


@dataclass(frozen=True)
class Room:
    """Bytes: what the teams' pictures use, and the disk that they lie on, if one."""

    pictures: int
    disk_used: int | None = None
    disk_free: int | None = None


@dataclass(frozen=True)
class Pulse:
    """A kind of process: on how many hosts it lives, and when it was last heard."""

    kind: str
    hosts: int
    heard: datetime | None

    @property
    def lamp(self) -> str:
        return "ok" if self.hosts else "down"


@dataclass(frozen=True)
class Figures:
    """Everything that the start page says, as of one moment."""

    at: datetime
    waiting: int
    running: int
    oldest: dict[str, Any] | None
    last: dict[str, Any] | None
    room: Room
    hours: list[Span]
    days: list[Span]
    paces: list[Pace]
    pulses: list[Pulse]
    lights: list[Light] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(hour.counts.get(State.ERROR, 0) for hour in self.hours)

    @property
    def since(self) -> datetime:
        return self.hours[0].begin


def current() -> Figures:
    """Return the figures, at most a minute old."""
    key = key_of(get_language())
    found: Figures | None = cache.get(key)
    if found is None:
        found = count()
        cache.set(key, found, KEPT)
    return found


def key_of(language: str | None) -> str:
    """Return where figures are kept: what the lights say is in somebody's words."""
    return f"{KEY}:{language}"


def refresh() -> None:
    """Have everything counted again the next time that somebody looks."""
    if cache.add(HELD, True, PAUSE):
        cache.delete_many([key_of(code) for code, _name in settings.LANGUAGES])


def count() -> Figures:
    """Count everything now."""
    now = timezone.now()
    pending = Task.objects.filter(state=State.PENDING).order_by("created")
    hours = per_hour(now)
    # Not by what it is, but by what it is not: so the index of what ended serves.
    ended = Task.objects.filter(finished__isnull=False)
    done = ended.exclude(state__in=[State.ERROR, State.CANCELLED])
    sample = done.filter(finished__gt=now - timedelta(hours=HOURS))
    columns = ("pk", "provider", "began", "finished")
    latest = list(sample.order_by("-finished").values(*columns)[:SAMPLE])
    last = latest[0] if latest else done.order_by("-finished").values(*columns).first()
    numbers = standing()
    return Figures(
        at=now,
        waiting=numbers["waiting"],
        running=numbers["running"],
        oldest=pending.values("pk", "created").first(),
        last=last,
        room=rooms(numbers["used"]),
        hours=hours,
        days=per_day(now),
        paces=measure(latest),
        pulses=pulses(),
        lights=lights(latest),
    )


def standing() -> dict[str, int]:
    """Return the tasks that wait and that run, and the bytes used, in one query."""
    found = Team.objects.aggregate(
        waiting=Max(up_to_most(Task.objects.filter(state=State.PENDING))),
        running=Max(up_to_most(Task.objects.filter(state=State.PROCESSING))),
        used=Sum("bytes_used"),
    )
    return {name: number or 0 for name, number in found.items()}


def up_to_most(rows: QuerySet[Any]) -> Number:
    """Count rows, but no further than one beyond MOST."""
    return Number(rows.order_by().values("pk")[: MOST + 1])


def per_hour(now: datetime) -> list[Span]:
    """Count the tasks that ended in each of the last 24 hours, by how they ended."""
    bounds = [now - timedelta(hours=HOURS - one) for one in range(HOURS + 1)]
    parts = [
        Task.objects.filter(finished__gt=begin, finished__lte=end)
        .order_by()
        .values("state")
        .annotate(begin=Value(begin, DateTimeField()), n=Count("*"))
        for begin, end in zip(bounds, bounds[1:], strict=False)
    ]
    return spans(
        bounds, ((row["begin"], row["state"], row["n"]) for row in all_of(parts))
    )


def per_day(now: datetime) -> list[Span]:
    """Sum the bytes of pictures that came in each of the last 30 days and stayed."""
    bounds = [now - timedelta(days=DAYS - one) for one in range(DAYS + 1)]
    parts = [
        Blob.objects.filter(created__gt=begin, created__lte=end)
        .order_by()
        .values(begin=Value(begin, DateTimeField()))
        .annotate(n=Sum("size"))
        for begin, end in zip(bounds, bounds[1:], strict=False)
    ]
    return spans(bounds, ((row["begin"], "bytes", row["n"]) for row in all_of(parts)))


def all_of(parts: Sequence[QuerySet[Any]]) -> Iterable[dict[str, Any]]:
    """Ask all of these in one query: each reads its own part of an index."""
    first, *others = parts
    return first.union(*others, all=True)


def spans(
    bounds: Sequence[datetime], rows: Iterable[tuple[datetime, str, int]]
) -> list[Span]:
    found: dict[datetime, dict[str, int]] = {}
    for begin, kind, number in rows:
        found.setdefault(begin, {})[kind] = number or 0
    return [
        Span(begin, end, found.get(begin, {}))
        for begin, end in zip(bounds, bounds[1:], strict=False)
    ]


def measure(rows: Sequence[dict[str, Any]]) -> list[Pace]:
    """Return the median and the ninth tenth of the times these tasks took."""
    return [
        Pace(key, len(times), part_of(times, 0.5), part_of(times, 0.9))
        for key, times in sorted(times_of(rows).items())
    ]


def part_of(times: Iterable[float], part: float) -> float:
    """Return the time in which this part of them was done."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def rooms(used: int) -> Room:
    """Say what the pictures use, and the disk; a storage of objects knows no end."""
    if not isinstance(default_storage, FileSystemStorage):
        return Room(used)
    # Before the first picture there is no folder yet.
    place = Path(default_storage.location)
    disk = shutil.disk_usage(place if place.exists() else place.parent)
    return Room(used, disk.used, disk.free)


def pulses() -> list[Pulse]:
    """Say of each kind of process on how many hosts it lives; the database knows."""
    lives = ExpressionWrapper(Q(at__gt=Now() - SILENT), BooleanField())
    found: dict[str, list[tuple[datetime, bool]]] = {kind: [] for kind in KINDS}
    rows = Heartbeat.objects.annotate(lives=lives)
    for kind, at, alive in rows.values_list("kind", "at", "lives"):
        found.setdefault(kind, []).append((at, alive))
    return [
        Pulse(kind, sum(one[1] for one in heard), max(heard)[0] if heard else None)
        for kind, heard in found.items()
    ]
