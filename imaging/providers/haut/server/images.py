"""Images and their batches: signed addresses to send to, lists, facts, deletion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from imaging.api.addresses import address_of
from imaging.api.callers import NotAllowed
from imaging.api.presigned import put_address
from imaging.models import Scope, Task, Upload, VendorRecord
from imaging.providers.haut import wire
from imaging.providers.haut.server import dictionary, erasing
from imaging.providers.haut.server.door import (
    Invalid,
    listed,
    read_body,
    searched,
)
from imaging.providers.haut.server.fields import (
    read_any,
    read_id,
    read_int,
    read_moment,
    read_text_or_none,
)
from imaging.providers.haut.server.records import Place, of, placed
from imaging.providers.haut.server.results import (
    dump_aux_images,
    dump_quality,
    task_of,
    tasks_of,
)

HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Goog-Content-Length-Range": f"1,{wire.MAX_BYTES}",
}


@placed(Scope.UPLOAD)
def signed_upload_url(request: HttpRequest, place: Place) -> JsonResponse:
    """Make the record of an image, and an address that takes its bytes."""
    enter_dataset(place)
    place.need_adding()
    need_consent(place)
    body = read_body(request)
    facts = read_image(body)
    with transaction.atomic():
        enter_batch(place, read_id(body, "batch_id"))
        upload = add_image(place, facts)
    said = dump_image(request, place, place.image, None)
    return JsonResponse(said | {"upload_url": dump_upload(request, upload)}, status=201)


def enter_dataset(place: Place) -> None:
    """Find the dataset of a subject, which the address does not name."""
    place.enter("dataset", place.subject.parent)


def need_consent(place: Place) -> None:
    """Raise NotAllowed where the person has taken the consent back."""
    if place.person and place.person.withdrawn:
        said = "The consent of this subject was withdrawn."
        raise NotAllowed(403, "forbidden", said)


def enter_batch(place: Place, named: str | None) -> None:
    """Find the batch that was named, or make one."""
    if named is None:
        place.make("batch", parent=place.subject)
        return
    place.enter("batch", named, place.subject)
    place.need_change(place.batch)
    # Held, so that no two images take one side of it.
    rows = VendorRecord.objects.select_for_update(no_key=True)
    place.rows["batch"] = rows.get(pk=place.batch.pk)
    if place.batch.data.get("computed"):
        raise Invalid("invalid", "This batch has been computed.", "batch_id")


def read_image(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of an image's body. Raises Invalid."""
    side = read_int(body, "side_id") or dictionary.FRONT_ID
    if side not in dictionary.SIDES:
        raise Invalid("invalid", "There is no such side.", "side_id")
    light = read_int(body, "light_id") or wire.REGULAR_LIGHT
    if light not in dictionary.LIGHTS:
        raise Invalid("invalid", "There is no such light.", "light_id")
    named = body.get("creation_time") is not None
    moment = read_moment(body, "creation_time") if named else timezone.now()
    return {
        "side": side,
        "light": light,
        "meta": read_any(body, "meta") if "meta" in body else {},
        "creation_time": wire.dump_time(moment),
        "name": read_text_or_none(body, "name"),
        "app_args": read_any(body, "app_args"),
    }


def add_image(place: Place, facts: dict[str, Any]) -> Upload:
    """Make the record and the permission to send, under one id."""
    free_side(place, facts["side"])
    upload = Upload.objects.permit(
        place.team,
        place.caller.user,
        file_name(facts["name"] or "", dictionary.SIDES[facts["side"]]),
        headers=HEADERS,
        max_bytes=wire.MAX_BYTES,
    )
    place.make("image", upload.pk, place.batch, **facts)
    return upload


def free_side(place: Place, side: int) -> None:
    """Refuse a second image of one side, unless the first never got any bytes."""
    rows = place.images()
    for row in [one for one in rows if one.data["side"] == side]:
        upload = Upload.objects.filter(pk=row.key).first()
        if upload and (upload.whole or upload.expires > timezone.now()):
            said = "This batch has an image of this side."
            raise Invalid("invalid", said, "side_id")
        erasing.forget_images([row])


def file_name(name: str, side: str) -> str:
    """Name the file so that its name says which side it shows, and no other."""
    words = re.split(r"[\W\d_]+", name.lower())
    kept = "" if set(words) & wire.SIDES.keys() else name[:100]
    return f"{kept} {side}".strip()


def dump_upload(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    return {
        "url": put_address(request, upload),
        "method": "PUT",
        "headers": upload.headers,
        "content_type": upload.headers["Content-Type"],
    }


def dump_image(
    request: HttpRequest, place: Place, row: VendorRecord, task: Task | None
) -> dict[str, Any]:
    data, kind = row.data, dictionary.image_type()
    side, light = dictionary.side(data["side"]), dictionary.light(data["light"])
    name = file_name(data["name"] or "", side["tech_name"])
    return {
        "id": row.key,
        "name": data["name"],
        "side": side,
        "light": light,
        "image_type": dictionary.named(kind["id"], kind["tech_name"]),
        **dictionary.flat("side", side),
        **dictionary.flat("light", light),
        **dictionary.flat("image_type", kind),
        "creation_time": data["creation_time"],
        **dump_quality(row, task),
        "stage_step_number": None,
        "stage_number": None,
        "urls": {wire.ORIGINAL: address_of(request, row.key, name, place.caller.user)},
        "image_batch_id": row.parent,
        "aux_images": dump_aux_images(request, place, task),
        "meta": data["meta"],
    }


@placed(Scope.READ)
def list_images(request: HttpRequest, place: Place) -> JsonResponse:
    """List the images of a subject, or of one batch."""
    rows = searched(request, place.images())

    def dump(shown: Sequence[VendorRecord]) -> Iterator[dict[str, Any]]:
        tasks = tasks_of(shown)
        for row in shown:
            task = tasks.get(row.data.get("task", ""))
            yield dump_image(request, place, row, task)

    return listed(request, rows, dump)


@placed(Scope.READ)
def get_image(request: HttpRequest, place: Place) -> JsonResponse:
    return JsonResponse(dump_image(request, place, place.image, task_of(place.image)))


@placed(Scope.UPLOAD)
def delete_image(request: HttpRequest, place: Place) -> HttpResponse:
    place.need_change(place.image)
    if not erasing.forget_images([place.image]):
        raise NotAllowed(404, "not_found", "Not found.")
    return HttpResponse(status=204)


@placed(Scope.UPLOAD)
def create_batch(request: HttpRequest, place: Place) -> JsonResponse:
    place.need_adding()
    read_body(request)
    row = place.make("batch", parent=place.subject)
    return JsonResponse(dump_batch(row), status=201)


def dump_batch(row: VendorRecord) -> dict[str, Any]:
    return {"id": row.key, "creation_time": wire.dump_time(row.created)}


@placed(Scope.READ)
def list_batches(request: HttpRequest, place: Place) -> JsonResponse:
    rows = of(place.team, "batch", place.subject)
    return listed(request, rows, lambda shown: map(dump_batch, shown))


@placed(Scope.UPLOAD)
def delete_batch(request: HttpRequest, place: Place) -> HttpResponse:
    images = list(place.images())
    place.need_change(place.batch, *images)
    erasing.forget_images(images)
    place.batch.delete()
    return HttpResponse(status=204)
