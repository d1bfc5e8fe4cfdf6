"""The room where a report is read: scores, what failed and why, masks, files of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Image, Result, Task
from imaging.views.sheets import BOM, line

# How far two shapes may differ and still lie on each other.
ALIKE = 0.02


@dataclass(frozen=True)
class Mask:
    """Where something was read, as a picture to lay over the original."""

    title: str
    colour: str
    image: Image

    @property
    def covers(self) -> bool:
        """Say whether nothing of the original shows through it."""
        return not self.image.blob.has_alpha

    def fits(self, picture: Image | None) -> bool:
        """Say whether it has the shape of this picture, so that it can be laid on."""
        if picture is None:
            return False
        mine, its = self.image.blob, picture.blob
        return abs(mine.width * its.height / (mine.height * its.width) - 1) < ALIKE


@dataclass(frozen=True)
class Score:
    """One line of the table, or why it has no score.

    Its value is a number or, in `label`, the name of a class. `numbers` are what it
    was made of, each with a name; `words` are what else was found.
    """

    key: str
    name: str
    about: dict[str, Any]
    value: float | None = None
    label: str = ""
    error: str = ""
    numbers: list[dict[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    areas: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Score:
        """Read one algorithm's entry of a report; what it lacks is left empty.

        A result may also be a bare value.
        """
        result = entry.get("result")
        said: dict[str, Any] = {"main_metric": {"value": result}}
        if isinstance(result, dict):
            said = result
        key = entry.get("algorithm_family_tech_name") or ""
        name = entry.get("name") or key
        if not entry.get("is_ok"):
            return cls(key, name, entry, error=reason_of(result))
        value = (said.get("main_metric") or {}).get("value")
        more = [one for one in said.get("sub_metrics") or [] if "value" in one]
        rest = [one["value"] for one in more if not is_number(one.get("value"))]
        return cls(
            key,
            name,
            entry,
            value=value if is_number(value) else None,
            label="" if is_number(value) or value is None else str(value),
            numbers=[one for one in more if is_number(one.get("value"))],
            words=[str(one) for one in rest],
            areas=[one for one in said.get("area_results") or [] if "value" in one],
        )

    @property
    def raw(self) -> float | None:
        """Return what was measured in the unit of the score, where it has one."""
        measured = self.numbers and self.about.get("unit")
        return self.numbers[0]["value"] if measured else None

    @property
    def bar(self) -> float | None:
        """Return the value from 0 to 100, where its scale is known to be that."""
        return self.value if self.about.get("scale") == [0, 100] else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def reason_of(result: Any) -> str:
    """Return why an algorithm has no result."""
    said = result.get("error") if isinstance(result, dict) else result
    return str(said or _("It gave no reason."))


@require_GET
def report(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show the report that a task has made; it goes by the task's id."""
    found = report_of(request, pk)
    data, picture = found.data, picture_of(request, found.task)
    scores = [Score.of(one) for one in data.get("algorithms", [])]
    names = {one.key: one.name for one in scores}
    masks = masks_of(request, found.task, names)
    context = {
        "task": found.task,
        "picture": picture,
        "data": data,
        "issues": data.get("quality", {}).get("issues", []),
        "scores": scores,
        "scaled": any(one.bar is not None for one in scores),
        "masks": [one for one in masks if one.fits(picture)],
        "apart": [one for one in masks if not one.fits(picture)],
    }
    return render(request, "report/page.html", context)


@require_GET
def report_download(request: SignedInRequest, pk: UUID, form: str) -> HttpResponse:
    """Hand out a report as a file: all of it as JSON, its scores as CSV."""
    found = report_of(request, pk)
    if form == "json":
        answer: HttpResponse = JsonResponse(
            found.data, json_dumps_params={"indent": 2, "ensure_ascii": False}
        )
    elif form == "csv":
        text = BOM + table(found)
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
    return get_object_or_404(
        rows.select_related("task__image__blob", "task__subject"), task=pk
    )


def picture_of(request: SignedInRequest, task: Task) -> Image | None:
    """Return the picture that was measured, unless it is in the trash or gone."""
    mine = Image.objects.visible_to(request.user).select_related("blob")
    return mine.filter(pk=task.image_id).first()


def masks_of(
    request: SignedInRequest, task: Task, names: Mapping[str, str]
) -> list[Mask]:
    """Return the masks that are still there, called as the measure they are of."""
    mine = Image.objects.visible_to(request.user).filter(task=task)
    layers = task.results.filter(kind="layer", image__in=mine)
    return [
        Mask(
            names.get(one.data.get("algorithm_family_tech_name", ""))
            or one.data.get("title")
            or one.name,
            one.data.get("colour", ""),
            one.image,
        )
        for one in layers.select_related("image__blob")
        if one.image
    ]


def table(found: Result) -> str:
    """Return the scores as CSV, a line for each measure and each of its areas."""
    head = ["picture", "measure", "area", "score", "raw", "unit", "error"]
    return "".join(map(line, [head, *rows_of(found)]))


def rows_of(found: Result) -> Iterator[list[Any]]:
    picture = found.task.image_name
    for issue in found.data.get("quality", {}).get("issues", []):
        yield [picture, issue["code"], "", "", "", "", issue["message"]]
    for entry in found.data.get("algorithms", []):
        one = Score.of(entry)
        unit = entry.get("unit", "")
        score: Any = one.label if one.value is None else one.value
        yield [picture, one.key, "", score, one.raw, unit, one.error]
        for more in [] if unit else one.numbers:
            name = more.get("tech_name") or more.get("name", "")
            yield [picture, f"{one.key}: {name}", "", more["value"], "", "", ""]
        for area in one.areas:
            score, raw = area.get("value"), area.get("raw")
            where = area.get("area_name") or area.get("name", "")
            yield [picture, one.key, where, score, raw, unit, ""]
