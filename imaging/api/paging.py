"""Long lists a page at a time, by what the last row was, at any depth alike fast."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import AfterValidator, Field

from imaging.api.callers import NotAllowed
from imaging.models.paging import following

Row = TypeVar("Row", bound=Model)
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
    place = read_cursor(asked.cursor) if asked.cursor else None
    found = list(following(rows, place, f"-{by}")[: asked.limit + 1])
    shown = found[: asked.limit]
    more = found[asked.limit :]
    return shown, dump_cursor(getattr(shown[-1], by), shown[-1].pk) if more else None


def dump_cursor(moment: datetime, pk: Any) -> str:
    said = f"{moment.astimezone(UTC).isoformat()} {pk}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Read where a page begins. Raises NotAllowed."""
    try:
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _space, pk = said.partition(" ")
        return as_utc(datetime.fromisoformat(moment)), UUID(pk)
    except (ValueError, binascii.Error):
        raise NotAllowed(422, "bad_cursor", "This cursor is none of ours.") from None
