"""Reports of other makes: numbers without a scale, classes, masks of other shapes."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse

from imaging.models import Result, Task, Team, User
from imaging.views.reports import Score
from tests.drawing import jpeg, png
from tests.stored import an_image
from tests.test_reports import a_report
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]

AGE: dict[str, Any] = {
    "algorithm_family_tech_name": "age",
    "name": "Eye Age",
    "is_ok": True,
    "result": {
        "main_metric": {"name": "Eye Age", "tech_name": "eye_age", "value": 38},
        "sub_metrics": [
            {"name": f"Sub {n}", "tech_name": f"sub_{n}", "value": n + 0.123456789}
            for n in range(5)
        ],
        "area_results": [{"area_name": "left_eye", "name": "Left eye", "value": "dry"}],
    },
}
TONE = {
    "algorithm_family_tech_name": "tone",
    "is_ok": True,
    "result": {"main_metric": {"value": "Type II"}, "sub_metrics": None},
}
BARE = {"algorithm_family_tech_name": "lines", "is_ok": True, "result": 0.25}
NO_FACE = {
    "algorithm_family_tech_name": "pores",
    "is_ok": False,
    "result": {"error": "No face detected"},
}
DATA = {
    "algorithms": [AGE, TONE, BARE, NO_FACE],
    "missed": [{"name": "Contours", "reason": "It is an SVG drawing."}],
}


def a_layer(task: Task, name: str, data: bytes, size: tuple[int, int]) -> None:
    image = an_image(task.team, data, name, width=size[0], height=size[1])
    image.task, image.parent, image.layer = task, task.image, True
    image.save()
    Result.objects.create(
        task=task,
        kind="layer",
        name=name,
        position=2,
        image=image,
        data={"title": name},
    )


def test_a_value_without_a_known_scale_has_no_bar(bob: User, studio: Team) -> None:
    text = of(bob).get(reverse("report", args=[a_report(studio, DATA).pk])).text
    assert "score-bar" not in text
    assert "0 to 100" not in text
    for words in ("<b>38</b>", "<b>Type II</b>", "<b>0.25</b>", "No face detected"):
        assert words in text
    assert "4.12" in text
    assert "Left eye" in text
    assert "It is an SVG drawing." in text


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"error": "Not full face"}, "Not full face"),
        ("a bare word", "a bare word"),
        ({}, "It gave no reason."),
        (None, "It gave no reason."),
    ],
)
def test_a_failed_algorithm_says_why(result: Any, why: str) -> None:
    assert Score.of({"is_ok": False, "result": result}).error == why


def test_a_mask_of_another_shape_stands_apart(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA)
    a_layer(task, "same.png", png(320, 240), (320, 240))
    a_layer(task, "crop.jpg", jpeg(100, 100), (100, 100))
    text = of(bob).get(reverse("report", args=[task.pk])).text
    overlays, apart = text.split("Further pictures")
    assert "same.png" in overlays
    assert "crop.jpg" not in overlays
    assert "crop.jpg" in apart


def test_csv_has_every_number(bob: User, studio: Team) -> None:
    task = a_report(studio, DATA)
    answer = of(bob).get(reverse("report_download", args=[task.pk, "csv"]))
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(one["measure"], one["score"], one["error"]) for one in lines] == [
        ("age", "38", ""),
        *((f"age: sub_{n}", f"{n}.123456789", "") for n in range(5)),
        ("age", "dry", ""),
        ("tone", "Type II", ""),
        ("lines", "0.25", ""),
        ("pores", "", "No face detected"),
    ]
