"""A face at Haut.AI, alone or with its sides: sent, waited for, brought back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imaging.models import Image, Task, Team
from imaging.providers.haut.api import Api
from imaging.providers.haut.skin import side_of
from tests import drawing
from tests.labwork import a_picture, fresh
from tests.providers.haut.played import (
    COMPANY,
    DATASET,
    TOKEN,
    Played,
    body_of,
)
from tests.providers.playing import answer
from tests.providers.staging import Stage
from tests.providers.vendor import Trouble, golden, instead

VALUES = {"TOKEN": TOKEN, "COMPANY": COMPANY, "DATASET": DATASET, "SETTLE": "0"}


def masked(change: Callable[[list[Any]], list[Any]]) -> Trouble:
    """Let the record of a picture name other masks."""

    def trouble(truth: Callable[[], Any]) -> bytes:
        record = json.loads(truth().partition(b"\r\n\r\n")[2])
        return answer({**record, "aux_images": change(record["aux_images"])})

    return trouble


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("anna-left.jpg", "left"),
        ("RIGHT 2.png", "right"),
        ("leftover.jpg", "front"),
        ("IMG_1.jpg", "front"),
    ],
)
def test_a_name_says_the_side_only_by_a_word_of_its_own(name: str, side: str) -> None:
    assert side_of(name, {"side": "name"}) == side
    assert side_of(name, {"side": "right"}) == "right"
    assert side_of(name, {}) == "front"


@pytest.mark.django_db(transaction=True)
class TestOneFace(Stage):
    provider = "haut"
    plays = Played
    values = VALUES

    def test_a_phones_picture_is_sent_as_jpeg(
        self, vendor: Any, team: Team, tmp_path: Path
    ) -> None:
        path = tmp_path / "face.heic"
        path.write_bytes(drawing.heic(640, 480))
        image = Image.objects.store(path, team=team, owner=None, name=path.name)
        self.ends_well(self.start([image], team).tasks.get())
        [sent] = vendor.images.values()
        assert sent.body.startswith(b"\xff\xd8")

    def test_its_report_has_what_was_said_and_its_masks(
        self, vendor: Any, team: Team
    ) -> None:
        task = self.ends_well(self.begin(team))
        report, mask = task.results.order_by("position")
        assert [one["result"] for one in report.data["algorithms"]] == [
            one["result"] for one in body_of("results")
        ]
        [issue] = report.data["quality"]["issues"]
        assert issue["message"] == "The light comes from one side"
        assert mask.image
        assert mask.image.layer
        assert mask.data["algorithm_family_tech_name"] == "redness"

    def test_an_address_that_has_run_out_is_asked_anew(
        self, vendor: Any, team: Team
    ) -> None:
        vendor.spoil("mask", instead(answer(b"", 403)))
        task = self.ends_well(self.begin(team))
        assert len(vendor.asked["aux"]) == 1
        assert task.results.count() == 2

    def test_a_mask_that_cannot_be_kept_does_not_cost_the_scores(
        self, vendor: Any, team: Team
    ) -> None:
        svg = instead(answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
        vendor.spoil("mask", svg, svg)
        task = self.ends_well(self.begin(team))
        report = task.results.get()
        [missed] = report.data["missed"]
        assert missed["name"] == "Redness mask"
        assert "SVG" in missed["reason"]

    def test_a_report_is_whole_when_nothing_new_comes(
        self, vendor: Any, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HAUT_SETTLE", "3600")
        first = answer(body_of("results")[:1])
        vendor.spoil("list_results", instead(first))
        task = self.at_the_vendor(team)
        for _ in range(3):
            task = self.step(task)
        assert task.stage == "remote"
        assert len(task.ticket["marks"]) == 5
        monkeypatch.setenv("HAUT_SETTLE", "0")
        assert self.step(task).stage == "ready"

    def test_a_redirect_is_no_success(self, vendor: Any, team: Team) -> None:
        away = answer(b"", 302, Location="/login")
        vendor.spoil("compute", instead(away))
        task = self.drive(self.begin(team))
        assert (task.state, task.code) == ("error", "refused")
        assert "302" in task.message

    def test_the_permission_to_send_is_sealed_while_it_is_kept(
        self, vendor: Any, team: Team
    ) -> None:
        vendor.spoil("put", instead(answer(b"", 503)))
        task = self.drive(self.begin(team), lambda task: task.code)
        assert "image_front" in task.ticket
        assert "signature" not in json.dumps(task.ticket).lower()
        self.ends_well(task)
        assert len(vendor.asked["signed_upload_url"]) == 1

    @pytest.mark.parametrize("odd", ["words", {"name": "no id"}, {"urls": "none"}])
    def test_an_odd_mask_does_not_cost_the_scores(
        self, vendor: Any, team: Team, odd: object
    ) -> None:
        vendor.spoil("image", masked(lambda rows: [odd, *rows]))
        task = self.ends_well(self.begin(team))
        report, mask = task.results.order_by("position")
        assert mask.kind == "layer"
        assert len(report.data["missed"]) == 1

    def test_masks_have_an_end(
        self, vendor: Any, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("imaging.providers.haut.collecting.MOST_MASKS", 1)
        vendor.spoil("image", masked(lambda rows: rows * 3))
        report = self.ends_well(self.begin(team)).results.get(kind="report")
        assert len(report.data["masks"]) == 1
        assert len(report.data["missed"]) == 2

    def test_a_clock_that_is_set_back_holds_up_no_report(
        self, vendor: Any, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HAUT_SETTLE", "60")
        task = self.step(self.at_the_vendor(team))
        assert task.stage == "remote"
        ticket = {**task.ticket, "since": task.ticket["since"] + 3_600}
        Task.objects.filter(pk=task.pk).update(ticket=ticket)
        assert self.step(fresh(task)).stage == "ready"

    def test_a_subject_that_was_deleted_there_is_made_again(
        self, vendor: Any, team: Team
    ) -> None:
        self.ends_well(self.begin(team))
        vendor.subjects.clear()
        self.ends_well(self.begin(team, 1))
        assert len(vendor.subjects) == 1

    def test_a_cancelled_picture_is_deleted_there(
        self, vendor: Any, team: Team
    ) -> None:
        task = self.at_the_vendor(team)
        task.cancel()
        self.drive(fresh(task))
        assert not vendor.images

    def test_a_picture_cancelled_while_it_is_sent_is_deleted_there(
        self, vendor: Any, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, send = self.begin(team), Api.send

        def cancelled(*words: Any) -> None:
            send(*words)
            Task.objects.filter(pk=task.pk).update(cancel_asked=True)

        monkeypatch.setattr(Api, "send", cancelled)
        assert self.drive(task).state == "cancelled"
        assert len(vendor.asked["put"]) == 1
        assert not vendor.images


@pytest.mark.django_db(transaction=True)
class TestSidesOfAFace(Stage):
    provider = "haut"
    plays = Played
    values = VALUES
    options = {"side": "name"}

    def sides(self, team: Team) -> list[Task]:
        """Order one set: front, left and right."""
        names = ("face.jpg", "left.jpg", "right.jpg")
        images = [a_picture(team, name, seed=n) for n, name in enumerate(names)]
        return list(self.start(images, team).tasks.order_by("created"))

    def test_the_first_sends_all_whoever_comes_first(
        self, vendor: Any, team: Team
    ) -> None:
        front, left, right = self.sides(team)
        right = self.step(self.step(right))
        assert (right.stage, vendor.asked["put"]) == ("remote", [])
        for task in (front, left, right):
            assert self.ends_well(fresh(task)).results.count() == 2
        assert [work.sides for work in vendor.jobs.values()] == [
            ["front", "right", "left"]
        ]
        assert len(vendor.subjects) == 1

    def test_when_the_first_fails_the_others_say_so_and_go_alone(
        self, vendor: Any, team: Team
    ) -> None:
        front, left, _ = self.sides(team)
        vendor.spoil("put", instead(golden("haut/storage_too_large.http")))
        assert self.drive(front).code == "upload_refused"
        left = self.drive(left)
        assert (left.code, left.hint) == (
            "not_led",
            "Retry: this picture is then sent alone.",
        )
        for task in (left, fresh(front)):
            assert task.retry()
            self.ends_well(fresh(task))
        assert sorted(work.sides for work in vendor.jobs.values()) == [
            ["front"],
            ["left"],
        ]

    def test_who_was_cancelled_in_time_is_not_sent(
        self, vendor: Any, team: Team
    ) -> None:
        front, left, right = self.sides(team)
        left.cancel()
        self.ends_well(front)
        self.ends_well(fresh(right))
        [work] = vendor.jobs.values()
        assert work.sides == ["front", "right"]

    def test_who_is_cancelled_after_it_was_sent_is_deleted_there(
        self, vendor: Any, team: Team
    ) -> None:
        front, left, _ = self.sides(team)
        self.drive(front, lambda task: task.stage == "remote")
        left = self.step(left)
        assert "images" not in left.ticket
        left.cancel()
        assert self.drive(fresh(left)).state == "cancelled"
        sides = sorted(one.side for one in vendor.images.values())
        assert sides == ["front", "right"]

    def test_a_cancelled_first_leaves_the_others_theirs(
        self, vendor: Any, team: Team
    ) -> None:
        front, left, _ = self.sides(team)
        front = self.drive(front, lambda task: task.stage == "remote")
        front.cancel()
        assert self.drive(fresh(front)).state == "cancelled"
        self.ends_well(left)
        assert sorted(one.side for one in vendor.images.values()) == ["left", "right"]

    def test_two_pictures_of_one_side_are_two_sets(
        self, vendor: Any, team: Team
    ) -> None:
        names = ("a.jpg", "b.jpg", "left.jpg")
        images = [a_picture(team, name, seed=n) for n, name in enumerate(names)]
        for task in self.start(images, team).tasks.order_by("created"):
            self.ends_well(fresh(task))
        sets = sorted(work.sides for work in vendor.jobs.values())
        assert sets == [["front"], ["front", "left"]]
