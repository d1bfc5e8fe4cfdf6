"""Datasets, the dictionary of image types, and the applications that compute."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

from imaging.api.callers import Caller, NotAllowed
from imaging.models import Scope, Team, VendorRecord
from imaging.providers.haut.server import dictionary
from imaging.providers.haut.server.door import (
    Invalid,
    listed,
    read_body,
    searched,
    server,
)
from imaging.providers.haut.server.fields import (
    read_any,
    read_bool,
    read_id,
    read_int,
    read_text,
)
from imaging.providers.haut.server.records import Place, find, learn, of, placed

MOST_DAYS = 365


@placed(Scope.UPLOAD)
def create_dataset(request: HttpRequest, place: Place) -> JsonResponse:
    place.need_adding()
    body = read_body(request)
    row = place.make("dataset", **read_dataset(body))
    return JsonResponse(dump_dataset(place.team, row), status=201)


def read_dataset(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a dataset's body. Raises Invalid."""
    kind = read_int(body, "image_type_id")
    if kind not in (None, dictionary.SELFIE_ID):
        raise Invalid("invalid", "There is no such image type.", "image_type_id")
    images, metadata = "expire_images_after_days", "expire_metadata_after_days"
    return {
        "name": read_text(body, "name"),
        images: read_int(body, images, most=MOST_DAYS),
        metadata: read_int(body, metadata, most=MOST_DAYS),
        "clean_images_as_soon_as_ready": read_bool(
            body, "clean_images_as_soon_as_ready"
        ),
        "custom_branding": read_int(body, "custom_branding"),
        "applications": {},
    }


def dump_dataset(team: Team, row: VendorRecord) -> dict[str, Any]:
    data, kind = row.data, dictionary.image_type()
    return {
        "id": row.key,
        "company_id": str(team.pk),
        "name": data["name"],
        "image_type": kind,
        **dictionary.flat("image_type", kind),
        "connected_applications": [
            dictionary.application(team.created) for _name in data["applications"]
        ],
        "expire_images_after_days": data["expire_images_after_days"],
        "expire_metadata_after_days": data["expire_metadata_after_days"],
        "clean_images_as_soon_as_ready": data["clean_images_as_soon_as_ready"],
        "custom_branding": data["custom_branding"],
    }


@placed(Scope.READ)
def get_dataset(request: HttpRequest, place: Place) -> JsonResponse:
    return JsonResponse(dump_dataset(place.team, place.dataset))


@placed(Scope.READ)
def list_datasets(request: HttpRequest, place: Place) -> JsonResponse:
    rows = searched(request, of(place.team, "dataset"))
    return listed(
        request, rows, lambda shown: [dump_dataset(place.team, one) for one in shown]
    )


@server.operation(Scope.READ)
def list_image_types(request: HttpRequest, caller: Caller) -> JsonResponse:
    return JsonResponse([dictionary.image_type()], safe=False)


@placed(Scope.READ)
def list_applications(request: HttpRequest, place: Place) -> JsonResponse:
    team = place.team
    rows = [dictionary.application(team.created)]
    q = request.GET.get("q", "").lower()
    rows = [one for one in rows if q in f"{one['name']} {one['tech_name']}".lower()]
    said = {"count": len(rows), "next": None, "previous": None, "results": rows}
    return JsonResponse(said)


@server.operation(Scope.UPLOAD)
def attach_to_dataset(
    request: HttpRequest, caller: Caller, **path: str
) -> JsonResponse:
    """Have an application compute in a dataset, all that it measures or a part."""
    place = find(caller, {"c": path["c"]})
    if path["application"] != dictionary.TECH_NAME:
        raise NotAllowed(404, "not_found", "Not found.")
    body = read_body(request)
    dataset = read_id(body, "dataset_id")
    if dataset is None:
        raise Invalid("required", "This field is required.", "dataset_id")
    place.enter("dataset", dataset)
    place.need_change(place.dataset)
    chosen = read_algorithms(body)
    learn(place.dataset, applications={dictionary.TECH_NAME: chosen})
    made = dictionary.application(place.team.created) | {
        "dataset_id": dataset,
        "enabled_algorithms": chosen or [*dictionary.ALGORITHMS],
        "algorithms_flags": read_any(body, "algorithms_flags"),
    }
    return JsonResponse(made, status=201)


def read_algorithms(body: dict[str, Any]) -> list[str]:
    """Return what shall be measured; an empty list means all. Raises Invalid."""
    chosen = body.get("enabled_algorithms")
    if chosen is None:
        return []
    if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
        raise Invalid("invalid", "Expected a list of strings.", "enabled_algorithms")
    missing = [one for one in chosen if one not in dictionary.ALGORITHMS]
    if missing:
        lacking = {"missing_application_tech_names": [], "missing_algorithms": missing}
        said = "Missing dependencies."
        raise Invalid("missing_dependencies", said, extra=lacking)
    return list(dict.fromkeys(chosen))
