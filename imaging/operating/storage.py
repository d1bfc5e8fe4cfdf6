"""What the storage is used for: sums by the database, kept for ten minutes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, reduce
from operator import add
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    Expression,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django_q.tasks import async_task

from imaging.decoding.formats import SIDES
from imaging.delivery.copies import KINDS
from imaging.models import Blob, Image, Period, Team, Upload
from imaging.models.periods import CONDEMNED

KEY = "console:storage"
KEPT = 600
GROWTH = timedelta(days=30)


@dataclass(frozen=True)
class Share:
    """What one team has, beside its counted bytes."""

    pictures: int = 0
    trashed: int = 0
    trash_bytes: int = 0
    grown: int = 0


@dataclass(frozen=True)
class Figures:
    """The sums over everything, in bytes, as of `at`."""

    at: datetime
    originals: int
    results: int
    renditions: int
    copies: int
    trash: int
    trashed: int
    trash_since: datetime | None
    uploads: int
    uploading: int
    pictures: int
    free: int | None
    size: int | None
    shares: dict[UUID, Share]

    @property
    def used(self) -> int:
        return self.originals + self.results + self.renditions + self.copies


def figures(*, anew: bool = False) -> Figures:
    """Return the sums of the last ten minutes, or `anew` as they are now."""
    known = None if anew else cache.get(KEY)
    if not isinstance(known, Figures):
        known = measure()
        cache.set(KEY, known, KEPT)
    return known


def measure() -> Figures:
    """Ask the database for all sums: each query reads a table once."""
    shares = shares_of_teams()
    trash = Image.objects.filter(trashed__isnull=False)
    oldest = trash.order_by("trashed").values_list("trashed", flat=True)
    waiting = Upload.objects.pending().aggregate(n=Count("pk"), bytes=Sum("size"))
    disk = disk_of()
    return Figures(
        at=timezone.now(),
        **sums_of_blobs(),
        trash=sum(one.trash_bytes for one in shares.values()),
        trashed=sum(one.trashed for one in shares.values()),
        trash_since=oldest.filter(trashed__gt=timezone.now() - CONDEMNED / 2).first(),
        uploads=waiting["bytes"] or 0,
        uploading=waiting["n"],
        pictures=sum(one.pictures for one in shares.values()),
        free=disk.free if disk else None,
        size=disk.total if disk else None,
        shares=shares,
    )


def sums_of_blobs() -> dict[str, int]:
    """Sum up originals, results and what was made of both beside them.

    Bytes that are an original and a result count as an original.
    """
    first = Image.objects.filter(blob=OuterRef("pk"), parent=None)
    rows = Blob.objects.filter(stored=True).annotate(first=Exists(first))
    made = rows.aggregate(
        originals=Sum("size", filter=Q(first=True)),
        results=Sum("size", filter=Q(first=False)),
        renditions=Sum(reduce(add, [size_of("renditions", name) for name in SIDES])),
    )
    # A copy that is the original itself lies there once.
    copied = Blob.objects.filter(stored=True).exclude(copies={})
    copied_bytes = 0
    for kind in KINDS:
        lies = Noted("copies", kind, "key", output_field=TextField())
        own = copied.annotate(lies=lies)
        own = own.exclude(lies="").exclude(lies__contains="/original")
        sums = own.aggregate(bytes=Sum(size_of("copies", kind)))
        copied_bytes += sums["bytes"] or 0
    return {name: said or 0 for name, said in made.items()} | {"copies": copied_bytes}


class Noted(Func):
    """What a blob notes of something made of it, found by a name that is digits, too.

    Django would take such a name for a place in a list.
    """

    def __init__(self, field: str, name: str, fact: str, **extra: Any) -> None:
        super().__init__(F(field), name=name, fact=fact, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        extra["template"] = """JSON_EXTRACT(%(expressions)s, '$."%(name)s".%(fact)s')"""
        return super().as_sql(compiler, connection, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        extra["template"] = "(%(expressions)s #>> '{%(name)s,%(fact)s}')"
        return super().as_sql(compiler, connection, **extra)


def size_of(field: str, name: str) -> Expression:
    """Return the size that a blob notes of something made of it; 0 for none."""
    said = Noted(field, name, "size", output_field=TextField())
    size = Cast(said, BigIntegerField())
    return Coalesce(size, Value(0), output_field=BigIntegerField())


def shares_of_teams() -> dict[UUID, Share]:
    """Count the pictures of every team, what is in its trash, how it grew."""
    found: dict[UUID, dict[str, int]] = {}
    pictures = Image.objects.order_by().values_list("team")
    kept = pictures.filter(trashed=None).annotate(n=Count("pk"))
    trash = pictures.filter(trashed__isnull=False)
    trash = trash.annotate(n=Count("pk"), bytes=Sum("blob__size"))
    recent = Blob.objects.filter(stored=True, created__gt=timezone.now() - GROWTH)
    grown = recent.order_by().values_list("team").annotate(bytes=Sum("size"))
    for team, count in kept:
        found.setdefault(team, {})["pictures"] = count
    for team, count, size in trash:
        found.setdefault(team, {}).update(trashed=count, trash_bytes=size)
    for team, size in grown:
        found.setdefault(team, {})["grown"] = size
    return {team: Share(**said) for team, said in found.items()}


def disk_of() -> Any:
    """Return the size and room of the disk that files lie on, if it is one."""
    if isinstance(default_storage, FileSystemStorage):
        return shutil.disk_usage(settings.DATA)
    return None


def teams_sorted(
    rows: QuerySet[Team], by: str, shares: dict[UUID, Share]
) -> list[UUID]:
    """Return the ids of teams, the one with most first; by "name", the first."""
    if by in {"pictures", "trash_bytes", "grown"}:
        pks = list(rows.order_by("name", "pk").values_list("pk", flat=True))
        none = Share()
        return sorted(pks, key=lambda pk: -getattr(shares.get(pk, none), by))
    full = F("bytes_used") * 1.0 / (F("max_bytes") + 1)
    order = {"name": F("name").asc(), "full": full.desc()}
    rows = rows.order_by(order.get(by, F("bytes_used").desc()), "pk")
    return list(rows.values_list("pk", flat=True))


@dataclass(frozen=True)
class Trash:
    """What a team's trash held at a moment: exactly what emptying it would delete."""

    until: datetime
    number: int
    bytes: int
    since: datetime | None


