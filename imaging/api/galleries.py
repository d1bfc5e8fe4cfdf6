"""The room of galleries: pictures collected and put in order, to be shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import StringConstraints

from imaging.api.addresses import address
from imaging.api.callers import NotAllowed
from imaging.api.native import Call, Token, own
from imaging.api.paging import Paging, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import THUMBNAIL, ImageOut, dump_images, url
from imaging.models import (
    Gallery,
    GalleryItem,
    Image,
    Scope,
    Visibility,
)
from imaging.models.galleries import GalleryItemQuerySet, GalleryQuerySet

router = Router(tags=["Galleries"])
AT_ONCE = 5_000
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150)
]
Images = Annotated[list[UUID], Field(min_length=1, max_length=AT_ONCE)]


class GalleryOut(Schema):
    id: UUID
    team: UUID
    owner: UUID | None = Field(description="Who made it.")
    name: str
    description: str
    visibility: Visibility = Field(description="`private`: only its owner sees it.")
    size: int = Field(description="Pictures that are shown in it.")
    cover: UUID | None = Field(description="The one that was chosen, else the first.")
    cover_url: str | None = Field(description="320 pixels; needs no token.")
    created: datetime
    url: str
    items_url: str
    shares_url: str


class GalleryPage(Schema):
    items: list[GalleryOut]
    next: str | None


class GalleryIn(Schema):
    name: Name
    description: str = Field("", max_length=2_000)
    visibility: Visibility = Visibility.TEAM
    team: UUID | None = None


class GalleryChange(Schema):
    name: Name | None = None
    description: str | None = Field(None, max_length=2_000)
    visibility: Visibility | None = None
    cover: UUID | None = Field(None, description="Null: the first picture.")


class GalleryWanted(Paging):
    """Which galleries a list is of."""

    team: UUID | None = None


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


def seen(request: Call) -> GalleryQuerySet:
    return Gallery.objects.visible_to(request.user)


def mine(request: Call) -> GalleryQuerySet:
    return Gallery.objects.changeable_by(request.user)


def changeable(request: Call, pk: UUID) -> Gallery:
    """Return a gallery that the caller may change. Raises Http404, NotAllowed."""
    return own(seen(request), mine(request), pk)


@router.post(
    "",
    auth=Token(Scope.SHARE),
    response={201: GalleryOut},
    summary="Make a gallery",
    operation_id="add_gallery",
)
def add_gallery(
    request: Call,
    response: HttpResponse,
    said: GalleryIn,
    idempotency_key: IdempotencyKey,
) -> Any:
    team = request.auth.adding_team(str(said.team or ""))
    fields = said.dict(exclude={"team"})
    pk = id_for(request.auth, idempotency_key, "gallery", team.pk, fields)
    try:
        with transaction.atomic():
            Gallery.objects.create(id=pk, team=team, owner=request.user, **fields)
    except IntegrityError:
        get_object_or_404(seen(request), pk=pk)
    response["Location"] = url(request, "get_gallery", pk)
    return Status(201, dump(request, pk))


@router.get(
    "",
    auth=Token(Scope.READ),
    response=GalleryPage,
    summary="List galleries",
    operation_id="list_galleries",
)
def list_galleries(request: Call, asked: Query[GalleryWanted]) -> Any:
    rows = seen(request).with_facts()
    if asked.team:
        rows = rows.filter(team=asked.team)
    found, following = page(rows, asked)
    return {"items": dump_galleries(request, found), "next": following}


@router.get(
    "/{uuid:gallery}",
    auth=Token(Scope.READ),
    response=GalleryOut,
    summary="Look a gallery up",
    operation_id="get_gallery",
)
def get_gallery(request: Call, gallery: UUID) -> Any:
    return dump(request, gallery)


@router.patch(
    "/{uuid:gallery}",
    auth=Token(Scope.SHARE),
    response=GalleryOut,
    summary="Change a gallery",
    operation_id="change_gallery",
)
def change_gallery(request: Call, gallery: UUID, said: GalleryChange) -> Any:
    found = changeable(request, gallery)
    fields = {
        name: value
        for name, value in said.dict(exclude_unset=True).items()
        if value is not None or name == "cover"
    }
    if "cover" in fields:
        fields["cover"] = cover_of(found, fields["cover"])
    private = fields.get("visibility") == Visibility.PRIVATE
    if private and found.owner_id != request.user.pk:
        told = "Only who made a gallery can make it private."
        raise NotAllowed(403, "forbidden", told)
    if fields:
        Gallery.objects.filter(pk=gallery).update(**fields)
    return dump(request, gallery)


def cover_of(gallery: Gallery, pk: UUID | None) -> Image | None:
    """Return the picture that shall stand for it. Raises NotAllowed for no such."""
    if pk is None:
        return None
    item = gallery.items.shown().select_related("image").filter(image=pk).first()
    if item is None:
        raise NotAllowed(422, "not_in_gallery", "The cover is not in this gallery.")
    return item.image


@router.delete(
    "/{uuid:gallery}",
    auth=Token(Scope.SHARE),
    response={204: None},
    summary="Delete a gallery",
    operation_id="delete_gallery",
)
def delete_gallery(request: Call, gallery: UUID) -> Any:
    """Its pictures stay; its share links open nothing from now on."""
    changeable(request, gallery).erase()
    return HttpResponse(status=204)


@router.get(
    "/{uuid:gallery}/items",
    auth=Token(Scope.READ),
    response=ItemPage,
    summary="List the pictures of a gallery",
    operation_id="list_items",
)
def list_items(request: Call, gallery: UUID, asked: Query[Paging]) -> Any:
    """In the order in which they hang, and not the newest first."""
    found = get_object_or_404(seen(request), pk=gallery)
    rows: GalleryItemQuerySet = found.items.shown().select_related("image__blob")
    place = read_place(asked.cursor) if asked.cursor else None
    items = list(rows.after(place)[: asked.limit + 1])
    shown, more = items[: asked.limit], items[asked.limit :]
    return {
        "items": dump_items(request, shown),
        "next": dump_place(shown[-1]) if more else None,
    }


@router.post(
    "/{uuid:gallery}/items",
    auth=Token(Scope.SHARE),
    response=Added,
    summary="Add pictures to a gallery",
    operation_id="add_items",
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
    operation_id="move_items",
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
    operation_id="remove_item",
)
def remove_item(request: Call, gallery: UUID, image: UUID) -> Any:
    """It stays in the library."""
    found = changeable(request, gallery)
    get_object_or_404(found.items.all(), image=image)
    found.take_out([image])
    return HttpResponse(status=204)


def dump(request: Call, pk: UUID) -> dict[str, Any]:
    found = get_object_or_404(seen(request).with_facts(), pk=pk)
    return dump_galleries(request, [found])[0]


def dump_galleries(request: Call, galleries: Sequence[Gallery]) -> list[dict[str, Any]]:
    """Say of these, which have their facts, what they are."""
    fronts = [one.front for one in galleries if one.front]
    covers = Image.objects.kept().select_related("blob").in_bulk(fronts)
    return [dump_gallery(request, one, covers.get(one.front)) for one in galleries]


def dump_gallery(
    request: Call, gallery: Gallery, cover: Image | None
) -> dict[str, Any]:
    pk = gallery.pk
    return {
        "id": pk,
        "team": gallery.team_id,
        "owner": gallery.owner_id,
        "name": gallery.name,
        "description": gallery.description,
        "visibility": gallery.visibility,
        "size": gallery.size,  # type: ignore[attr-defined]
        "cover": cover and cover.pk,
        "cover_url": cover and address(request, cover, request.user, THUMBNAIL),
        "created": gallery.created,
        "url": url(request, "get_gallery", pk),
        "items_url": url(request, "list_items", pk),
        "shares_url": url(request, "list_shares", pk),
    }


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


def dump_place(item: GalleryItem) -> str:
    said = f"{item.position} {item.pk}".encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def read_place(cursor: str) -> GalleryItem:
    """Read behind what a page begins, even if it is gone. Raises NotAllowed."""
    try:
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        position, _space, pk = said.partition(" ")
        place = GalleryItem(pk=UUID(pk), position=int(position))
    except (ValueError, binascii.Error):
        place = GalleryItem(position=2**63)
    if not -(2**63) <= place.position < 2**63:
        raise NotAllowed(422, "bad_cursor", "This cursor is none of ours.")
    return place
