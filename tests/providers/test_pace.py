"""How many calls a second one process makes."""

from imaging.providers.circuit import Pace
from tests.providers.test_circuit import Time


def test_a_pace_lets_a_burst_through_and_then_its_rate() -> None:
    time = Time()
    pace = Pace(10, burst=3, clock=time)
    assert [pace.take() for _ in range(4)] == [1, 1, 1, 0]
    time.now += 0.25
    assert pace.take(5) == 2
    time.now += 0.05
    assert pace.take(5) == 1
    time.now += 60
    assert pace.take(5) == 3
    assert pace.take(-1) == 0


def test_a_pace_under_one_a_second_still_gets_there() -> None:
    time = Time()
    pace = Pace(0.5, clock=time)
    assert pace.take() == 1
    time.now += 1.5
    assert pace.take() == 0
    time.now += 0.5
    assert pace.take() == 1
