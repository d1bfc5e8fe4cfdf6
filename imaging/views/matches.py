"""The room of what a search has found, with our own pictures among it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Image, Result, Task
from imaging.providers.base import ResultKind


@dataclass(frozen=True)
class Match:
    """One thing that was found; `image` is ours where its key is that of one of ours.

    `facts` are what the provider tells of it, by the provider's own names.
    """

    label: str
    score: float | None
    facts: Sequence[tuple[str, Any]]
    image: Image | None = None


@require_GET
def matches(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show what a search has found, the best first; it goes by the task's id."""
    mine = Task.objects.visible_to(request.user)
    rows = Result.objects.filter(task__in=mine, kind=ResultKind.MATCHES)
    found = get_object_or_404(rows.select_related("task"), task=pk)
    seen = Image.objects.visible_to(request.user)
    entries = found.data.get("matches", [])
    context = {
        "task": found.task,
        "picture": seen.filter(pk=found.task.image_id).first(),
        "data": found.data,
        "matches": list(described(entries, ours(request, entries))),
    }
    return render(request, "matches/page.html", context)


def ours(
    request: SignedInRequest, entries: Sequence[dict[str, Any]]
) -> dict[str, Image]:
    """Return the pictures that were found and that this person may see, by key."""
    keys = [one["key"] for one in entries if one.get("key")]
    mine = Task.objects.visible_to(request.user)
    rows = Result.objects.filter(
        task__in=mine,
        kind=ResultKind.ASSET,
        data__key__in=keys,
        task__image__in=Image.objects.visible_to(request.user),
    )
    found = rows.select_related("task__image__blob") if keys else []
    return {one.data["key"]: one.task.image for one in found if one.task.image}


def described(
    entries: Sequence[dict[str, Any]], images: dict[str, Image]
) -> Iterator[Match]:
    """Return the matches as they are shown."""
    for one in entries:
        raw = one.get("raw", {}).items()
        plain = [(k, v) for k, v in raw if k != "score" and is_plain(v)]
        image = images.get(one.get("key", ""))
        label = image.name if image else one.get("label") or one.get("key", "")
        yield Match(label, one.get("score"), plain, image)


def is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""
