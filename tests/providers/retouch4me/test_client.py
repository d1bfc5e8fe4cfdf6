"""Retouch4me's client on a socket: what is sent, what is asked, what comes back."""

import io
import json
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image

from imaging import providers
from imaging.models import Order, Task, Team
from imaging.pictures.blending import blended
from imaging.providers.accounts import Account
from tests.drawing import heic, jpeg, oriented, png
from tests.labwork import fresh
from tests.providers.playing import answer
from tests.providers.retouch4me.played import TOKEN, Played, layer, packed
from tests.providers.staging import Stage
from tests.providers.vendor import after, golden, instead
from tests.stored import an_image

pytestmark = pytest.mark.django_db(transaction=True)


def created(reply: bytes) -> bytes:
    said = json.loads(reply.partition(b"\r\n\r\n")[2])
    return answer({key: said[key] for key in said if key != "status"}, 201)


class TestClient(Stage):
    provider = "retouch4me"
    plays = Played
    values = {"TOKEN": TOKEN}

    def ordered(self, team: Team, data: bytes | None = None, **options: Any) -> Task:
        """Begin one task on these bytes; each may be of any format."""
        image = self.picture(team)
        if data:
            picture = Image.open(io.BytesIO(data))
            facts = {"width": picture.width, "height": picture.height}
            facts["format"] = (picture.format or "heic").lower().replace("heif", "heic")
            if picture.getexif().get(274, 1) > 4:
                facts |= {"width": picture.height, "height": picture.width}
            facts["orientation"] = picture.getexif().get(274, 1)
            image = an_image(team, data, "portrait", **facts)
        order = Order.of(team, "retouch4me", "retouch", options)
        return Task.objects.start([image], order, team=team, user=None).tasks.get()

    def done(self, team: Team, data: bytes | None = None, **options: Any) -> Task:
        task = self.drive(self.ordered(team, data, **options))
        assert task.state == "completed", f"{task.code} {task.message}"
        return task

    def test_start_has_the_documented_parts(self, vendor: Played, team: Team) -> None:
        task = self.done(team)
        (heard,) = vendor.asked["start"]
        form = heard.form()
        assert set(form) == {"file", "token", "payload"}
        assert form["token"][1].decode() == TOKEN
        assert form["file"] == ("photo0.jpg", jpeg(seed=0))
        assert json.loads(form["payload"][1]) == {
            "mode": "professional",
            "tasks": [
                {"Plugin": "Heal", "Scale": 0, "Alpha1": 1},
                {"Plugin": "Dodge Burn", "Scale": 0, "Alpha1": 1, "Alpha2": 0},
            ],
        }
        assert UUID(heard.headers["idempotency-key"])
        assert "x-retouch-token" not in heard.headers
        for one in (*vendor.asked["status"], *vendor.asked["get_file"]):
            assert TOKEN not in f"{one.target} {one.headers}"
        assert task.ticket["expires"].endswith("+00:00")
        assert self.account(team).known["quota"] == 999

    def test_a_progress_of_100_is_not_the_end(self, vendor: Played, team: Team) -> None:
        vendor.ready_after = 5
        task = self.at_the_vendor(team)
        for _ in range(4):
            task = self.step(task)
        assert (task.stage, task.progress) == ("remote", 99)
        assert not vendor.asked["get_file"]
        self.ends_well(task)
        assert len(vendor.asked["get_file"]) == 1

    def test_the_token_can_go_as_a_header(
        self, vendor: Played, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RETOUCH4ME_TOKEN_AS", "header")
        self.done(team)
        (heard,) = vendor.asked["start"]
        assert set(heard.form()) == {"file", "payload"}
        assert heard.headers["x-retouch-token"] == TOKEN

    def test_each_paid_attempt_has_a_key_of_its_own(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("status", instead(golden("retouch4me/failed.http")))
        task = self.drive(self.ordered(team))
        assert task.code == "failed"
        assert task.retry()
        self.drive(fresh(task))
        keys = [one.headers["idempotency-key"] for one in vendor.asked["start"]]
        assert len(set(keys)) == 2
        assert all(UUID(key) for key in keys)

    @pytest.mark.parametrize("make", [heic, lambda: oriented(6)])
    def test_what_it_cannot_read_is_sent_as_a_copy(
        self, vendor: Played, team: Team, make: Any
    ) -> None:
        data = make()
        task = self.done(team, data, result="layers")
        assert task.image
        name, sent = vendor.asked["start"][0].form()["file"]
        picture = Image.open(io.BytesIO(sent))
        assert (picture.format, name) == ("JPEG", "portrait.jpg")
        blob = task.image.blob
        assert picture.size == (blob.width, blob.height)
        flat = task.images.get(layer=False).blob
        assert (flat.width, flat.height) == picture.size

    def test_layers_are_kept_and_laid_on_the_picture(
        self, vendor: Played, team: Team
    ) -> None:
        data = png(128, 96)
        task = self.done(team, data, result="layers", eye_vessels=True)
        payload = json.loads(vendor.asked["start"][0].form()["payload"][1])
        assert [one["Layer"] for one in payload["tasks"]] == [1, 1, 1]
        rows = list(task.results.order_by("position"))
        assert [row.kind for row in rows] == ["image", "layer", "layer", "layer"]
        modes = [(row.data["plugin"], row.data["blend_mode"]) for row in rows[1:]]
        assert modes == [
            ("Heal", "normal"),
            ("Eye Vessels", "normal"),
            ("Dodge Burn", "softLight"),
        ]
        assert [one["pluginName"] for one in rows[0].data["plugins"]]
        wanted = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        for at, (_, mode) in enumerate(modes):
            drawn = Image.open(io.BytesIO(layer((128, 96), 60 + 40 * at)))
            wanted = blended(wanted, np.array(drawn), mode)
        assert rows[0].image
        with rows[0].image.blob.local_copy() as path:
            assert np.array_equal(np.array(Image.open(path).convert("RGB")), wanted)

    def test_an_archive_may_be_odd(self, vendor: Played, team: Team) -> None:
        entries = {
            "index=1&blendmode=softLight&name=Second.png": layer((128, 96), 200),
            "readme.txt": b"hello",
            "index=0&blendmode=normal&name=First.png": layer((128, 96), 90),
            "index=2&blendmode=multiply&name=Opaque.png": png(128, 96, seed=7),
            "index=3&blendmode=dissolve&name=Odd mode.png": layer((128, 96), 1),
            "index=4&blendmode=normal&name=Small.png": layer((64, 96), 1),
            "name=No mode.png": layer((128, 96), 1),
            "result.json": b"{broken",
        }
        vendor.spoil("get_file", instead(answer(packed(entries))))
        task = self.done(team, png(128, 96), result="layers")
        names = [row.data["plugin"] for row in task.results.filter(kind="layer")]
        assert names == ["First", "Second", "Opaque", "Odd mode", "Small", "No mode"]
        for name in ("Odd mode", "Small", "No mode"):
            assert name in task.message
        assert not [one for one in ("First", "Opaque") if one in task.message]
        with task.images.get(layer=False).blob.local_copy() as path:
            left = Image.open(path).convert("RGB").getpixel((5, 5))
        first = np.full((1, 1, 3), 90, np.uint8)
        second = np.array([[[200, 200, 200, 255]]], np.uint8)
        below = blended(first, second, "softLight")
        opaque = Image.open(io.BytesIO(png(128, 96, seed=7))).convert("RGBA")
        third = np.array([[opaque.getpixel((5, 5))]], np.uint8)
        assert left == tuple(blended(below, third, "multiply")[0, 0])

    @pytest.mark.parametrize("odd", [b"NaN", b'"\\u0000"', b'"\\ud800"'])
    def test_a_report_that_no_database_takes_does_not_cost_the_picture(
        self, vendor: Played, team: Team, odd: bytes
    ) -> None:
        entries = {
            f"index={'9' * 5000}&blendmode=normal&name=Last.png": layer((128, 96), 90),
            f"index=0&blendmode=normal&name={'N' * 5000}.png": layer((128, 96), 90),
            "result.json": b'{"plugins": [{"confidence": %s}]}' % odd,
        }
        vendor.spoil("get_file", instead(answer(packed(entries))))
        task = self.done(team, png(128, 96), result="layers")
        rows = list(task.results.order_by("position"))
        assert rows[0].data == {}
        assert [len(row.data["plugin"]) for row in rows[1:]] == [4, 60]

    @pytest.mark.parametrize(
        "body",
        [
            packed({"notes.txt": b"none"}),
            packed({"../index=0&blendmode=normal&name=a.png": layer((128, 96), 9)}),
            packed({"index=0&blendmode=normal&name=a.png": b"no picture"}),
            b"PK\x03\x04 and no more",
            b"<html>soon</html>",
        ],
        ids=["no layer", "a way up", "no picture", "cut", "a page"],
    )
    def test_a_bad_file_is_asked_for_again_and_never_kept(
        self, vendor: Played, team: Team, body: bytes
    ) -> None:
        vendor.spoil("get_file", instead(answer(body)))
        task = self.drive(self.ordered(team), lambda task: task.code)
        assert (task.code, task.is_open) == ("bad_answer", True)
        self.ends_well(task)
        assert len(vendor.asked["get_file"]) == 2
        assert len(vendor.jobs) == 1

    def test_another_picture_is_never_kept(self, vendor: Played, team: Team) -> None:
        vendor.spoil("get_file", instead(answer(jpeg(200, 90))))
        task = self.drive(self.ordered(team), lambda task: task.code)
        assert (task.code, task.is_open) == ("bad_result", True)
        assert "200 × 90" in task.message
        self.ends_well(task)
        assert len(vendor.jobs) == 1

    def test_a_job_that_was_created_is_taken(self, vendor: Played, team: Team) -> None:
        """The body need not repeat the status, which may be that of a creation."""
        vendor.spoil("start", lambda truth: created(truth()))
        self.done(team)
        assert len(vendor.asked["start"]) == len(vendor.jobs) == 1

    def test_an_answer_that_says_nothing_is_asked_again_with_the_same_key(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("start", *[after(answer({"status": 0}))] * 6)
        task = self.drive(self.ordered(team))
        assert (task.code, task.is_open) == ("outcome_unknown", False)
        assert not task.retry()
        assert len(vendor.jobs) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_server_that_is_busy_may_have_begun_it_all_the_same(
        self, vendor: Played, team: Team, status: int
    ) -> None:
        vendor.spoil("start", *[after(answer(b"", status))] * 6)
        task = self.drive(self.ordered(team))
        assert (task.code, task.is_open) == ("outcome_unknown", False)
        assert not task.retry()
        assert len(vendor.jobs) == 1

    def test_a_file_is_looked_for_three_times_whatever_was_late_before(
        self, vendor: Played, team: Team
    ) -> None:
        gone = instead(golden("retouch4me/unknown-job.http"))
        vendor.spoil("status", gone, gone)
        vendor.spoil("get_file", gone, gone)
        self.done(team)
        assert len(vendor.asked["get_file"]) == 3

    def test_a_result_that_was_deleted_says_so(
        self, vendor: Played, team: Team
    ) -> None:
        task = self.at_the_vendor(team)
        vendor.jobs.clear()
        task = self.drive(task)
        assert (task.code, task.resumes) == ("gone", False)
        assert len(vendor.asked["status"]) == 3
        assert "another credit" in task.hint

    def test_limits_are_asked_and_kept_or_the_documented_ones_count(
        self, vendor: Played, team: Team
    ) -> None:
        small = {"image": {"formats": ["jpg"], "maxFileSizeInMB": 1}}
        vendor.spoil("limits", instead(answer(small)))
        account = self.account(team)
        known = self.inquire(team)
        assert (known["balance"], known["unit"]) == (5, "credits")
        account.learn(**known)
        operation = self.order(team).operation
        assert operation.limits.formats == ("jpeg",)
        assert operation.limits.max_bytes == 1 << 20
        assert operation.limits.max_pixels == 250e6
        vendor.offers_limits = False
        account.learn(**self.inquire(team))
        documented = self.order(team).operation.limits
        assert documented.max_bytes == 100 << 20
        assert set(documented.formats) == {"jpeg", "png"}

    def test_the_older_balance_is_asked_only_where_it_is_named(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.knows_balance = False
        assert "balance" not in self.inquire(team)
        vendor.on(
            "POST /api/retouch/v1/balance", golden("retouch4me/balance-before.http")
        )
        older = f"{vendor.url}/api/retouch/v1/balance"
        values = {"token": TOKEN, "balance_url": older}
        account = Account("x", vendor.url, values)
        known = providers.get("retouch4me").inquire(account)
        assert known["balance"] == 5
        form = vendor.heard[-1].body
        assert b"retouchtoken=" in form
        assert b"modes%5B%5D=professional" in form

    def test_a_token_that_is_quoted_back_is_not_shown(
        self, vendor: Played, team: Team
    ) -> None:
        quoted = {"status": 400, "message": f"{TOKEN} may not do this"}
        vendor.spoil("start", instead(answer(quoted, 400)))
        task = self.drive(self.ordered(team))
        assert TOKEN not in task.message
        assert "may not do this" in task.message

    def test_a_price_is_one_credit(self, vendor: Played, team: Team) -> None:
        task = self.done(team)
        provider = providers.get("retouch4me")
        assert provider.charged(task.ticket) == 1
        assert provider.charged({}) is None
        assert task.image
        estimate = self.order(team).estimate(task.image)
        assert (estimate.cost, estimate.unit) == (1, "credits")
