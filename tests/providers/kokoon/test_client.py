"""Kokoon's own ways: one price, one task, a result from an address that is short-lived.

What all providers owe is in `test_contract`.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from imaging import providers
from imaging.failures import ProviderError
from imaging.models import Image, Task, Team
from imaging.providers.kokoon.calls import Calls
from tests import drawing
from tests.labwork import fresh
from tests.providers.kokoon.played import KEPT, NIL, TOKEN, Played, words
from tests.providers.playing import answer
from tests.providers.staging import Stage
from tests.providers.vendor import TROUBLES, after, instead
from tests.stored import an_image


def sent(vendor: Played, call: str) -> Any:
    """Return the last body that was sent to a call."""
    return vendor.asked[call][-1].json()


@pytest.mark.django_db(transaction=True)
class TestKokoon(Stage):
    provider = "kokoon"
    plays = Played
    values = {"TOKEN": TOKEN}

    def done(self, team: Team, **options: Any) -> Task:
        return self.ends_well(self.asked(team, **options))

    def asked(self, team: Team, image: Image | None = None, **options: Any) -> Task:
        """Begin with these options."""
        order = self.order(team)
        order.options.update(options)
        image = image or self.picture(team, team.images.count())
        batch = Task.objects.start([image], order, team=team, user=None)
        return batch.tasks.get()

    def test_what_was_chosen_is_what_is_asked_for(
        self, vendor: Played, team: Team
    ) -> None:
        chosen = {"category": "retro", "input_quality": "high", "denoise": True}
        self.done(team, **chosen, use_sr=False, format="jpg", width=900)
        asked = sent(vendor, "create")
        assert asked == sent(vendor, "price")
        assert (asked["width"], asked["height"], asked["format"]) == (900, 675, "jpg")
        assert (asked["category"], asked["input_quality"]) == ("retro", "high")
        assert (asked["use_sr"], asked["option"]) == (
            False,
            {"face_enhance": False, "denoise": True, "add_noise": False},
        )

    def test_the_token_goes_bare_and_never_to_the_files(
        self, vendor: Played, team: Team
    ) -> None:
        self.done(team)
        for name, requests in vendor.asked.items():
            for heard in requests:
                had = heard.headers.get("authorization")
                assert had == (None if name == "file" else TOKEN), name

    def test_the_result_has_the_size_the_name_and_the_clock_of_its_task(
        self, vendor: Played, team: Team
    ) -> None:
        task = self.done(team)
        result = Image.objects.get(pk=task.result_id)
        assert (result.name, result.blob.format) == ("photo0.png", "png")
        assert (result.blob.width, result.blob.height) == (1280, 960)
        made = vendor.images[task.ticket["out_vid"]].at + KEPT
        assert task.kept_until
        assert abs(task.kept_until - made) < timedelta(seconds=1)
        assert task.ticket["credit"] == 1
        assert providers.get("kokoon").charged(task.ticket) == 1

    def test_a_price_above_the_estimate_stops_it_unpaid(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.factor = 3
        task = self.drive(self.asked(team))
        assert (task.state, task.code) == ("error", "price")
        assert "asks 3 credits for this picture; 1 were estimated" in task.message
        assert task.hint
        assert not vendor.jobs
        assert self.done(team, pay_more=True).ticket["credit"] == 3
        assert vendor.credit == 4055

    def test_what_was_priced_is_what_is_made_whatever_changes_meanwhile(
        self, vendor: Played, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor.spoil("create", instead(answer(b"", 503)))
        task = self.drive(self.asked(team), lambda task: task.code)
        monkeypatch.setenv("KOKOON_LARGEST", "1000x1000")
        self.ends_well(task)
        sizes = [one.json()["width"] for one in vendor.asked["create"]]
        assert sizes == [1280, 1280]

    def test_a_preview_is_asked_no_price_and_gives_before_and_after(
        self, vendor: Played, team: Team
    ) -> None:
        task = self.done(team, preview=True)
        assert not vendor.asked["price"]
        assert sent(vendor, "create")["task_type"] == "SR_IMAGE_PREVIEW"
        assert vendor.credit == 4058
        names = [one.name for one in task.results.all()]
        assert names == ["photo0.png", "photo0-before.png"]
        assert [one.kind for one in task.results.all()] == ["image", "layer"]

    def test_what_failed_says_why(self, vendor: Played, team: Team) -> None:
        vendor.fails = "model crashed"
        task = self.drive(self.asked(team))
        assert (task.state, task.code) == ("error", "failed")
        assert "“model crashed”" in task.message
        assert task.hint

    def test_a_result_that_shows_up_late_is_waited_for(
        self, vendor: Played, team: Team
    ) -> None:
        gone = {"message": "fail to get result."}
        late = {**words("image"), "state": "processing", "url": ""}
        vendor.spoil("image", instead(answer(gone, 404)), instead(answer(late)))
        assert self.done(team).polls >= 3

    def test_a_result_of_another_size_is_not_taken(
        self, vendor: Played, team: Team
    ) -> None:
        task = self.drive(self.asked(team), lambda task: task.stage == "ready")
        small = drawing.png(100, 100)
        vendor.spoil("file", instead(answer(small, type="image/png")))
        task = self.step(task)
        assert "100 × 100 pixels; 1280 × 960 were asked for" in task.message
        assert task.is_open
        self.ends_well(fresh(task))
        assert len(vendor.jobs) == 1

    def test_an_upload_whose_answer_was_lost_is_found_again(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("upload", TROUBLES["hangs up once it is done"])
        self.done(team)
        assert len(vendor.asked["upload"]) == 1

    def test_where_images_are_not_listed_it_is_sent_again(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("upload", TROUBLES["hangs up once it is done"])
        vendor.spoil("listed", instead(answer({"message": "no such route"}, 404)))
        self.done(team)
        assert len(vendor.asked["upload"]) == 2

    def test_where_tasks_are_not_listed_nobody_can_tell(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("create", TROUBLES["hangs up once it is done"])
        vendor.spoil("tasks", instead(answer({"message": "no such route"}, 404)))
        task = self.drive(self.asked(team))
        assert (task.state, task.code) == ("error", "outcome_unknown")
        assert len(vendor.jobs) == 1

    def test_a_task_that_is_listed_late_is_not_paid_twice(
        self, vendor: Played, team: Team
    ) -> None:
        vendor.spoil("create", TROUBLES["hangs up once it is done"])
        nothing = {**words("tasks"), "all_count": 0, "curr_count": 0, "sr_tasks": []}
        vendor.spoil("tasks", instead(answer(nothing)))
        self.done(team)
        assert (len(vendor.jobs), vendor.credit) == (1, 4057)

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_server_that_is_busy_may_have_begun_it_all_the_same(
        self, vendor: Played, team: Team, status: int
    ) -> None:
        vendor.spoil("create", after(answer({"message": "busy"}, status)))
        self.done(team)
        assert (len(vendor.jobs), vendor.credit) == (1, 4057)

    def test_a_task_is_found_where_pages_are_shorter_than_asked_for(
        self, vendor: Played, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(12):
            asked = {"task_type": "SR_IMAGE", "vid": f"other {number}"}
            vendor.take(asked=asked)
        monkeypatch.setattr(vendor, "page_most", 5)
        vendor.spoil("create", TROUBLES["hangs up once it is done"])
        self.done(team)
        assert len(vendor.jobs) == 13

    def test_a_list_too_long_to_be_read_leaves_it_unknown(
        self, vendor: Played, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(12):
            asked = {"task_type": "SR_IMAGE", "vid": f"other {number}"}
            vendor.take(asked=asked)
        monkeypatch.setattr(vendor, "page_most", 5)
        monkeypatch.setattr("imaging.providers.kokoon.calls.PAGES_MOST", 2)
        vendor.spoil("create", TROUBLES["hangs up once it is done"])
        task = self.drive(self.asked(team))
        assert (task.state, task.code) == ("error", "outcome_unknown")
        assert len(vendor.jobs) == 13

    @pytest.mark.parametrize("credit", ["NaN", "-1", "Infinity", None, {}])
    def test_a_price_that_is_no_number_is_not_paid(
        self, vendor: Played, team: Team, credit: object
    ) -> None:
        vendor.spoil("price", *[instead(answer({"credit": credit}))] * 6)
        task = self.drive(self.asked(team))
        assert (task.state, task.code) == ("error", "bad_answer")
        assert not vendor.jobs

    def test_a_task_is_found_on_a_later_page(self, vendor: Played, team: Team) -> None:
        for number in range(100):
            asked = {"task_type": "SR_IMAGE", "vid": f"other {number}"}
            vendor.take(asked=asked)
        vendor.spoil("create", TROUBLES["hangs up once it is done"])
        self.done(team)
        assert len(vendor.jobs) == 101
        pages = [one.target.rpartition("=")[2] for one in vendor.asked["tasks"]]
        assert pages == ["0", "1"]

    def test_what_is_too_large_is_sent_as_a_copy(
        self, vendor: Played, team: Team
    ) -> None:
        tall = drawing.png(70, 4000)
        image = an_image(team, tall, "tall.png", format="png", width=70, height=4000)
        self.ends_well(self.asked(team, image))
        sizes = {one.parent: one.size for one in vendor.images.values()}
        assert sizes[NIL] == (67, 3840)
        asked = sent(vendor, "create")
        assert (asked["width"], asked["height"]) == (134, 7680)

    def test_what_nobody_documented_is_refused_in_its_own_words(
        self, vendor: Played, team: Team
    ) -> None:
        calls = Calls(self.account(team))
        vendor.spoil("balance", instead(answer({"message": "No way."}, 418)))
        with pytest.raises(ProviderError, match="“No way.”") as caught:
            calls.balance()
        assert caught.value.permanent
        assert calls.balance() == (4058, 0)

    def test_an_account_tells_its_balance_and_what_is_wrong_with_it(
        self, vendor: Played, team: Team
    ) -> None:
        known = self.inquire(team)
        assert (known["balance"], known["unit"], known["points"]) == (
            4058,
            "credits",
            "0",
        )
        assert known["takes"] == (
            "JPEG, PNG, BMP · from 64 × 64 px · to 3840 × 2160 px, or turned · to 50 MB"
        )
        account = self.account(team)
        wrong = replace(account, values={**account.values, "download_route": "GET /"})
        with pytest.raises(ProviderError, match="download-inc-count") as caught:
            providers.get("kokoon").inquire(wrong)
        assert caught.value.hint

    def test_the_way_it_asks_grows(self) -> None:
        client = providers.get("kokoon")
        waits = [client.pace_after(polls) for polls in range(7)]
        assert waits == [2, 3, 4.5, 6.75, 10.125, 15, 15]
        assert client.pace_after(10_000) == 15
