"""Long lists a page at a time, by what the last row was, at any depth alike fast."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)
Rows = TypeVar("Rows", bound=models.QuerySet[Any])


# Of the last row seen: the value by which rows are ordered, and its id.
Place = tuple[Any, Any]


def following(rows: Rows, place: Place | None, by: str) -> Rows:
    """Return what follows a place in the order `by` a column ("-": backwards), then id.

    The first comparison alone can use the index.
    """
    sign, beyond = ("-", "lt") if by.startswith("-") else ("", "gt")
    rows, column = rows.order_by(by, f"{sign}pk"), by.removeprefix("-")
    if place is None:
        return rows
    last, pk = place
    same = Q(**{f"{column}__{beyond}": last}) | Q(**{f"pk__{beyond}": pk})
    return rows.filter(same, **{f"{column}__{beyond}e": last})


class NewestFirst(models.QuerySet[Row]):
    """Rows that pages list by a moment, the newest first."""

    by = "created"

    def newest(self, after: Row | None = None) -> Self:
        """Return the newest first, from what follows `after` on."""
        place = (getattr(after, self.by), after.pk) if after else None
        return following(self, place, f"-{self.by}")
