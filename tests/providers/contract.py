"""What every provider owes, as tests: a provider's module says how it is played.

    class TestKokoon(Contract):
        provider = "kokoon"
        plays = Played
        values = {"TOKEN": "…"}
        documented = [Documented("token is gone", "start", golden(…), "token", "…")]

Each call that its vendor plays is spoilt in every way in turn; the task must still end
well, or with a sentence, and be paid once. What has no meaning is skipped by name, with
its reason, in `without`; see Stage for all that a module may say.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from imaging import faults, providers, worker
from imaging.background import acts
from imaging.background.sweeping import end_overdue
from imaging.failures import ProviderError
from imaging.models import Task, Team
from imaging.operating.timeline import in_plain_text, timeline_of
from imaging.outgoing import door
from tests.labwork import fresh
from tests.providers.playing import Heard, Playing, Steps, answer, redirect
from tests.providers.staging import (
    ALONE,
    FETCHING,
    SENDING,
    Documented,
    Stage,
)
from tests.providers.vendor import (
    TROUBLES,
    Trouble,
    instead,
)
from tests.services import free_port


class Killed(BaseException):
    """The process died here; nothing that comes after is done."""


class Reaper:
    """Counts the points that are reached, and dies at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.passed = at, list[str]()

    def reach(self, point: str) -> None:
        self.passed.append(point)
        if len(self.passed) - 1 == self.at:
            raise Killed(point)


class Elsewhere(Playing):
    """Another host, which answers nothing of use to anybody."""

    def respond(self, heard: Heard) -> Steps:
        return answer(b"", 404)


