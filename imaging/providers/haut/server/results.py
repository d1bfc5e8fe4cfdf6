"""What was computed of an image: quality, results and masks, read off the report."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse

from imaging.api.addresses import address
from imaging.models import Result, Scope, State, Task, VendorRecord
from imaging.providers.base import ResultKind
from imaging.providers.haut import wire
from imaging.providers.haut.server import dictionary
from imaging.providers.haut.server.records import Place, placed

# What we say of a face that could not be measured, in the vendor's words.
ERRORS = {
    "no_face": "No face detected",
    "turned_away": "Not full face",
    "eyes_not_seen": "Not full face",
}
FILTERS = ("application_run_id", "application_name", "application_id")


def tasks_of(rows: Iterable[VendorRecord]) -> dict[str, Task]:
    """Return the task of each image that has one, with what it made."""
    pks = [one.data["task"] for one in rows if one.data.get("task")]
    tasks = Task.objects.filter(pk__in=pks).prefetch_related("results__image__blob")
    return {str(task.pk): task for task in tasks}


def task_of(row: VendorRecord) -> Task | None:
    return tasks_of([row]).get(row.data.get("task", ""))


def report_of(task: Task | None) -> dict[str, Any]:
    """Return the report of an analysis that has ended well; nothing of any other."""
    if task is None or task.state != State.COMPLETED:
        return {}
    made: Iterable[Result] = task.results.all()
    found = (one.data for one in made if one.kind == ResultKind.REPORT)
    return next(found, {})


@placed(Scope.READ)
def list_results(request: HttpRequest, place: Place) -> JsonResponse:
    rows = dump_results(place, place.image, task_of(place.image))
    for name in FILTERS:
        if wanted := request.GET.get(name):
            rows = [one for one in rows if one[name] == wanted]
    return JsonResponse(rows, safe=False)


def dump_results(
    place: Place, row: VendorRecord, task: Task | None
) -> list[dict[str, Any]]:
    """Return an entry for each algorithm; none until all of them are through."""
    chosen = chosen_of(place)
    run = {"image_id": row.key, "application_run_id": run_of(row, task)}
    if why := failure_of(row, task):
        return [dump_result(run | failed(key, why), task, row) for key in chosen]
    return [
        dump_result({**one, **run}, task, row)
        for one in report_of(task).get("algorithms", [])
        if family(one) in chosen or family(one) not in dictionary.ALGORITHMS
    ]


def chosen_of(place: Place) -> list[str]:
    """Return the algorithms that are enabled in the dataset: all, unless some are."""
    connected = place.dataset.data["applications"]
    return connected.get(dictionary.TECH_NAME) or [*dictionary.ALGORITHMS]


def family(entry: Mapping[str, Any]) -> str:
    return str(entry.get("algorithm_family_tech_name") or "")


def failed(key: str, why: str) -> dict[str, Any]:
    result = {"error": why}
    return {"algorithm_family_tech_name": key, "is_ok": False, "result": result}


def failure_of(row: VendorRecord, task: Task | None) -> str:
    """Return why nothing was computed; "" where something was, or will be."""
    if problem := row.data.get("problem"):
        return str(problem)
    if task and task.state in {State.ERROR, State.CANCELLED}:
        return task.message or "The analysis was cancelled."
    return ""


def run_of(row: VendorRecord, task: Task | None) -> str:
    return str(task.pk) if task else str(uuid.uuid5(uuid.UUID(row.key), "run"))


def dump_result(
    entry: Mapping[str, Any], task: Task | None, row: VendorRecord
) -> dict[str, Any]:
    """Return what one algorithm has said, as an object of the vendor's."""
    key, ended = family(entry), (task.finished if task else None) or row.created
    number = entry.get("algorithm_version_id")
    run = uuid.UUID(entry["application_run_id"])
    return {
        "id": str(uuid.uuid5(run, key)),
        "result": dump_value(entry.get("result"), is_ok=bool(entry.get("is_ok"))),
        "is_ok": bool(entry.get("is_ok")),
        "image_id": entry["image_id"],
        "algorithm_version_id": number
        if isinstance(number, int)
        else dictionary.algorithm_number(key),
        "algorithm_family_tech_name": key,
        "creation_time": wire.dump_time(ended),
        "application_id": dictionary.application_id(),
        "application_run_id": entry["application_run_id"],
        "application_name": entry.get("application_name") or dictionary.NAME,
        "application_description": entry.get("application_description")
        or entry.get("definition")
        or dictionary.DESCRIPTION,
        "image_type": wire.SELFIE,
    }


def dump_value(result: Any, *, is_ok: bool) -> Any:
    """Return a result: with what each area lacks, or an error in the vendor's words."""
    if not isinstance(result, dict):
        return result
    if not is_ok:
        code, said = str(result.get("code") or ""), result.get("error")
        return {"error": ERRORS.get(code) or said or code}
    if not isinstance(areas := result.get("area_results"), list):
        return result
    lacking: dict[str, Any] = {"sub_metrics": [], "widget_meta": None}
    return result | {"area_results": [{**lacking, **one} for one in areas]}


@placed(Scope.READ)
def list_aux(request: HttpRequest, place: Place) -> JsonResponse:
    task = task_of(place.image)
    return JsonResponse(dump_aux_images(request, place, task), safe=False)


def dump_aux_images(
    request: HttpRequest, place: Place, task: Task | None
) -> list[dict[str, Any]]:
    """Return the masks of an analysis, each with an address that opens for a while."""
    if task is None:
        return []
    made: Iterable[Result] = task.results.all()
    chosen = chosen_of(place)
    found = []
    for one in made:
        key = family(one.data)
        known = key in dictionary.ALGORITHMS
        there = one.image and not one.image.trashed
        if one.kind == ResultKind.LAYER and there and (key in chosen or not known):
            found.append(dump_aux(request, place, task, one, key))
    return found


def dump_aux(
    request: HttpRequest, place: Place, task: Task, one: Result, key: str
) -> dict[str, Any]:
    assert one.image is not None  # noqa: S101  # nosec B101
    url = address(request, one.image, place.caller.user)
    title = one.data.get("title") or dictionary.ALGORITHMS.get(key) or key
    return {
        "id": str(one.image.pk),
        "aux_image_type": {
            "id": dictionary.algorithm_number(key),
            "name": title,
            "tech_name": key,
        },
        "creation_time": wire.dump_time(one.image.created),
        "application_id": dictionary.application_id(),
        "application_name": one.data.get("application") or dictionary.NAME,
        "application_run_id": str(task.pk),
        "application_description": dictionary.DESCRIPTION,
        "urls": {wire.ORIGINAL: url},
    }


def dump_quality(row: VendorRecord, task: Task | None) -> dict[str, Any]:
    """Return what is said of a picture itself: nothing, until it was looked at.

    Where no score was given it is the part of the algorithms that had a result.
    """
    report, why = report_of(task), failure_of(row, task)
    quality, entries = report.get("quality", {}), report.get("algorithms", [])
    score = quality.get("score")
    if score is None and entries:
        score = sum(bool(one.get("is_ok")) for one in entries) / len(entries)
    issues = quality.get("issues", [])
    said = [str(one.get("message") or "") for one in issues]
    errors = [one for one in issues if one.get("severity") == "error"]
    problems = [ERRORS.get(one.get("code"), one.get("message")) for one in errors]
    return {
        "quality_score": score,
        "quality_feedback": quality.get("feedback") or " ".join(said) or None,
        "quality_result": quality.get("result"),
        "quality_issues": said,
        "problems": [why] if why else problems,
    }
