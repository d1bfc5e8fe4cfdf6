"""The room of what hangs in a gallery: pictures in, in order, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from imaging.api.callers import NotAllowed, Token
from imaging.api.galleries import changeable, seen
from imaging.api.native import Call
from imaging.api.paging import Paging, dump_cursor, read_cursor
from imaging.api.shapes import ImageOut, dump_images
from imaging.models import GalleryItem, Image, Scope
from imaging.models.galleries import GalleryItemQuerySet
from imaging.models.paging import following

router = Router(tags=["Galleries"])
AT_ONCE = 5_000
Images = Annotated[list[UUID], Field(min_length=1, max_length=AT_ONCE)]


class ItemOut(Schema):
    number: int = Field(description="What guests call it by; it never changes.")
    added: datetime
    added_by: UUID | None
    image: ImageOut


class ItemPage(Schema):
    items: list[ItemOut]
    next: str | None


class ItemsIn(Schema):
    images: Images


class Added(Schema):
    added: list[UUID] = Field(description="Those that were not there before.")
    size: int


class Move(Schema):
    images: Images
    before: UUID | None = Field(
        None, description="The picture to place them before; null: at the end."
    )


class Moved(Schema):
    moved: int


@router.get(
    "/{uuid:gallery}/items",
    response=ItemPage,
    summary="List the pictures of a gallery",
)
def list_items(request: Call, gallery: UUID, asked: Query[Paging]) -> Any:
    """In the order in which they hang, and not the newest first."""
    found = get_object_or_404(seen(request), pk=gallery)
    rows: GalleryItemQuerySet = found.items.shown().select_related("image__blob")
    place = read_cursor(asked.cursor, read_position) if asked.cursor else None
    items = list(following(rows, place, "position")[: asked.limit + 1])
    shown, more = items[: asked.limit], items[asked.limit :]
    return {
        "items": dump_items(request, shown),
        "next": dump_cursor(shown[-1].position, shown[-1].pk) if more else None,
    }


@router.post(
    "/{uuid:gallery}/items",
    auth=Token(Scope.SHARE),
    response=Added,
    summary="Add pictures to a gallery",
)
def add_items(request: Call, gallery: UUID, said: ItemsIn) -> Any:
    """Pictures of the gallery's own team, at the end, in the order that is sent."""
    found = changeable(request, gallery)
    pictures = Image.objects.visible_to(request.user).filter(team=found.team_id)
    known = pictures.filter(pk__in=said.images).values_list("pk", flat=True)
    need_all(said.images, known)
    added = found.add(said.images, request.user)
    return {"added": added, "size": found.items.shown().count()}


@router.post(
    "/{uuid:gallery}/items/move",
    auth=Token(Scope.SHARE),
    response=Moved,
    summary="Move pictures of a gallery",
)
def move_items(request: Call, gallery: UUID, said: Move) -> Any:
    found = changeable(request, gallery)
    here = found.items.filter(image__in=said.images).values_list("image", flat=True)
    need_all(said.images, here)
    return {"moved": found.move(said.images, said.before)}


def need_all(asked: Sequence[UUID], known: Iterable[UUID]) -> None:
    """Raise NotAllowed for the first that is not known here."""
    there = set(known)
    for pk in asked:
        if pk not in there:
            raise NotAllowed(404, "not_found", f"There is no such picture here: {pk}")


@router.delete(
    "/{uuid:gallery}/items/{uuid:image}",
    auth=Token(Scope.SHARE),
    response={204: None},
    summary="Take a picture out of a gallery",
)
def remove_item(request: Call, gallery: UUID, image: UUID) -> Any:
    """It stays in the library."""
    found = changeable(request, gallery)
    get_object_or_404(found.items.all(), image=image)
    found.take_out([image])
    return HttpResponse(status=204)


def dump_items(request: Call, items: Sequence[GalleryItem]) -> list[dict[str, Any]]:
    images = dump_images(request, [item.image for item in items])
    return [
        {
            "number": item.number,
            "added": item.added,
            "added_by": item.added_by_id,
            "image": image,
        }
        for item, image in zip(items, images, strict=True)
    ]


def read_position(text: str) -> int:
    if not -(2**63) <= (position := int(text)) < 2**63:
        raise ValueError("No column has such a number.")
    return position
