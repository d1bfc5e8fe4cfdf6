"""The room of pictures: in, found, looked at, changed, out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from imaging import pictures, similar
from imaging.api.callers import NotAllowed, Token
from imaging.api.native import Call, own, problem
from imaging.api.paging import Moment, Paging, given, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import (
    ImageDetail,
    ImageOut,
    ImagePage,
    detail,
    dump_images,
    url,
)
from imaging.delivery import downloads
from imaging.models import Image, Label, Scope, Task
from imaging.models.imagesets import ImageQuerySet
from imaging.receiving import ReceivedFile, refused_files

router = Router(tags=["Images"])
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


class Alike(Schema):
    score: float = Field(description="How alike it looks, up to 1.")
    same: bool = Field(description="Whether it is the same picture to the eye.")
    image: ImageOut


class AlikeList(Schema):
    items: list[Alike]


class ImageChange(Schema):
    name: str | None = Field(None, min_length=1, max_length=150)
    label: Label | None = None
    chosen: bool | None = Field(
        None, description="Of an original and what was made of it, at most one is."
    )


class Wanted(Paging):
    """Which pictures a list is of."""

    team: UUID | None = None
    q: str = Field("", max_length=150, description="Words of the name.")
    show: Literal["all", "originals", "results"] = "all"
    parent: UUID | None = Field(None, description="Only what was made of this one.")
    provider: str = Field("", max_length=40, description="Who worked on or made it.")
    operation: str = Field("", max_length=40)
    label: Label | None = None
    chosen: bool | None = None
    downloaded: bool | None = None
    since: Moment | None = Field(None, description="Created at or after.")
    until: Moment | None = Field(None, description="Created before.")

    def apply(self, rows: ImageQuerySet) -> ImageQuerySet:
        """Return those of the rows that are asked for."""
        exact = {name: getattr(self, name) for name in ("team", "parent", "label")}
        exact |= {"created__gte": self.since, "created__lt": self.until}
        rows = rows.whole().filter(**given(chosen=self.chosen, **exact))
        if self.show != "all":
            rows = rows.filter(parent__isnull=self.show == "originals")
        if self.q:
            rows = rows.named(self.q)
        if self.downloaded is not None:
            rows = rows.downloaded(ever=self.downloaded)
        if work := given(provider=self.provider, operation=self.operation):
            rows = rows.touched_by(Task.objects.filter(**work))
        return rows


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


@router.get("", response=ImagePage, summary="List pictures")
def list_images(request: Call, asked: Query[Wanted]) -> Any:
    """Layers and masks are not in it: they are among the results of their task."""
    rows, following = page(asked.apply(seen(request)), asked)
    return {"items": dump_images(request, rows), "next": following}


@router.get("/{uuid:image}", response=ImageDetail, summary="Look a picture up")
def get_image(request: Call, image: UUID) -> Any:
    return detail(request, get_object_or_404(seen(request), pk=image))


@router.patch(
    "/{uuid:image}",
    auth=Token(Scope.UPLOAD),
    response=ImageDetail,
    summary="Rename or label a picture",
)
def change_image(request: Call, image: UUID, said: ImageChange) -> Any:
    found = own(seen(request), mine(request), image)
    if said.name is not None:
        found.name = pictures.clean_name(said.name)
    if said.label is not None:
        found.label = said.label
    found.save(update_fields=["name", "folded", "label"])
    if said.chosen is not None:
        found.choose(chosen=said.chosen)
    return detail(request, found)


@router.delete(
    "/{uuid:image}",
    auth=Token(Scope.UPLOAD),
    response={204: None, 409: None},
    summary="Move a picture to the trash",
)
def delete_image(request: Call, image: UUID) -> Any:
    """Its results go with it. On the site it can be taken back from the trash."""
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
    response={200: None},
    openapi_extra=BYTES,
    summary="Download a picture",
)
def download_image(request: Call, image: UUID) -> HttpResponseBase:
    """Counted when the last byte was taken; once for a person in 15 minutes."""
    found = get_object_or_404(seen(request).select_related("blob", "task"), pk=image)
    return downloads.download(request, found, user=request.user, door="api")


@router.get(
    "/{uuid:image}/similar",
    response=AlikeList,
    summary="Find pictures that look like it",
)
def similar_images(request: Call, image: UUID) -> Any:
    """The best of its team first, without what was made of it or it of."""
    found = get_object_or_404(seen(request), pk=image)
    root = found.parent_id or found.pk
    others = seen(request).filter(team=found.team_id).whole()
    others = others.exclude(pk__in=[found.pk, root]).exclude(parent=root)
    looks = bytes(found.blob.descriptor)
    matches = similar.find(looks, others, [found.team_id]) if looks else []
    rows = seen(request).in_bulk([one.image for one in matches])
    kept = [one for one in matches if one.image in rows]
    told = dump_images(request, [rows[one.image] for one in kept])
    items = [
        {"score": match.score, "same": match.is_near, "image": one}
        for match, one in zip(kept, told, strict=True)
    ]
    return {"items": items}
