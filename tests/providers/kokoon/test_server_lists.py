"""Kokoon's door: images and tasks listed by filters, page by page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from imaging.models import Image, State, Task
from tests.drawing import png
from tests.providers.kokoon.calling import Program, documented, shape, wanted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = datetime(2026, 3, 2, 23, 59, 59, 999_000, tzinfo=UTC)


@pytest.fixture
def names(program: Program) -> list[str]:
    """Three originals, the last of which is two days younger than the others."""
    names = ["b 1.png", "Ä 2.png", "c 3.png"]
    vids = [
        program.upload(png(64, 64, seed), name).json["vid"]
        for seed, name in enumerate(names)
    ]
    for vid, created in zip(vids, (FIRST, FIRST, LAST), strict=True):
        Image.objects.filter(pk=vid).update(created=created)
    Image.objects.filter(pk=vids[1]).update(expires=None)
    return names


def listed(program: Program, query: str) -> list[str]:
    return [one["filename"] for one in program.get(f"/image?{query}").json["images"]]


def test_all_images_are_listed_as_each_is_described(
    program: Program, names: list[str]
) -> None:
    said = program.get("/image").json
    assert list(said) == ["all_count", "curr_count", "images"]
    assert said["all_count"] == said["curr_count"] == 3
    assert [shape(one) for one in said["images"]] == [shape(documented("image"))] * 3
    never = next(one for one in said["images"] if one["filename"] == names[1])
    assert never["expired_time"] == "9999-12-31T00:00:00.000Z"


def test_filters_are_said_back_as_strings(program: Program, names: list[str]) -> None:
    query = "orig_type=original&filename=png&order_field=filename&order=asc"
    query += "&page_size=2&page_num=1&start_date=2026-03-01&end_date=2026-03-02"
    said = program.get(f"/image?{query}").json
    assert list(said.items())[:-1] == [
        ("all_count", 3),
        ("curr_count", 1),
        *(tuple(one.split("=")) for one in query.split("&")),
    ]
    assert [one["filename"] for one in said["images"]] == ["Ä 2.png"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filename=ä", [1]),
        ("filename=B%201", [0]),
        ("filename=1%20b", []),
        ("filename=%00", [2, 1, 0]),
        ("orig_type=sr", []),
        ("start_date=2026-03-02", [2]),
        ("end_date=2026-03-01", [1, 0]),
        ("start_date=2026-03-03", []),
        ("order=asc&order_field=filename", [0, 2, 1]),
        ("order=desc&order_field=expired_time&page_size=1&page_num=0", [1]),
        ("page_size=2&page_num=7", []),
    ],
)
def test_images_are_chosen_by_the_query(
    program: Program, names: list[str], query: str, found: list[int]
) -> None:
    assert set(listed(program, query)) == {names[at] for at in found}
    if "order=" in query:
        assert listed(program, query) == [names[at] for at in found]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page_size=2", "must have required property 'page_num'"),
        ("page_num=2", "must have required property 'page_size'"),
        ("page_size=x&page_num=0", "must be integer"),
        ("page_size=0&page_num=0", "must be >= 1"),
        ("page_size=10001&page_num=0", "must be <= 10000"),
        (f"page_size=1&page_num={10**30}", "must be <= 1000000000"),
        ("orig_type=x", "must be equal to one of the allowed values"),
        ("order=x", "must be equal to one of the allowed values"),
        ("order_field=size", "must be equal to one of the allowed values"),
        ("start_date=2026-13-01", 'must match format "date"'),
        ("start_date=2026-W01-1", 'must match format "date"'),
        ("end_date=20260301", 'must match format "date"'),
    ],
)
def test_what_makes_no_sense_is_refused(
    program: Program, query: str, message: str
) -> None:
    assert program.get(f"/image?{query}").refusal == (400, {"message": message})


def tasks(program: Program, query: str) -> set[str]:
    return {one["step"] for one in program.get(f"/task?{query}").json["sr_tasks"]}


def test_tasks_are_listed_by_type_step_and_day(
    program: Program, names: list[str]
) -> None:
    vid = program.get("/image").json["images"][0]["vid"]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("SR_IMAGE", {}),
        ("SR_IMAGE", {"state": State.PROCESSING, "stage": "working"}),
        ("SR_IMAGE", {"state": State.PROCESSING, "stage": "sending"}),
        ("SR_IMAGE", {"state": State.COMPLETED, "stage": ""}),
        ("SR_IMAGE_PREVIEW", {"state": State.CANCELLED, "stage": ""}),
    ]
    for kind, fields in changes:
        said = program.post("/task", wanted(vid, task_type=kind)).json
        Task.objects.filter(pk=said["tid"]).update(**fields or {"state": State.PENDING})
    said = program.get("/task?task_type=SR_IMAGE&page_size=100&page_num=0").json
    page = documented("tasks")
    assert list(said) == list(page)
    assert (said["page_size"], said["page_num"], said["all_count"]) == ("100", "0", 4)
    assert [list(one) for one in said["sr_tasks"]] == [list(page["sr_tasks"][0])] * 4
    assert tasks(program, "task_type=SR_IMAGE_PREVIEW") == {"cancel"}
    assert tasks(program, "step=ready,running") == {"ready", "running"}
    assert tasks(program, "step=preparing,done") == {"preparing", "done"}
    assert tasks(program, "step=unknown,prepared,error") == set()
    assert tasks(program, "end_date=2026-03-01") == set()
    assert len(tasks(program, "start_date=2026-03-01")) == 5
    refused = (400, {"message": "must be equal to one of the allowed values"})
    assert program.get("/task?step=ready,x").refusal == refused
    assert program.get("/task?task_type=SR_VIDEO").refusal == refused
