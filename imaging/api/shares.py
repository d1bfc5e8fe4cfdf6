"""The room of share links: addresses that open a gallery to guests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.crypto import salted_hmac
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import NotAllowed, Token
from imaging.api.galleries import changeable
from imaging.api.native import Call, own
from imaging.api.paging import Moment, Paging, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import url
from imaging.delivery import handout
from imaging.models import Scope, ShareLink, ShareMode
from imaging.models.shares import DAYS, ShareLinkQuerySet

# Under a gallery, where they are made, and by themselves.
of_gallery = Router(tags=["Shares"])
router = Router(tags=["Shares"])
MOST = 2**31 - 1


class ShareOut(Schema):
    """A link. `url` opens the gallery to whoever has it."""

    id: UUID
    gallery: UUID | None
    name: str
    mode: ShareMode = Field(description="What guests may: look, take web size, full.")
    state: Literal["open", "expired", "revoked"]
    has_password: bool
    url: str = Field(description="To pass on to guests.")
    created: datetime
    made_by: UUID | None
    expires: datetime | None
    picks: bool = Field(description="Guests may mark what they like, and send it.")
    uploads: bool = Field(description="Guests may add pictures, which wait.")
    as_they_are: bool = Field(
        description="Files keep their names and what the camera noted in them."
    )
    download_limit: int | None
    download_count: int
    left: int | None = Field(description="Downloads left of the limit, if it has one.")
    opens: int = Field(description="Each guest's browser counts once a day.")
    last_used: datetime | None
    self_url: str
    revoke_url: str


class SharePage(Schema):
    items: list[ShareOut]
    next: str | None


class ShareChange(Schema):
    name: str = Field("", max_length=150)
    mode: ShareMode = ShareMode.VIEW
    password: str | None = Field(
        None, max_length=128, description="Null or empty: the address is enough."
    )
    expires: Moment | None = Field(
        None, description=f"Left out, {DAYS} days from now; null: it does not end."
    )
    download_limit: int | None = Field(None, ge=1, le=MOST)
    picks: bool = Field(False, description="Guests may mark what they like.")
    uploads: bool = Field(False, description="Guests may add pictures, which wait.")
    as_they_are: bool = Field(
        False, description="Files keep their names and what the camera noted in them."
    )

    def changes(self) -> dict[str, Any]:
        """Return what was said. Raises NotAllowed for an end that is over."""
        said = self.dict(exclude_unset=True)
        expires = said.get("expires")
        if expires and expires <= timezone.now():
            told = "`expires` lies in the past. To end it now, revoke it."
            raise NotAllowed(422, "in_the_past", told)
        return said


def seen(request: Call) -> ShareLinkQuerySet:
    return ShareLink.objects.visible_to(request.user)


def mine(request: Call) -> ShareLinkQuerySet:
    return ShareLink.objects.changeable_by(request.user)


@of_gallery.get(
    "/{uuid:gallery}/shares",
    response=SharePage,
    summary="List the share links of a gallery",
)
def list_shares(request: Call, gallery: UUID, asked: Query[Paging]) -> Any:
    """For those who may make links: whoever has an address is let in by it."""
    rows = ShareLink.objects.filter(gallery=changeable(request, gallery))
    found, following = page(ready(rows), asked)
    return {"items": [dump_share(request, one) for one in found], "next": following}


@of_gallery.post(
    "/{uuid:gallery}/shares",
    auth=Token(Scope.SHARE),
    response={201: ShareOut},
    summary="Make a share link",
)
def add_share(
    request: Call,
    response: HttpResponse,
    gallery: UUID,
    said: ShareChange,
    idempotency_key: IdempotencyKey,
) -> Any:
    found = changeable(request, gallery)
    fields = said.changes()
    # What is kept to know the call again must not help to guess the password.
    sealed = salted_hmac("imaging.api.shares", str(fields.get("password"))).hexdigest()
    said_before = fields | {"password": sealed}
    pk = id_for(request.auth, idempotency_key, "share", gallery, said_before)
    try:
        with transaction.atomic():
            ShareLink.objects.make(found, request.user, id=pk, **fields)
    except IntegrityError:
        get_object_or_404(mine(request), pk=pk)
    response["Location"] = url(request, "get_share", pk)
    return Status(201, dump(request, pk))


@router.get("/{uuid:share}", response=ShareOut, summary="Look a share link up")
def get_share(request: Call, share: UUID) -> Any:
    return dump(request, own(seen(request), mine(request), share).pk)


@router.patch(
    "/{uuid:share}",
    auth=Token(Scope.SHARE),
    response=ShareOut,
    summary="Change a share link",
)
def change_share(request: Call, share: UUID, said: ShareChange) -> Any:
    """Only what is named changes; the address stays. A new password asks all again."""
    found = own(seen(request), mine(request), share)
    fields = said.changes()
    if "password" in fields:
        found.change_password(fields.pop("password") or "")
    if fields:
        ShareLink.objects.filter(pk=share).update(**fields)
        ShareLink.objects.get(pk=share).prepare()
    return dump(request, share)


@router.post(
    "/{uuid:share}/revoke",
    auth=Token(Scope.SHARE),
    response=ShareOut,
    summary="Switch a share link off",
)
def revoke_share(request: Call, share: UUID) -> Any:
    """It opens nothing from now on, nor does any address that it has handed out."""
    own(seen(request), mine(request), share).revoke()
    return dump(request, share)


def ready(rows: ShareLinkQuerySet) -> ShareLinkQuerySet:
    """Add all that is told of links."""
    return rows.with_downloads().select_related("gallery")


def dump(request: Call, pk: UUID) -> dict[str, Any]:
    return dump_share(request, get_object_or_404(ready(mine(request)), pk=pk))


def dump_share(request: Call, link: ShareLink) -> dict[str, Any]:
    return {
        "id": link.pk,
        "gallery": link.gallery_id,
        "name": link.name,
        "mode": link.mode,
        "state": link.state,
        "has_password": bool(link.password),
        "url": handout.address(request, link),
        "created": link.created,
        "made_by": link.made_by_id,
        "expires": link.expires,
        "picks": link.picks,
        "uploads": link.uploads,
        "as_they_are": link.as_they_are,
        "download_limit": link.download_limit,
        "download_count": link.download_count,
        "left": link.left,
        "opens": link.opens,
        "last_used": link.last_used,
        "self_url": url(request, "get_share", link.pk),
        "revoke_url": url(request, "revoke_share", link.pk),
    }
