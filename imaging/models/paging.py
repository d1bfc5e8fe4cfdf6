"""Long lists a page at a time, by what the last row was, at any depth alike fast."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound=models.Model)
Rows = TypeVar("Rows", bound=models.QuerySet[Any])


def following(rows: Rows, row: Any | None, by: str) -> Rows:
    """Return what follows `row` in the order `by` a column ("-": backwards), then id.

    The first comparison alone can use the index.
    """
    sign, beyond = ("-", "lt") if by.startswith("-") else ("", "gt")
    rows, column = rows.order_by(by, f"{sign}id"), by.removeprefix("-")
    if row is None:
        return rows
    last = getattr(row, column)
    same = Q(**{f"{column}__{beyond}": last}) | Q(**{f"id__{beyond}": row.pk})
    return rows.filter(same, **{f"{column}__{beyond}e": last})


class NewestFirst(models.QuerySet[Row]):
    """Rows that pages list by a moment, the newest first."""

    by = "created"

    def newest(self, after: Row | None = None) -> Self:
        """Return the newest first, from what follows `after` on."""
        return following(self, after, f"-{self.by}")
