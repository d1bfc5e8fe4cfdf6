"""A machine whose clock is off goes by the database's."""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import clock
from imaging.models import Task, Team
from tests.labwork import a_picture, begin, fresh
from tests.labwork import lab_fixture as lab_fixture

pytestmark = [pytest.mark.django_db, pytest.mark.both]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.Known, "ahead", 0.0)
    monkeypatch.setattr(clock.Known, "until", 0.0)


@pytest.mark.parametrize(("off", "kept"), [(3_600.0, 3_600.0), (1.5, 0.0)])
def test_what_is_far_off_is_put_right(off: float, kept: float) -> None:
    with mock.patch.object(clock, "offset", return_value=off) as offset:
        clock.agree()
        clock.agree()
    assert offset.call_count == 1
    assert clock.Known.ahead == kept
    assert abs(timezone.now() - clock.now() - timedelta(seconds=kept)) < HOUR / 60


def test_here_the_clocks_are_one() -> None:
    assert abs(clock.offset()) < 60


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_neither_leases_nor_turns_depend_on_this_clock(
    studio: Team, ahead: timedelta
) -> None:
    mine, theirs = (begin(a_picture(studio, seed=seed)) for seed in range(2))
    assert Task.objects.claim(str(mine.pk), "submit")
    true = timezone.now
    with (
        mock.patch.object(timezone, "now", lambda: true() + ahead),
        mock.patch.object(clock, "offset", return_value=ahead.total_seconds()),
    ):
        clock.agree()
        assert Task.objects.claim(str(mine.pk), "submit") is None
        assert Task.objects.claim(str(theirs.pk), "submit")
    assert abs(fresh(theirs).lease_until - fresh(mine).lease_until) < HOUR / 60


def test_a_message_is_to_be_had_wherever_it_is_earlier() -> None:
    queue, true = get_broker("clocks"), timezone.now
    queue.enqueue("work")
    with mock.patch.object(timezone, "now", lambda: true() - HOUR):
        [(key, said)] = queue.dequeue()
    assert said in {"work", b"work"}
    queue.acknowledge(key)
