"""The room of upload sessions: large files in parts, each to its own signed address."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from imaging.api.callers import NotAllowed, Token
from imaging.api.images import seen
from imaging.api.native import Call, problem
from imaging.api.presigned import part_address
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import ImageDetail, detail, url
from imaging.models import Scope, Team, Upload
from imaging.models.uploads import AWAITED, PART, Incomplete

router = Router(tags=["Uploads"])
MOST_BYTES = 2**50
Digest = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]


class UploadIn(Schema):
    name: str = Field(min_length=1, max_length=1_000)
    size: int = Field(ge=1, le=MOST_BYTES, description="Bytes of the file.")
    sha256: Digest = Field(
        "", description="In lower-case hex. With it, what was begun goes on."
    )
    team: UUID | None = None


class Part(Schema):
    """One part: these bytes of the file are to be sent by this request."""

    number: int
    size: int
    method: str
    url: str = Field(description="Good for a quarter of an hour; needs no token.")
    headers: dict[str, str]


class UploadOut(Schema):
    """A file on its way in. Its parts follow each other in the file, from 0 on."""

    id: UUID
    team: UUID
    name: str
    size: int
    state: str
    part_size: int
    parts: list[Part]
    present: list[int] = Field(description="Numbers of the parts that are here.")
    expires: datetime
    status_url: str
    complete_url: str


def dump_upload(request: Call, upload: Upload) -> dict[str, Any]:
    """Say what is here and where the parts go, with fresh addresses."""
    pending = upload.state == Upload.State.PENDING
    return {
        "id": upload.pk,
        "team": upload.team_id,
        "name": upload.name,
        "size": upload.size,
        "state": upload.state,
        "part_size": PART,
        "parts": [dump_part(request, upload, one) for one in upload.parts if pending],
        "present": upload.present() if pending else [],
        "expires": upload.expires,
        "status_url": url(request, "get_upload", upload.pk),
        "complete_url": url(request, "complete_upload", upload.pk),
    }


def dump_part(request: Call, upload: Upload, number: int) -> dict[str, Any]:
    size = upload.part_size(number)
    return {
        "number": number,
        "size": size,
        "method": "PUT",
        "url": part_address(request, upload, number),
        "headers": {"Content-Length": str(size)},
    }


def mine(request: Call, pk: UUID) -> Upload:
    """Return an upload that this person began and may go on with. Raises Http404."""
    rows = Upload.objects.usable_by(request.user).exclude(size=0)
    # Of one that has expired no address opens, though its parts may still lie here.
    rows = rows.exclude(state=Upload.State.PENDING, expires__lte=timezone.now())
    return get_object_or_404(rows.select_related("team", "user", "image__blob"), pk=pk)


@router.post(
    "",
    auth=Token(Scope.UPLOAD),
    response={201: UploadOut, 409: None},
    summary="Begin to send a file in parts",
)
def begin_upload(
    request: Call,
    response: HttpResponse,
    said: UploadIn,
    idempotency_key: IdempotencyKey,
) -> Any:
    """Send each part by the request that is named for it, in any order, then complete.

    What was cut off goes on: `GET` says which parts are here, and gives new addresses.
    """
    team = request.auth.adding_team(str(said.team or ""))
    upload = begun(request, team, said, idempotency_key)
    response["Location"] = url(request, "get_upload", upload.pk)
    return Status(201, dump_upload(request, upload))


def begun(request: Call, team: Team, said: UploadIn, key: str) -> Upload:
    """Return the upload: what this call or this digest has begun, or a new one."""
    pk = id_for(request.auth, key, "upload", team.pk, said.model_dump(mode="json"))
    if key and (found := Upload.objects.usable_by(request.user).filter(pk=pk).first()):
        return found
    # The storage may be told of parts without us: it waits longer than for ours.
    until = timezone.now() + AWAITED
    try:
        return Upload.objects.resume(
            team,
            request.user,
            said.name,
            digest=said.sha256,
            size=said.size,
            id=pk,
            expires=until,
        )
    except IntegrityError:
        return mine(request, pk)


@router.get(
    "/{uuid:upload}",
    auth=Token(Scope.UPLOAD),
    response=UploadOut,
    summary="See which parts are here",
)
def get_upload(request: Call, upload: UUID) -> Any:
    return dump_upload(request, mine(request, upload))


@router.post(
    "/{uuid:upload}/complete",
    auth=Token(Scope.UPLOAD),
    response={201: ImageDetail, 409: None, 413: None, 415: None},
    summary="Put the parts together",
)
def complete_upload(request: Call, response: HttpResponse, upload: UUID) -> Any:
    """The file is judged now. Sent again, it answers with the same picture.

    A file that was refused stays refused: send another one.
    """
    found = mine(request, upload)
    try:
        image = found.complete()
    except Incomplete as error:
        missing = sorted(set(found.parts) - set(error.present))
        told = f"Parts are missing, or not as long as they should be: {missing}."
        return problem(409, "incomplete", told, missing=missing, present=error.present)
    except Upload.DoesNotExist:
        raise over(upload) from None
    image = get_object_or_404(seen(request), pk=image.pk)
    response["Location"] = url(request, "get_image", image.pk)
    return Status(201, detail(request, image))


def over(pk: UUID) -> Exception:
    """Return why an upload cannot be completed any more."""
    refused = Upload.objects.filter(pk=pk, state=Upload.State.REFUSED).first()
    return NotAllowed(422, "refused", refused.reason) if refused else Http404()


@router.delete(
    "/{uuid:upload}",
    auth=Token(Scope.UPLOAD),
    response={204: None},
    summary="Give up sending a file",
)
def cancel_upload(request: Call, upload: UUID) -> Any:
    """What has arrived is removed. A picture that is complete stays."""
    mine(request, upload).cancel()
    return HttpResponse(status=204)
