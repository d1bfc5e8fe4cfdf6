"""The room where a report is read: scores, what failed and why, masks, files of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Image, Result, Task

# What a table program would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Mask:
    """Where a measure has read what, as a picture to lay over the original."""

    key: str
    colour: str
    image: Image


@dataclass(frozen=True)
class Score:
    """One line of the table, or why it has no score."""

    key: str
    name: str
    about: dict[str, Any]
    value: float | None = None
    raw: float | None = None
    error: str = ""
    words: list[str] = field(default_factory=list)
    areas: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Score:
        """Read one algorithm's entry of a report; what it lacks is left empty."""
        result = entry.get("result") or {}
        key = entry.get("algorithm_family_tech_name", "")
        name = entry.get("name") or key
        if not entry.get("is_ok"):
            return cls(key, name, entry, error=str(result.get("error", "")))
        more = result.get("sub_metrics", [])
        numbers = [one["value"] for one in more if one["widget_type"] == "numeric"]
        return cls(
            key,
            name,
            entry,
            value=result["main_metric"]["value"],
            raw=numbers[0] if numbers else None,
            words=[str(o["value"]) for o in more if o["widget_type"] == "category"],
            areas=result.get("area_results", []),
        )


@login_required
@require_GET
def report(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show the report that a task has made; it goes by the task's id."""
    found = report_of(request, pk)
    data = found.data
    context = {
        "task": found.task,
        "picture": picture_of(request, found.task),
        "data": data,
        "issues": data.get("quality", {}).get("issues", []),
        "scores": [Score.of(one) for one in data.get("algorithms", [])],
        "masks": masks_of(request, found.task),
    }
    return render(request, "report/page.html", context)


@login_required
@require_GET
def report_download(request: SignedInRequest, pk: UUID, form: str) -> HttpResponse:
    """Hand out a report as a file: all of it as JSON, its scores as CSV."""
    found = report_of(request, pk)
    if form == "json":
        answer: HttpResponse = JsonResponse(
            found.data, json_dumps_params={"indent": 2, "ensure_ascii": False}
        )
    elif form == "csv":
        # With a byte order mark, else table programs take it for another encoding.
        text = "\ufeff" + table(found)
        answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    else:
        raise Http404
    name = f"{PurePath(found.task.image_name).stem}.{form}"
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def report_of(request: SignedInRequest, pk: UUID) -> Result:
    """Return a task's report; a foreign one is as absent as none."""
    mine = Task.objects.visible_to(request.user)
    rows = Result.objects.filter(task__in=mine, kind="report")
    return get_object_or_404(rows.select_related("task__image__blob"), task=pk)


def picture_of(request: SignedInRequest, task: Task) -> Image | None:
    """Return the picture that was measured, unless it is in the trash or gone."""
    mine = Image.objects.visible_to(request.user).select_related("blob")
    return mine.filter(pk=task.image_id).first()


def masks_of(request: SignedInRequest, task: Task) -> list[Mask]:
    """Return the masks that are still there, in the order of the measures."""
    mine = Image.objects.visible_to(request.user).filter(task=task)
    layers = task.results.filter(kind="layer", image__in=mine).select_related("image")
    return [
        Mask(
            one.data.get("algorithm_family_tech_name", ""),
            one.data.get("colour", ""),
            one.image,
        )
        for one in layers
        if one.image
    ]


def table(found: Result) -> str:
    """Return the scores as CSV, a line for each measure and each of its areas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["picture", "measure", "area", "score", "raw", "unit", "error"])
    for row in rows_of(found):
        writer.writerow([safe(cell) for cell in row])
    return out.getvalue()


def rows_of(found: Result) -> Iterator[list[Any]]:
    picture = found.task.image_name
    for issue in found.data.get("quality", {}).get("issues", []):
        yield [picture, issue["code"], "", "", "", "", issue["message"]]
    for entry in found.data.get("algorithms", []):
        one = Score.of(entry)
        unit = entry.get("unit", "")
        yield [picture, one.key, "", one.value, one.raw, unit, one.error]
        for area in one.areas:
            score, raw = area.get("value"), area.get("raw")
            yield [picture, one.key, area["area_name"], score, raw, unit, ""]


def safe(cell: Any) -> Any:
    """Return a cell that no table program takes for a formula; numbers are none."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell
