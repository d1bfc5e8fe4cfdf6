"""The page of a report: who may read it, what it says, and its files."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging.models import Batch, Result, State, Task, Team, User
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]

SCORED: dict[str, Any] = {
    "algorithm_family_tech_name": "redness",
    "name": "Redness",
    "version": "1.0",
    "is_ok": True,
    "scale": [0, 100],
    "unit": "a*",
    "direction": "higher: more of it",
    "definition": "Mean of a*.",
    "source": "A journal (1992).",
    "result": {
        "main_metric": {"value": 20.123456789, "widget_type": "numeric"},
        "sub_metrics": [{"name": "a*", "value": 8.049382716}],
        "area_results": [
            {"area_name": "nose", "name": "nose", "value": 19.5, "raw": -7.8}
        ],
    },
}
FAILED: dict[str, Any] = {
    "algorithm_family_tech_name": "pores",
    "name": "Pores",
    "is_ok": False,
    "result": {"code": "resolution_too_low", "error": "=Pores are too small."},
}
DATA: dict[str, Any] = {
    "quality": {
        "is_ok": True,
        "issues": [
            {"code": "too_dark", "severity": "warning", "message": "It is rather dark."}
        ],
    },
    "algorithms": [SCORED, FAILED],
}


def a_report(
    team: Team, data: dict[str, Any], name: str = "face.jpg", seed: int = 0
) -> Task:
    """Store a finished task with a report and one mask."""
    picture = a_picture(team, name, seed)
    task = Task.objects.create(
        batch=Batch.objects.create(team=team),
        team=team,
        image=picture,
        image_name=name,
        provider="local",
        operation="skin-analysis",
        state=State.COMPLETED,
        stage="",
    )
    Result.objects.create(task=task, kind="report", name="face.json", data=data)
    mask = a_picture(team, "face redness.png", seed=seed + 1)
    mask.task, mask.parent, mask.layer = task, picture, True
    mask.save()
    Result.objects.create(
        task=task,
        kind="layer",
        name=mask.name,
        position=1,
        image=mask,
        data={"algorithm_family_tech_name": "redness", "colour": "#e6283c"},
    )
    return task


def test_scores_stand_beside_what_failed_and_issues_come_first(
    bob: User, studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    task = a_report(studio, DATA)
    client = of(bob, studio)
    with django_assert_max_num_queries(12):
        text = client.get(reverse("report", args=[task.pk])).text
    assert text.index("It is rather dark.") < text.index("Mean of a*.")
    for words in ("20.1", "8.05", "A journal (1992).", "=Pores are too small.", "nose"):
        assert words in text
    mask = task.results.get(kind="layer").image
    assert mask
    assert reverse("original", args=[mask.pk]) in text
    assert "#e6283c" in text


def test_team_mates_read_a_report_and_outsiders_find_none(
    alice: User, bob: User, charlie: User, studio: Team
) -> None:
    task = a_report(studio, DATA)
    names: list[tuple[str, list[Any]]] = [
        ("report", [task.pk]),
        ("report_download", [task.pk, "json"]),
        ("report_download", [task.pk, "csv"]),
    ]
    for name, arguments in names:
        address = reverse(name, args=arguments)
        assert of(alice).get(address).status_code == 200
        assert of(bob).get(address).status_code == 200
        assert of(charlie).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_json_has_the_values_as_they_were_measured(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA)
    answer = of(bob).get(reverse("report_download", args=[task.pk, "json"]))
    assert json.loads(answer.content) == DATA
    assert answer["Content-Disposition"] == 'attachment; filename="face.json"'


def test_csv_has_a_line_for_each_value_and_no_formula(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA, name="=HYPERLINK(1).jpg")
    answer = of(bob).get(reverse("report_download", args=[task.pk, "csv"]))
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(one["measure"], one["area"], one["score"]) for one in lines] == [
        ("too_dark", "", ""),
        ("redness", "", "20.123456789"),
        ("redness", "nose", "19.5"),
        ("pores", "", ""),
    ]
    assert {one["picture"] for one in lines} == {"'=HYPERLINK(1).jpg"}
    assert lines[-1]["error"] == "'=Pores are too small."
    # A number below nothing is no formula.
    assert lines[2]["raw"] == "-7.8"


def test_there_is_no_other_form_of_file(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA)
    address = reverse("report_download", args=[task.pk, "xml"])
    assert of(bob).get(address).status_code == 404


def test_a_report_of_another_kind_and_a_deleted_picture_still_have_a_page(
    bob: User, studio: Team
) -> None:
    task = a_report(studio, {"anything": 1})
    Task.objects.filter(pk=task.pk).update(image=None)
    answer = of(bob).get(reverse("report", args=[task.pk]))
    assert answer.status_code == 200
    assert "Its file has all of it." in answer.text


def test_the_batch_and_the_picture_lead_to_the_report(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA)
    address = reverse("report", args=[task.pk])
    client = of(bob, studio)
    assert address in client.get(reverse("batch", args=[task.batch_id])).text
    assert address in client.get(reverse("image", args=[task.image_id])).text
