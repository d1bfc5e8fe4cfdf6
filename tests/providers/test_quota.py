"""Calls that all processes make together: never too many, in whatever span of time."""

from bisect import bisect_left
from itertools import pairwise

import pytest

from imaging.providers.circuit import Quota

pytestmark = [pytest.mark.django_db, pytest.mark.both]


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 1_795_132_800.03

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("calls", "seconds"), [(50, 1.0), (1_000, 60.0), (3, 1.0)])
def test_no_span_of_time_ever_sees_more_calls_than_are_allowed(
    calls: int, seconds: float
) -> None:
    clock, made = Clock(), []
    # Two that know nothing of each other, as two processes.
    both = [Quota("a", calls, seconds, clock=clock, sleep=clock.sleep) for _ in "12"]
    for turn in range(calls * 2 if calls < 100 else 200):
        assert both[turn % 2].wait()
        made.append(clock.now)
    for at, one in enumerate(made):
        assert bisect_left(made, one + seconds) - at <= calls
    assert all(then <= now for then, now in pairwise(made))


def test_what_is_full_says_when_it_is_worth_asking_again() -> None:
    clock = Clock()
    quota = Quota("b", 50, 1.0, clock=clock)
    taken = 0
    while not (left := quota.take()):
        taken += 1
    assert taken == quota.places == 8
    clock.sleep(left)
    assert quota.take() == 0


def test_who_waited_long_enough_is_told_so() -> None:
    clock = Clock()
    clock.sleep(-clock.now % 1)
    full = Quota("c", 600, 60.0, clock=clock, sleep=lambda seconds: None)
    for _ in range(full.places):
        assert full.wait()
    clock.now += 0.5
    assert not full.wait(longest=0.1)


def test_each_account_and_call_has_places_of_its_own() -> None:
    clock = Clock()
    one = Quota("d", 2, 1.0, clock=clock)
    assert one.take() == 0
    assert one.take() > 0
    assert Quota("e", 2, 1.0, clock=clock).take() == 0