def trash_of(team: Team) -> Trash:
    """Count what is in a team's trash, of what was moved there by this moment."""
    until = timezone.now()
    rows = condemnable(team, until)
    said = rows.aggregate(n=Count("pk"), since=Min("trashed"))
    return Trash(until, said["n"], freed_by(rows, team), said["since"])


def freed_by(rows: QuerySet[Image], team: Team | None) -> int:
    """Return the bytes of originals that no picture has any more when these go."""
    # By ids: by anything else SQLite reads all of a team's pictures for each blob.
    rows = rows.order_by()
    mine = Image.objects.filter(blob=OuterRef("pk"))
    staying = Exists(mine.filter(~Exists(rows.filter(pk=OuterRef("pk")))))
    blobs = Blob.objects.filter(stored=True, pk__in=rows.values("blob"))
    blobs = blobs.filter(team=team) if team else blobs
    return blobs.filter(~staying).aggregate(sum=Sum("size"))["sum"] or 0


def condemnable(team: Team, until: datetime) -> QuerySet[Image]:
    mine = Image.objects.filter(team=team, trashed__lte=until)
    return mine.filter(trashed__gt=Period.objects.early("trash"))


@transaction.atomic
def empty_trash(team: Team, until: datetime, number: int) -> bool:
    """Let the time of all that be over; False if it is not `number` pictures now.

    They are out of everybody's sight at once; their files go on a worker.
    """
    rows = condemnable(team, until)
    held = rows.order_by("pk").select_for_update(no_key=True)
    if len(held.values_list("pk")) != number:
        return False
    rows.update(trashed=timezone.now() - CONDEMNED)
    # What is over is deleted before the next hour.
    prune = partial(async_task, "imaging.upkeep.prune_images", cluster="worker")
    transaction.on_commit(prune)
    return True
