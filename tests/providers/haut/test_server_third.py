"""Haut.AI's third version of sending, and how long what was sent is kept, served."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from imaging import upkeep
from imaging.models import Image, Task, Team, Upload, User, VendorRecord
from imaging.providers.haut.server.computing import Computing
from tests.drawing import jpeg
from tests.providers.haut.served import HEADERS, Program, code, put, work

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(bob: User, studio: Team) -> Program:
    return Program(bob, studio)


def v3(program: Program, path: str) -> str:
    return f"{program.company}/{path}".replace("/v1/", "/v3/")


def test_all_sides_are_sent_at_once(program: Program) -> None:
    program.settle_in()
    path = v3(program, f"subjects/{program.subject}/upload/")
    answer = program.ask("POST", path, {"left": "l.jpg", "front": "f.jpg", "meta": 1})
    said = answer.json()
    batch = said.pop("image_batch_id")
    assert (answer.status_code, said.keys()) == (200, {"front", "left"})
    for side, one in said.items():
        assert put(one.pop("url"), jpeg(seed=len(side))).status_code == 200
        assert uuid.UUID(one.pop("id"))
        assert one == {
            "method": "PUT",
            "headers": HEADERS,
            "content_type": "application/octet-stream",
        }
    compute = program.ask("POST", v3(program, f"batches/{batch}/compute/"))
    assert (compute.status_code, compute.content) == (204, b"")
    results = v3(program, f"batches/{batch}/results")
    told: dict[str, Any] = program.ask("GET", results).json()
    waiting = {"all_algorithms_calculated": False, "results": []}
    assert told == {"face_skin_metrics_3": waiting}
    work()
    told = program.ask("GET", results).json()["face_skin_metrics_3"]
    assert told["all_algorithms_calculated"] is True
    assert len(told["results"]) == 16


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "required", None)),
        ({"front": None}, (400, "required", None)),
        ({"front": ""}, (400, "blank", "front")),
        ({"right": "x" * 256}, (400, "max_length", "right")),
        ({"right": "r.jpg", "creation_time": "now"}, (400, "invalid", "creation_time")),
    ],
)
def test_at_least_one_side_is_named(
    program: Program, body: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    program.settle_in()
    path = v3(program, f"subjects/{program.subject}/upload")
    assert code(program.ask("POST", path, body)) == expected
    assert not Upload.objects.exists()


def test_a_file_is_cleaned_away_when_it_was_measured(program: Program) -> None:
    program.settle_in(clean_images_as_soon_as_ready=True)
    image = program.send()
    program.compute(image["image_batch_id"])
    Image.objects.update(expires=F("created"))
    assert upkeep.prune_images() == 0
    work()
    assert upkeep.prune_images() == 1
    assert program.ask("GET", program.path_of(image, "results")).json()


def test_files_and_results_are_kept_as_long_as_the_dataset_says(
    program: Program,
) -> None:
    program.settle_in(expire_images_after_days=3, expire_metadata_after_days=7)
    image = program.send()
    program.compute(image["image_batch_id"])
    expires = Image.objects.get().expires
    assert expires
    assert timedelta(days=2) < expires - timezone.now() <= timedelta(days=3)
    assert Task.objects.get().batch.keep_days == 7
    week = VendorRecord.objects.get(kind="image").expires
    assert week
    assert timedelta(days=6) < week - timezone.now() <= timedelta(days=7)


def test_a_file_that_changes_this_moment_is_not_there(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.settle_in()
    image = program.send()
    before = Computing.uploads

    def then_replaced(self: Computing) -> dict[str, Upload]:
        found = before(self)
        put(image["upload_url"]["url"], jpeg(seed=9))
        return found

    monkeypatch.setattr(Computing, "uploads", then_replaced)
    refused = program.compute(image["image_batch_id"])
    assert code(refused) == (400, "image_not_uploaded", None)
    monkeypatch.setattr(Computing, "uploads", before)
    assert program.compute(image["image_batch_id"]).status_code == 204


@pytest.mark.parametrize("data", [jpeg(), jpeg(100, 100), b"no picture"])
def test_two_that_compute_at_once_begin_it_once(
    program: Program, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    program.settle_in()
    image = program.send(data)
    batch = image["image_batch_id"]
    before = Computing.uploads

    def then_computed(self: Computing) -> dict[str, Upload]:
        found = before(self)
        monkeypatch.setattr(Computing, "uploads", before)
        assert program.compute(batch).status_code == 204
        return found

    monkeypatch.setattr(Computing, "uploads", then_computed)
    assert program.compute(batch).status_code == 204
    work()
    rows = program.ask("GET", program.path_of(image, "results")).json()
    assert len(rows) == 8
    info = program.ask("GET", program.path_of(image)).json()
    assert info["problems"] == [rows[0]["result"]["error"]]
