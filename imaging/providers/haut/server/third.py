"""The third version of sending: all sides in one call, and one answer for the batch.

Follows "Face Metrics 3.0 / API for Images".
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse

from imaging.models import Scope
from imaging.providers.haut import wire
from imaging.providers.haut.server.door import Invalid, read_body
from imaging.providers.haut.server.fields import read_text_or_none
from imaging.providers.haut.server.images import (
    add_image,
    dump_upload,
    enter_batch,
    enter_dataset,
    need_consent,
    read_image,
)
from imaging.providers.haut.server.records import Place, placed
from imaging.providers.haut.server.results import dump_results, tasks_of

LONGEST_NAME = 255


@placed(Scope.UPLOAD)
def upload(request: HttpRequest, place: Place) -> JsonResponse:
    """Make a batch with a record, and an address, for each side that is named."""
    enter_dataset(place)
    place.need_adding()
    need_consent(place)
    body = read_body(request)
    names = read_sides(body)
    kept: dict[str, Any] = {
        name: body[name] for name in ("meta", "creation_time") if name in body
    }
    facts = {
        side: read_image({**kept, "name": name, "side_id": wire.SIDES[side]})
        for side, name in names.items()
    }
    said: dict[str, Any] = {}
    with transaction.atomic():
        enter_batch(place, None)
        for side, one in facts.items():
            made = add_image(place, one)
            said[side] = {**dump_upload(request, made), "id": str(made.pk)}
    return JsonResponse({**said, "image_batch_id": place.batch.key})


def read_sides(body: dict[str, Any]) -> dict[str, str]:
    """Return the file's name of each side that will come. Raises Invalid."""
    found = {
        side: read_text_or_none(body, side, most=LONGEST_NAME) for side in wire.SIDES
    }
    names = {side: name for side, name in found.items() if name}
    if not names:
        raise Invalid("required", "Name the file of at least one side.")
    return names


@placed(Scope.READ)
def list_results(request: HttpRequest, place: Place) -> JsonResponse:
    """Return what is there of all images of a batch, and whether that is all."""
    enter_dataset(place)
    images = list(place.images().order_by("number"))
    tasks = tasks_of(images)
    found = [
        dump_results(place, one, tasks.get(one.data.get("task", ""))) for one in images
    ]
    said = {
        "all_algorithms_calculated": bool(found) and all(found),
        "results": [one for rows in found for one in rows],
    }
    return JsonResponse({wire.FACE_METRICS_3: said})