@pytest.mark.django_db(transaction=True)
class Contract(Stage):
    """The tests; a subclass says how its provider is played, see Stage."""

    @pytest.mark.both
    def test_a_picture_goes_the_whole_way(self, played: Any, team: Team) -> None:
        task = self.ends_well(self.begin(team))
        assert task.progress == 100
        assert played is None or self.paid(played) == 1

    def test_the_verdict_is_the_same_before_and_after(
        self, played: Any, team: Team
    ) -> None:
        task = self.begin(team)
        assert task.image
        before = self.order(team).verdict(task.image)
        assert not before.blocked
        task = self.ends_well(task)
        assert task.image
        assert self.order(team).verdict(task.image) == before

    def test_what_it_does_not_take_is_never_sent(self, played: Any, team: Team) -> None:
        self.needs("blocked")
        assert self.blocked, (
            "name facts of a picture that is blocked, or why there is none"
        )
        for number, facts in enumerate(self.blocked):
            image = self.picture(team, number)
            for name, value in facts.items():
                setattr(image.blob, name, value)
            image.blob.save()
            other = self.picture(team, number + 100)
            verdict = self.order(team).verdict(image)
            assert verdict.blocked, facts
            assert verdict.reason
            assert verdict.limit, facts
            assert verdict.measured, facts
            task = self.start([image, other], team).tasks.get(image=image)
            assert (task.state, task.message) == ("error", verdict.reason)
        assert played is None or not played.heard

    def test_a_documented_error_becomes_a_sentence(
        self, vendor: Any, team: Team, documented: Documented
    ) -> None:
        vendor.spoil(documented.call, instead(documented.reply))
        if vendor.calls[documented.call].act == "inquire":
            with pytest.raises(ProviderError, match=documented.says) as raised:
                self.inquire(team)
            error = raised.value
            assert (error.code, error.permanent) == (
                documented.code,
                documented.permanent,
            )
            assert error.hint or not documented.permanent
            return
        task = self.drive(self.begin(team), lambda task: task.code)
        assert (task.code, task.is_open) == (documented.code, not documented.permanent)
        assert documented.says in task.message
        if documented.permanent:
            assert task.hint, "there is no next step"
            assert self.paid(vendor) <= 1
        else:
            self.ends_well(task)
            assert self.paid(vendor) == 1

    def test_trouble_is_overcome(
        self, vendor: Any, team: Team, call: str, trouble: Trouble
    ) -> None:
        self.suffers(vendor, team, call, trouble)

    def test_a_slow_answer_is_not_waited_for(
        self, vendor: Any, team: Team, impatient: None, call: str, trouble: Trouble
    ) -> None:
        self.suffers(vendor, team, call, trouble)

    def suffers(self, vendor: Any, team: Team, call: str, trouble: Trouble) -> None:
        """Let one answer to a call go wrong: paid once, and done in the end."""
        vendor.spoil(call, trouble)
        task = self.drive(self.begin(team))
        assert vendor.asked[call], "this was never called"
        if task.code == "outcome_unknown":
            assert not self.promise, "the vendor can tell, and was not asked"
            assert task.hint
            assert self.paid(vendor) <= 1
        else:
            self.ends_well(task)
            assert self.paid(vendor) == 1

    @pytest.mark.parametrize("stage", ["queued", "remote", "ready"])
    def test_a_dead_vendor_is_waited_for(
        self, vendor: Any, team: Team, stage: str
    ) -> None:
        task = self.drive(self.begin(team), lambda task: task.stage == stage)
        closed = f"http://127.0.0.1:{free_port()}"
        with self.leading_to(closed):
            task = self.step(task)
            if task.is_open:
                assert task.code == "unreachable"
                assert task.message
        self.ends_well(task)
        assert self.paid(vendor) == 1

    def test_what_never_ends_is_given_up_and_can_be_taken_up(
        self, vendor: Any, team: Team
    ) -> None:
        self.needs("never")
        vendor.never = True
        task = self.at_the_vendor(team)
        for _ in range(5):
            task = self.step(task)
        assert task.stage == "remote"
        past = timezone.now() - timedelta(seconds=1)
        Task.objects.filter(pk=task.pk).update(deadline=past)
        end_overdue()
        task = fresh(task)
        assert (task.state, task.code, task.resumes) == ("error", "deadline", True)
        assert task.hint
        vendor.never = False
        self.ends_well(task)
        assert self.paid(vendor) == 1

    @pytest.mark.parametrize("act", ["submit", "fetch"])
    def test_a_crash_anywhere_costs_nothing(
        self, played: Any, team: Team, act: str
    ) -> None:
        begins = SENDING if act == "submit" else FETCHING
        if act == "fetch" and played is None:
            pytest.skip(ALONE)
        reaper = self.reaped(self.upto(team, begins, 0), Reaper())
        assert reaper.passed
        for at, point in enumerate(reaper.passed):
            before = self.paid(played) if played else 0
            task = self.upto(team, begins, at + 1)
            self.reaped(task, Reaper(at))
            # The lease of a process that is dead is taken over.
            Task.objects.filter(pk=task.pk).update(lease_until=None)
            task = self.drive(fresh(task))
            if task.code == "outcome_unknown":
                assert not self.promise, point
            else:
                assert task.state == "completed", f"{point}: {task.code} {task.message}"
            if played:
                paid = self.paid(played) - before
                assert paid == 1 or (not self.promise and paid == 0), point

    def upto(self, team: Team, stages: set[str], seed: int) -> Task:
        """Bring a new task to the act that begins in these stages."""
        return self.drive(self.begin(team, seed), lambda task: task.stage in stages)

    def reaped(self, task: Task, reaper: Reaper) -> Reaper:
        """Do one act in which the reaper dies: at a point, or after an exchange."""
        note = door.Door._note

        def noted(self: door.Door, *args: Any, **kwargs: Any) -> None:
            note(self, *args, **kwargs)
            reaper.reach("exchange")

        with (
            mock.patch.object(faults, "reach", reaper.reach),
            mock.patch.object(door.Door, "_note", noted),
            mock.patch.object(acts, "crashed", lambda task, error: None),
            suppress(Killed),
        ):
            self.step(task)
        return reaper

    @pytest.mark.parametrize("stage", ["queued", "remote", "ready"])
    def test_a_late_result_of_a_cancelled_task_is_left_alone(
        self, vendor: Any, team: Team, stage: str
    ) -> None:
        task = self.drive(self.begin(team), lambda task: task.stage == stage)
        assert task.stage == stage
        assert task.cancel()
        task = self.drive(fresh(task))
        assert (task.state, task.results.count()) == ("cancelled", 0)
        assert self.paid(vendor) == (stage != "queued")
        # Whoever comes late with what the vendor made finds nothing to do.
        worker.fetch(str(task.pk))
        assert fresh(task).state == "cancelled"
        assert not task.images.exists()
        if "cancel" not in self.without and stage != "queued":
            assert vendor.cancelled

    def test_its_retention_is_known_and_not_outlived(self, played: Any) -> None:
        self.needs("retention")
        provider = providers.get(self.provider)
        assert self.retention_days
        assert provider.retention_days == self.retention_days
        assert provider.deadline <= self.retention_days * 86_400

    def test_no_secret_is_told(
        self, vendor: Any, team: Team, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for one in vendor.calls.values():
            vendor.spoil(one.name, *([TROUBLES["has a fault"]] if one.act else []))
        task = self.drive(self.begin(team))
        if task.state == "error" and not self.promise:
            task = self.drive(self.begin(team, 1))
        assert task.state == "completed", task.message
        told = [f"{one.kind} {one.message} {one.data}" for one in task.events.all()]
        asked = [str(vars(one)) for one in task.requests.all()]
        assert asked
        told += [caplog.text, task.message, task.hint, *asked]
        told += [in_plain_text(task, timeline_of(task))]
        secrets = self.hidden()
        for text in told:
            assert not [one for one in (*secrets, *vendor.whispered) if one in text]
        assert not [one for one in secrets if one in str(task.ticket)]

    def test_credentials_go_to_its_own_host_alone(
        self, vendor: Any, team: Team, asked: str
    ) -> None:
        with Elsewhere() as elsewhere:
            vendor.spoil(asked, instead(redirect(f"{elsewhere.url}/other")))
            self.drive(self.begin(team))
            assert elsewhere.heard, "it was not followed, so nothing is shown"
            for heard in elsewhere.heard:
                sent = f"{heard.target} {heard.headers} {heard.body!r}"
                assert not [one for one in self.hidden() if one in sent]

    def test_an_account_is_tried_without_being_charged(
        self, vendor: Any, team: Team
    ) -> None:
        self.needs("inquire")
        known = self.inquire(team)
        assert isinstance(known, dict)
        assert vendor.asked or not self.values
        assert not self.paid(vendor)
