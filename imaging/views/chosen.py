"""Which pictures a form names, and where to go when it has been obeyed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

Row = TypeVar("Row", bound=Model)
# So many pictures hang on one page of a wall.
PAGE = 60
# What one press of a button may concern.
AT_MOST = 5_000


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def last_seen(
    request: HttpRequest, rows: QuerySet[Row], name: str = "after", column: str = "pk"
) -> Row | None:
    """Return which of these rows the address names, if any: where a page begins."""
    asked = request.GET.get(name, "")
    return rows.filter(**{column: asked}).first() if is_uuid(asked) else None


def chosen_ids(request: HttpRequest) -> list[uuid.UUID]:
    """Return the ids in the fields `image`; one field may hold many, with commas."""
    sent = request.POST or request.GET
    words = ",".join(sent.getlist("image")).split(",")
    return [uuid.UUID(word) for word in words if is_uuid(word)][:AT_MOST]


def leaf(
    before: Row | None,
    after: Row | None,
    ahead_of: Callable[[Row], QuerySet[Row]],
    behind: Callable[[Row | None], QuerySet[Row]],
) -> tuple[list[Row], bool, bool]:
    """Return one page of a wall, and whether more hangs before it and behind it."""
    if before:
        found = list(ahead_of(before)[: PAGE + 1])
        return found[:PAGE][::-1], bool(found[PAGE:]), True
    found = list(behind(after)[: PAGE + 1])
    return found[:PAGE], after is not None, bool(found[PAGE:])


def way_back(request: HttpRequest) -> str:
    """Return the page of this site that the form came from, else the library."""
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()})
    return asked if asked.startswith("/") and ours else reverse("library")


def wants_data(request: HttpRequest) -> bool:
    """Say whether a script asks, which shows by itself what has changed."""
    return request.headers.get("Accept") == "application/json"
