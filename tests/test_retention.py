"""A result that is paid and not here: fetched in its provider's time, or said aloud."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from imaging import upkeep
from imaging.background import sweeping
from imaging.models import Task, Team
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    enter,
    fresh,
    lab_fixture,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def paid(lab: Lab, studio: Team) -> Task:
    """A job that the atelier has, which keeps results for three days."""
    enter(studio, lab)
    return at_the_lab(a_picture(studio), where="atelier", mode="never")


def begun(task: Task, hours: float, **changes: object) -> Task:
    ago = timezone.now() - timedelta(hours=hours)
    Task.objects.filter(pk=task.pk).update(began=ago, **changes)
    return fresh(task)


def overdue(task: Task) -> Task:
    past = timezone.now() - timedelta(seconds=1)
    Task.objects.filter(pk=task.pk).update(deadline=past, lease_until=None)
    sweeping.end_overdue()
    return fresh(task)


def test_a_failure_says_until_when_its_result_is_kept(paid: Task) -> None:
    task = overdue(paid)
    assert task.began
    until = task.began + timedelta(days=3)
    assert task.resumes
    assert f"deletes its result on {until:%-d %B, %H:%M} UTC" in task.hint


def test_the_providers_own_word_counts_before_its_rule(paid: Task) -> None:
    task = begun(paid, 1, ticket={"expires": "2030-02-15T12:17:32.699Z"})
    assert task.kept_until
    assert task.kept_until.isoformat() == "2030-02-15T12:17:32.699000+00:00"
    impossible = ("2030-02-30T12:17:32.699Z", "9999-12-31T23:59:59-10:00")
    for nonsense in ("", "soon", None, *impossible):
        task.ticket["expires"] = nonsense
        assert task.began
        assert task.kept_until == task.began + timedelta(days=3)


def test_a_date_that_does_not_exist_does_not_stop_the_sweep(paid: Task) -> None:
    task = overdue(begun(paid, 1, ticket={"id": "1", "expires": "2030-02-30T12:00"}))
    assert (task.is_open, task.resumes) == (False, True)


def test_an_alarm_is_raised_once_while_there_is_time(
    paid: Task, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    begun(paid, 53)
    assert upkeep.warn_of_losses() == 0
    begun(paid, 55)
    assert [upkeep.warn_of_losses(), upkeep.warn_of_losses()] == [1, 0]
    assert str(paid.pk) in caplog.text
    assert "a retry before is free" in paid.events.get(kind="at risk").message


def test_what_failed_here_is_at_risk_too(paid: Task) -> None:
    overdue(paid)
    begun(paid, 60)
    assert upkeep.prune()["alarms"] == 1


def test_what_is_lost_already_raises_none_and_is_begun_anew(paid: Task) -> None:
    overdue(paid)
    task = begun(paid, 73)
    assert upkeep.warn_of_losses() == 0
    assert task.retry()
    assert (fresh(task).stage, fresh(task).attempt) == ("queued", 2)


def test_in_time_only_the_fetching_is_repeated(paid: Task) -> None:
    task = begun(overdue(paid), 60)
    assert task.retry()
    assert (fresh(task).stage, fresh(task).attempt) == ("remote", 1)
