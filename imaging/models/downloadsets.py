"""Sets of downloads: who sees them, whose names, their order, how many of what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Max, Q, Value

from imaging.models.paging import NewestFirst
from imaging.models.people import Role, Team, User

if TYPE_CHECKING:
    from imaging.models.downloads import Download
    from imaging.models.images import Image


class DownloadQuerySet(NewestFirst["Download"]):
    by = "at"

    def visible_to(self, user: User) -> DownloadQuerySet:
        """Return what was taken from this person's teams."""
        return self.filter(team__memberships__user=user)

    def with_known(self, user: User) -> DownloadQuerySet:
        """Add `known`: whether this person may read who took it.

        Everybody knows of their own downloads; owners and editors of everybody's.
        """
        led = Team.objects.visible_to(user, Role.OWNER, Role.EDITOR)
        known = Q(team__in=led.values("pk")) | Q(user=user)
        return self.annotate(
            known=ExpressionWrapper(known, output_field=BooleanField())
        )

    def known_to(self, user: User) -> DownloadQuerySet:
        """Return those of which this person may read who took them."""
        led = Team.objects.visible_to(user, Role.OWNER, Role.EDITOR)
        return self.filter(Q(team__in=led.values("pk")) | Q(user=user))

    def counts(self, images: Sequence[Image]) -> dict[uuid.UUID, int]:
        """Return how often each of these was downloaded, if it was."""
        rows = self.filter(image__in=[image.pk for image in images])
        return dict(rows.values_list("image").annotate(Count("pk")))

    def numbers(self, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
        """Count those of each span of time, its end not included, in one query.

        Each part of it reads an index alone; functions of dates would read every row,
        and ask Python for each where SQLite is the database.
        """
        parts = [
            self.order_by()
            .filter(at__gte=begin, at__lt=end)
            .annotate(span=Value(place))
            .values("span")
            .annotate(n=Count("*"))
            .values_list("span", "n")
            for place, (begin, end) in enumerate(spans)
        ]
        found = dict(parts[0].union(*parts[1:], all=True)) if parts else {}
        return [found.get(place, 0) for place in range(len(parts))]

    def ranked(
        self, *names: str, after: Sequence[Any] = ()
    ) -> models.QuerySet[Download, Any]:
        """Group by these columns: how many `n`, and when `last`, the most first.

        `after` is the `n` and the columns of the row before the wanted ones.
        """
        rows = self.order_by().values(*names).annotate(n=Count("*"), last=Max("at"))
        if after:
            count, *place = after
            rows = rows.filter(Q(n__lt=count) | beyond(names, place) & Q(n=count))
        return rows.order_by("-n", *(F(name).asc(nulls_last=True) for name in names))


def beyond(names: Sequence[str], place: Sequence[Any]) -> Q:
    """Select what follows these values, in an order that puts null at the end."""
    name, value = names[0], place[0]
    same = Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    later = Q(n__lt=0)
    if value is not None:
        later = Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
    return later | same & beyond(names[1:], place[1:]) if names[1:] else later
