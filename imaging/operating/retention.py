"""What a rule would delete, before it is one; and what is deleted by age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from imaging.models import (
    ApiToken,
    AuditEvent,
    GalleryItem,
    Image,
    Notice,
    Period,
    Pick,
    ShareLink,
    TaskEvent,
    TaskRequest,
    Team,
    User,
    WebhookDelivery,
)
from imaging.models.imagesets import ImageQuerySet
from imaging.models.states import OPEN
from imaging.operating.storage import freed_by

PORTION = 1_000
PORTIONS = 100
# Nothing is counted further than this: then there are more.
COUNTED = 10_000
# The rows that a period is about, and the column that tells their age.
AGED: dict[str, tuple[type[models.Model], str]] = {
    "trash": (Image, "trashed"),
    "events": (TaskEvent, "at"),
    "requests": (TaskRequest, "at"),
    "audit": (AuditEvent, "at"),
    "notices": (Notice, "read"),
    "messages": (WebhookDelivery, "created"),
}


@dataclass(frozen=True)
class Going:
    """What would go at the next run, and what hangs on it."""

    pictures: int
    results: int
    bytes: int
    first: datetime | None
    links: int
    picks: int
    # Too old as well, but a task still works on them.
    busy: int


def going(rows: QuerySet[Image], team: Team | None = None) -> Going:
    """Say what it means that these go; what is worked on stays until that has ended."""
    idle = rows.exclude(tasks__state__in=OPEN).order_by()
    said = idle.aggregate(
        pictures=Count("pk"),
        results=Count("pk", filter=Q(parent__isnull=False)),
        first=Min("created"),
    )
    items = GalleryItem.objects.filter(image__in=idle.values("pk")).order_by()
    links = ShareLink.objects.open().filter(gallery__in=items.values("gallery"))
    picks = Pick.objects.filter(image__in=idle.values("pk"))
    return Going(
        **said,
        bytes=freed_by(idle, team),
        links=links.count(),
        picks=picks.count(),
        busy=rows.count() - said["pictures"],
    )


def older(team: Team | None, days: int) -> QuerySet[Image]:
    """Return the pictures older than so many days, of one team or of all."""
    rows = Image.objects.filter(created__lte=timezone.now() - timedelta(days=days))
    return rows.filter(team=team) if team else rows


def trashed_before(days: int) -> QuerySet[Image]:
    """Return what has lain in the trash for so many days."""
    return Image.objects.filter(trashed__lte=timezone.now() - timedelta(days=days))


def due(team: Team | None = None) -> ImageQuerySet:
    """Return what the next run deletes by the rules as they are, once it is idle."""
    rows: ImageQuerySet = Image.objects.expired() | Image.objects.over()
    return rows.filter(team=team) if team else rows


def aged(name: str, days: int) -> QuerySet[Any]:
    """Return what a period of so many days would delete."""
    early = timezone.now() - timedelta(days=days)
    if name == "tokens":
        return ApiToken.objects.filter(Q(expires__lt=early) | Q(revoked__lt=early))
    model, column = AGED[name]
    rows = model._base_manager.filter(**{f"{column}__lt": early})
    if name == "events":
        rows = rows.exclude(task__state__in=OPEN)
    if name == "messages":
        rows = rows.filter(due=None)
    return rows


def count_aged(name: str, days: int | None) -> int:
    """Count what would go, up to COUNTED and one more."""
    return aged(name, days).order_by()[: COUNTED + 1].count() if days else 0


def could_have(team: Team, days: int) -> QuerySet[Image]:
    """Return the pictures that are here and would be kept shorter by a rule."""
    later = Q(expires=None) | Q(expires__gt=F("created") + timedelta(days=days))
    return Image.objects.filter(later, team=team)


def in_portions(rows: QuerySet[Image]) -> Iterator[list[UUID]]:
    """Return ids, some at a time, in their order."""
    ordered = rows.order_by("pk").values_list("pk", flat=True)
    some = list(ordered[:PORTION])
    while some:
        yield some
        some = list(ordered.filter(pk__gt=some[-1])[:PORTION])


def apply(team: Team, days: int) -> int:
    """Give the pictures that are here the day of the rule; return how many.

    It only ever shortens: what has an earlier day, by an API's promise, keeps that.
    """
    count = 0
    for pks in in_portions(could_have(team, days)):
        rows = could_have(team, days).filter(pk__in=pks)
        count += rows.update(expires=F("created") + timedelta(days=days))
    return count


def apply_in_background(team: str, days: int, user: str) -> None:
    """Apply a rule on a worker, unless it has been changed meanwhile."""
    found = Team.objects.filter(pk=team, retention_days=days).first()
    if found is None:
        return
    count = apply(found, days)
    AuditEvent.objects.note(
        "retention_applied",
        user=User.objects.filter(pk=user).first(),
        team=found,
        subject=found,
        days=days,
        pictures=count,
    )


def prune_aged(name: str) -> int:
    """Delete what is older than its period, in small portions; return how many."""
    days = Period.objects.days(name)
    if not days:
        return 0
    rows, count = aged(name, days), 0
    for _ in range(PORTIONS):
        some = list(rows.order_by().values_list("pk", flat=True)[:PORTION])
        plain: QuerySet[Any] = QuerySet(rows.model)
        count += plain.filter(pk__in=some).delete()[0]
        if len(some) < PORTION:
            break
    return count
