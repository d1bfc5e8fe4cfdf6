"""The room of galleries: pictures collected and put in order, to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import StringConstraints

from imaging.api.addresses import address
from imaging.api.callers import NotAllowed, Token
from imaging.api.native import Call, own
from imaging.api.paging import Paging, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import THUMBNAIL, url
from imaging.models import (
    Gallery,
    Image,
    Scope,
    User,
    Visibility,
)
from imaging.models.galleries import GalleryQuerySet

router = Router(tags=["Galleries"])
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150)
]


class GalleryOut(Schema):
    id: UUID
    team: UUID
    owner: UUID | None = Field(description="Who made it.")
    name: str
    description: str
    visibility: Visibility = Field(
        description="`private`: its owner sees it, and `people`."
    )
    people: list[UUID] = Field(description="Who else sees it while it is private.")
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
    people: list[UUID] | None = Field(
        None, max_length=1_000, description="Members of its team."
    )
    cover: UUID | None = Field(None, description="Null: the first picture.")


class GalleryWanted(Paging):
    """Which galleries a list is of."""

    team: UUID | None = None


def seen(request: Call) -> GalleryQuerySet:
    return Gallery.objects.visible_to(request.user)


def changeable(request: Call, pk: UUID) -> Gallery:
    """Return a gallery that the caller may change. Raises Http404, NotAllowed."""
    return own(seen(request), Gallery.objects.changeable_by(request.user), pk)


@router.post(
    "",
    auth=Token(Scope.SHARE),
    response={201: GalleryOut},
    summary="Make a gallery",
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


@router.get("", response=GalleryPage, summary="List galleries")
def list_galleries(request: Call, asked: Query[GalleryWanted]) -> Any:
    rows = seen(request).with_facts().prefetch_related("people")
    if asked.team:
        rows = rows.filter(team=asked.team)
    found, following = page(rows, asked)
    return {"items": dump_galleries(request, found), "next": following}


@router.get("/{uuid:gallery}", response=GalleryOut, summary="Look a gallery up")
def get_gallery(request: Call, gallery: UUID) -> Any:
    return dump(request, gallery)


@router.patch(
    "/{uuid:gallery}",
    auth=Token(Scope.SHARE),
    response=GalleryOut,
    summary="Change a gallery",
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
    people = fields.pop("people", None)
    if people is not None:
        name_people(found, people, request.user)
    if fields:
        Gallery.objects.filter(pk=gallery).update(**fields)
    return dump(request, gallery)


def name_people(gallery: Gallery, pks: list[UUID], caller: User) -> None:
    """Let these see it while it is private. Raises NotAllowed for who is no member."""
    open_to_all = gallery.visibility != Visibility.PRIVATE
    if open_to_all and gallery.owner_id != caller.pk:
        told = "Only who made a gallery can name who sees it."
        raise NotAllowed(403, "forbidden", told)
    named = list(gallery.team.members.filter(pk__in=pks))
    if {one.pk for one in named} != set(pks):
        told = "Only members of the gallery's team can be named."
        raise NotAllowed(422, "not_a_member", told)
    gallery.people.set(named)


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
)
def delete_gallery(request: Call, gallery: UUID) -> Any:
    """Its pictures stay; its share links open nothing from now on."""
    changeable(request, gallery).erase()
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
        "people": [one.pk for one in gallery.people.all()],
        "size": gallery.size,  # type: ignore[attr-defined]
        "cover": cover and cover.pk,
        "cover_url": cover and address(request, cover, request.user, THUMBNAIL),
        "created": gallery.created,
        "url": url(request, "get_gallery", pk),
        "items_url": url(request, "list_items", pk),
        "shares_url": url(request, "list_shares", pk),
    }
