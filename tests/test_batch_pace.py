"""How far a batch has come, and how long it will take: from real medians only."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import Batch, State, Tally, Task, Team, User
from imaging.models.batches import Pace
from tests.labwork import a_picture

pytestmark = [pytest.mark.django_db, pytest.mark.both]
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.get_default_timezone())


def span(begin: float, seconds: float) -> tuple[datetime, datetime]:
    return NOON + timedelta(seconds=begin), NOON + timedelta(seconds=begin + seconds)


def test_the_median_is_that_of_what_one_took() -> None:
    pace = Pace.of([span(0, 18), span(18, 2), span(20, 400)])
    assert pace
    assert (pace.seconds, pace.at_once) == (18, 1)
    assert Pace.of([]) is None


def test_what_ran_at_once_is_measured() -> None:
    pace = Pace.of([span(begin, 10) for begin in (0, 0, 0, 10, 10, 10)])
    assert pace
    assert pace.at_once == 3


@pytest.mark.parametrize(
    ("pace", "waiting", "running", "left"),
    [
        # 19 in rounds of 2, and half of what runs now.
        (Pace(18, 2, (9, 9)), 19, 2, 10 * 18 + 9),
        # Between two rounds nothing runs for a moment: the estimate does not double.
        (Pace(18, 2), 19, 0, 10 * 18),
        # The last round ends with its youngest.
        (Pace(18, 2, (17, 4)), 0, 2, 14),
        # More than were measured at once run now: they count.
        (Pace(18, 1, (9, 9, 9)), 6, 3, 2 * 18 + 9),
    ],
)
def test_what_is_left_is_counted_in_rounds(
    pace: Pace, waiting: int, running: int, left: float
) -> None:
    assert pace.left(waiting, running) == left
    tally = Tally(pending=waiting, processing=running, pace=pace)
    assert tally.seconds_left == left


def test_nothing_is_said_where_nothing_is_known_or_left() -> None:
    assert Tally(pending=3).seconds_left is None
    assert Tally(completed=3, pace=Pace(18)).seconds_left is None
    assert Tally(processing=1, pace=Pace(18, 1, (99,))).seconds_left is None


def a_batch(team: Team, **counts: int) -> Batch:
    """Put tasks into the database as they stand after these many ends."""
    batch = Batch.objects.create(team=team)
    picture = team.images.first() or a_picture(team)
    now = timezone.now()
    for state, count in counts.items():
        ended = now if state in {"completed", "error", "cancelled"} else None
        for _ in range(count):
            Task.objects.create(
                batch=batch,
                team=team,
                image=picture,
                image_name=picture.name,
                provider="lab",
                operation="develop",
                state=state,
                began=None if state == "pending" else now - timedelta(seconds=30),
                finished=ended,
            )
    return batch


def test_the_numbers_always_sum_to_the_total(studio: Team) -> None:
    counts = {"pending": 4, "processing": 3, "completed": 2, "error": 2, "cancelled": 1}
    tally = a_batch(studio, **counts).tally()
    assert {state: getattr(tally, state) for state in State.values} == counts
    assert tally.total == sum(counts.values()) == tally.open + tally.ended
    assert tally.pace
    assert tally.pace.seconds == pytest.approx(30)
    assert tally.pace.elapsed == pytest.approx([30] * 3, abs=5)


def test_before_the_first_end_the_past_of_the_same_work_counts(
    studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    past = a_batch(studio, completed=1, error=1)
    fresh = a_batch(studio, pending=2)
    with django_assert_max_num_queries(3):
        tally = fresh.tally()
    assert tally.pace
    assert tally.pace.seconds == pytest.approx(30)
    past.tasks.update(operation="other")
    assert fresh.tally().pace is None


def test_the_past_of_another_team_stays_its_own(studio: Team, charlie: User) -> None:
    a_batch(charlie.own_teams()[0], completed=1)
    assert a_batch(studio, pending=1).tally().pace is None
