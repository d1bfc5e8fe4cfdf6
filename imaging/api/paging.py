"""Long lists a page at a time, by what the last row was, at any depth alike fast."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import AfterValidator, Field

from imaging.api.callers import NotAllowed
from imaging.models.paging import following

Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value")
USUAL, MOST = 60, 1_000


class Paging(Schema):
    """What a list is asked for; its filters inherit from this."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="Rows of a page.")
    cursor: str = Field("", max_length=200, description="`next` of the page before.")


def given(**asked: Any) -> dict[str, Any]:
    """Return the conditions that were asked for, of all that there are."""
    return {name: one for name, one in asked.items() if one not in (None, "")}


def as_utc(moment: datetime) -> datetime:
    """Return a moment that a program named, in UTC, which it is without a zone."""
    try:
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return known.astimezone(UTC)
    except OverflowError:
        raise ValueError("There is no such moment.") from None


Moment = Annotated[datetime, AfterValidator(as_utc)]


def page(
    rows: QuerySet[Row], asked: Paging, by: str = "created"
) -> tuple[Sequence[Row], str | None]:
    """Return one page of rows, newest first, and the cursor of the next, if any.

    `by` is the moment by which they are ordered. Raises NotAllowed for a bad cursor.
    """
    place = read_cursor(asked.cursor, read_moment) if asked.cursor else None
    found = list(following(rows, place, f"-{by}")[: asked.limit + 1])
    shown = found[: asked.limit]
    if not found[asked.limit :]:
        return shown, None
    last = getattr(shown[-1], by).astimezone(UTC).isoformat()
    return shown, dump_cursor(last, shown[-1].pk)


def read_moment(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def dump_cursor(value: object, pk: UUID) -> str:
    """Return what says that a page ends with this row, by its value and its id."""
    return base64.urlsafe_b64encode(f"{value} {pk}".encode()).decode().rstrip("=")


def read_cursor(cursor: str, read: Callable[[str], Value]) -> tuple[Value, UUID]:
    """Return the value and the id behind which a page begins. Raises NotAllowed.

    `read` makes a value of its text, or raises ValueError.
    """
    try:
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        value, _space, pk = said.partition(" ")
        return read(value), UUID(pk)
    except ValueError:
        raise NotAllowed(422, "bad_cursor", "This cursor is none of ours.") from None
