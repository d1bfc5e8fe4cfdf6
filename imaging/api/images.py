"""The room of pictures: in, found, looked at, changed, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from imaging import delivery, pictures, similar
from imaging.api.addresses import ORIGINAL, address
from imaging.api.callers import NotAllowed
from imaging.api.native import Call, Token, own, problem
from imaging.api.paging import Moment, Paging, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.models import Download, Image, Label, Scope, Task
from imaging.models.imagesets import ImageQuerySet
from imaging.receiving import ReceivedFile, refused_files

router = Router(tags=["Images"])
THUMBNAIL = 320
FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "team": {"type": "string", "format": "uuid"},
                        "name": {"type": "string"},
                    },
                }
            }
        },
    },
}
BYTES = {
    "responses": {
        status: {
            "description": said,
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        }
        for status, said in ((200, "The file."), (206, "A part of the file."))
    }
    | {
        304: {"description": "It is as you have it."},
        412: {"description": "It is not as you say."},
        416: {"description": "It has no such part."},
    }
}


class ImageOut(Schema):
    """A picture. `thumbnail_url` and `original_url` open for a quarter of an hour."""

    id: UUID
    team: UUID
    name: str
    width: int = Field(description="Upright, in pixels.")
    height: int
    size: int = Field(description="Bytes of the file.")
    format: str
    content_type: str
    digest: str = Field(description="SHA-256 of the file.")
    label: int = Field(description="0 is none; 1 red, 2 amber, 3 green, 4 blue, …")
    created: datetime
    expires: datetime | None = Field(description="When it will be deleted.")
    parent: UUID | None = Field(description="What it was made of.")
    task: UUID | None = Field(description="What made it.")
    layer: bool = Field(description="Whether it is a part of a result, as a mask.")
    download_count: int
    url: str
    download_url: str = Field(description="The counted file; needs the token, too.")
    original_url: str = Field(description="To look at; not counted, needs no token.")
    thumbnail_url: str = Field(description="320 pixels; needs no token.")


class ImageDetail(ImageOut):
    variants: list[UUID] = Field(description="What was made of it.")


class ImagePage(Schema):
    items: list[ImageOut]
    next: str | None


class Alike(Schema):
    score: float = Field(description="How alike it looks, up to 1.")
    same: bool = Field(description="Whether it is the same picture to the eye.")
    image: ImageOut


class AlikeList(Schema):
    items: list[Alike]


class ImageChange(Schema):
    name: str | None = Field(None, min_length=1, max_length=150)
    label: Label | None = None


class Wanted(Paging):
    """Which pictures a list is of."""

    team: UUID | None = None
    q: str = Field("", max_length=150, description="Words of the name.")
    show: Literal["all", "originals", "results"] = "all"
    parent: UUID | None = Field(None, description="Only what was made of this one.")
    provider: str = Field("", max_length=40, description="Who worked on or made it.")
    operation: str = Field("", max_length=40)
    label: Label | None = None
    downloaded: bool | None = None
    since: Moment | None = Field(None, description="Created at or after.")
    until: Moment | None = Field(None, description="Created before.")

    def apply(self, rows: ImageQuerySet) -> ImageQuerySet:
        """Return those of the rows that are asked for."""
        exact: dict[str, Any] = {"team": self.team, "parent": self.parent}
        exact |= {"created__gte": self.since, "created__lt": self.until}
        exact |= {"label": self.label}
        rows = rows.whole().filter(
            **{name: one for name, one in exact.items() if one is not None}
        )
        if self.show != "all":
            rows = rows.filter(parent__isnull=self.show == "originals")
        if self.q:
            rows = rows.named(self.q)
        if self.downloaded is not None:
            rows = rows.downloaded(ever=self.downloaded)
        work = {"provider": self.provider, "operation": self.operation}
        if work := {name: one for name, one in work.items() if one}:
            rows = rows.touched_by(Task.objects.filter(**work))
        return rows


def dump_images(request: Call, images: Sequence[Image]) -> list[dict[str, Any]]:
    """Say of these, which have their blobs, what they are; one query for them all."""
    counts = Download.objects.counts(images)
    return [dump_image(request, one, counts.get(one.pk, 0)) for one in images]


def dump_image(request: Call, image: Image, downloads: int) -> dict[str, Any]:
    blob, pk = image.blob, image.pk
    return {
        "id": pk,
        "team": image.team_id,
        "name": image.name,
        "width": blob.width,
        "height": blob.height,
        "size": blob.size,
        "format": blob.format,
        "content_type": blob.content_type,
        "digest": blob.digest,
        "label": image.label,
        "created": image.created,
        "expires": image.expires,
        "parent": image.parent_id,
        "task": image.task_id,
        "layer": image.layer,
        "download_count": downloads,
        "url": url(request, "get_image", pk),
        "download_url": url(request, "download_image", pk),
        "original_url": address(request, image, request.user, ORIGINAL),
        "thumbnail_url": address(request, image, request.user, THUMBNAIL),
    }


def url(request: HttpRequest, name: str, *args: Any) -> str:
    """Return the address of an operation."""
    return request.build_absolute_uri(reverse(f"api:{name}", args=args))


def detail(request: Call, image: Image) -> dict[str, Any]:
    variants = Image.objects.visible_to(request.user).whole().filter(parent=image)
    made = variants.order_by("created", "id").values_list("pk", flat=True)
    return dump_images(request, [image])[0] | {"variants": list(made)}


def seen(request: Call) -> ImageQuerySet:
    return Image.objects.visible_to(request.user).select_related("blob")


def mine(request: Call) -> ImageQuerySet:
    return Image.objects.changeable_by(request.user).select_related("blob")


@router.post(
    "",
    auth=Token(Scope.UPLOAD),
    response={201: ImageDetail, 409: None, 413: None, 415: None},
    openapi_extra=FILE,
    summary="Add a picture",
    operation_id="add_image",
)
def add_image(
    request: Call, response: HttpResponse, idempotency_key: IdempotencyKey
) -> Any:
    """Send it as the part `file` of a form. A second of the same bytes is a second."""
    if request.content_type != "multipart/form-data":
        told = "Send the picture as the part `file` of multipart/form-data."
        raise NotAllowed(415, "unsupported_media_type", told)
    sent = received(request)
    team = request.auth.adding_team(request.POST.get("team", ""))
    name = request.POST.get("name") or sent.name or ""
    pk = id_for(request.auth, idempotency_key, sent.digest, team.pk, name)
    try:
        path = Path(sent.temporary_file_path())
        image = Image.objects.store(
            path, team=team, owner=request.user, name=name, digest=sent.digest, id=pk
        )
    except IntegrityError:
        image = made_before(request, pk)
    response["Location"] = url(request, "get_image", image.pk)
    return Status(201, detail(request, image))


def received(request: Call) -> ReceivedFile:
    """Return the file that was sent. Raises pictures.Refused."""
    for _name, refusal in refused_files(request):
        raise refusal
    sent = cast(ReceivedFile | None, request.FILES.get("file"))
    if sent is None:
        told = "No file came with this request: send it as the part `file`."
        raise pictures.Refused("empty", told, status=422)
    return sent


def made_before(request: Call, pk: UUID) -> Image:
    """Return what the same call has made. Raises NotAllowed where it is gone."""
    if found := seen(request).filter(pk=pk).first():
        return found
    told = "What this call had made was deleted. Send it with another key."
    raise NotAllowed(409, "gone", told)


@router.get(
    "",
    auth=Token(Scope.READ),
    response=ImagePage,
    summary="List pictures",
    operation_id="list_images",
)
def list_images(request: Call, asked: Query[Wanted]) -> Any:
    """Layers and masks are not in it: they are among the results of their task."""
    rows, following = page(asked.apply(seen(request)), asked)
    return {"items": dump_images(request, rows), "next": following}


@router.get(
    "/{uuid:image}",
    auth=Token(Scope.READ),
    response=ImageDetail,
    summary="Look a picture up",
    operation_id="get_image",
)
def get_image(request: Call, image: UUID) -> Any:
    return detail(request, get_object_or_404(seen(request), pk=image))


@router.patch(
    "/{uuid:image}",
    auth=Token(Scope.UPLOAD),
    response=ImageDetail,
    summary="Rename or label a picture",
    operation_id="change_image",
)
def change_image(request: Call, image: UUID, said: ImageChange) -> Any:
    found = own(seen(request), mine(request), image)
    if said.name is not None:
        found.name = pictures.clean_name(said.name)
    if said.label is not None:
        found.label = said.label
    found.save(update_fields=["name", "folded", "label"])
    return detail(request, found)


@router.delete(
    "/{uuid:image}",
    auth=Token(Scope.UPLOAD),
    response={204: None, 409: None},
    summary="Move a picture to the trash",
    operation_id="delete_image",
)
def delete_image(request: Call, image: UUID) -> Any:
    """Its results go with it. On the site it can be taken back for 30 days."""
    found = own(seen(request), mine(request), image)
    done = Image.objects.trash([found.pk], request.user)
    if done.busy:
        return problem(409, "busy", "It is being worked on. Cancel that first.")
    if done.shared:
        told = "Others have made results of it: an editor of the team may do it."
        return problem(409, "shared", told)
    return HttpResponse(status=204)


@router.api_operation(
    ["GET", "HEAD"],
    "/{uuid:image}/download",
    auth=Token(Scope.READ),
    response={200: None},
    openapi_extra=BYTES,
    summary="Download a picture",
    operation_id="download_image",
)
def download_image(request: Call, image: UUID) -> HttpResponseBase:
    """Counted when the last byte was taken; once for a person in 15 minutes."""
    found = get_object_or_404(seen(request).select_related("blob", "task"), pk=image)
    return delivery.download(request, found, user=request.user, door="api")


@router.get(
    "/{uuid:image}/similar",
    auth=Token(Scope.READ),
    response=AlikeList,
    summary="Find pictures that look like it",
    operation_id="similar_images",
)
def similar_images(request: Call, image: UUID) -> Any:
    """The best of its team first, without what was made of it or it of."""
    found = get_object_or_404(seen(request), pk=image)
    root = found.parent_id or found.pk
    others = seen(request).filter(team=found.team_id).whole()
    others = others.exclude(pk__in=[found.pk, root]).exclude(parent=root)
    looks = bytes(found.blob.descriptor)
    matches = similar.find(looks, others, [found.team_id]) if looks else []
    rows = {one.pk: one for one in seen(request).filter(pk__in=ids(matches))}
    kept = [one for one in matches if one.image in rows]
    told = dump_images(request, [rows[one.image] for one in kept])
    items = [
        {"score": match.score, "same": match.is_near, "image": one}
        for match, one in zip(kept, told, strict=True)
    ]
    return {"items": items}


def ids(matches: Iterable[similar.Match]) -> list[UUID]:
    return [one.image for one in matches]
