"""The breaker that all processes share."""

import pytest
from django.core.cache import cache, caches
from django.core.management import call_command
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from imaging.providers.circuit import Circuit, Memo

pytestmark = pytest.mark.django_db


class Time:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["database", "memory"])
def backend(request: pytest.FixtureRequest, settings: Settings) -> None:
    path = "django.core.cache.backends"
    chosen = {
        "database": {"BACKEND": f"{path}.db.DatabaseCache", "LOCATION": "circuit"},
        "memory": {"BACKEND": f"{path}.locmem.LocMemCache", "LOCATION": "circuit"},
    }[request.param]
    settings.CACHES = {"default": chosen}
    call_command("createcachetable")
    caches["default"].clear()


@pytest.fixture
def time(backend: None) -> Time:
    return Time()


def process(time: Time, *, skew: float = 0) -> Circuit:
    """Return the same circuit as another process sees it."""
    return Circuit("vendor", memos={}, clock=time, wall=lambda: time() + skew)


def broken(time: Time) -> Circuit:
    circuit = process(time)
    for _ in range(5):
        circuit.failure()
    return circuit


def test_it_opens_for_all_processes_after_five_outages_in_a_row(time: Time) -> None:
    one, other = process(time), process(time)
    for circuit in (one, other, one, other):
        assert circuit.check() is None
        circuit.failure()
        assert circuit.check() is None
    one.failure()
    assert one.check() == 30
    time.now += 1
    assert other.check() == 29


def test_a_success_between_them_starts_the_count_anew(time: Time) -> None:
    circuit = process(time)
    for _ in range(3):
        for _ in range(4):
            circuit.failure()
        circuit.success()
    assert circuit.check() is None


def test_after_the_pause_one_call_goes_first_and_closes_it(time: Time) -> None:
    one, other = broken(time), process(time)
    time.now += 30
    assert one.check() is None
    assert one.check() == other.check() == 1
    one.success()
    assert one.check() is None
    time.now += 1
    assert other.check() is None
    assert cache.get(one.key) is None


def test_a_probe_that_fails_doubles_the_pause_up_to_five_minutes(time: Time) -> None:
    circuit = broken(time)
    pauses = []
    for _ in range(6):
        pauses.append(circuit.check())
        time.now += circuit.check() or 0
        assert circuit.check() is None
        circuit.failure()
    assert pauses == [30, 60, 120, 240, 300, 300]


def test_a_probe_that_never_reports_is_followed_by_another(time: Time) -> None:
    one, other = broken(time), process(time)
    time.now += 30
    assert one.check() is None
    time.now += 29
    assert other.check() is not None
    time.now += 1
    assert other.check() is None
    assert one.check() is not None


def test_what_was_under_way_when_it_opened_changes_nothing(time: Time) -> None:
    circuit = broken(time)
    circuit.failure()
    circuit.success()
    assert circuit.check() == 30


def test_a_retry_after_is_obeyed_at_once_and_not_shortened(time: Time) -> None:
    circuit = process(time)
    circuit.failure(retry_after=90)
    assert circuit.check() == 90
    circuit.failure(retry_after=20)
    circuit.success()
    assert circuit.check() == 90
    circuit.failure(retry_after=400)
    assert circuit.check() == 400
    time.now += 400
    assert circuit.check() is None
    circuit.success()
    assert circuit.check() is None


def test_an_open_circuit_grants_one_of_many_calls_when_it_is_time(time: Time) -> None:
    assert process(time).grant(7) == 7
    circuit = broken(time)
    assert circuit.grant(7) == 0
    time.now += 30
    assert circuit.grant(0) == 0
    assert circuit.grant(7) == 1
    assert circuit.grant(7) == 0


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_clock_an_hour_off_neither_locks_nor_loses_it(
    time: Time, skew: float
) -> None:
    broken(time)
    other = process(time, skew=skew)
    if wait := other.check():
        assert wait == 30
        time.now += 30
        assert other.check() is None
    other.success()
    assert process(time).check() is None


def test_the_cache_is_read_once_a_second_and_not_written_while_all_is_well(
    time: Time, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    circuit = process(time)
    reads = 1 if "db" in type(caches["default"]).__module__ else 0
    with django_assert_num_queries(reads):
        for _ in range(100):
            assert circuit.check() is None
            circuit.success()
    time.now += 1
    with django_assert_num_queries(reads):
        circuit.success()


def test_without_a_cache_a_process_goes_by_what_it_knows(
    settings: Settings,
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    time = Time()
    circuit = broken(time)
    assert circuit.check() == 30
    time.now += 30
    assert circuit.check() is None
    assert circuit.check() is not None
    circuit.success()
    assert circuit.check() is None


def test_circuits_of_one_process_share_what_they_remember(time: Time) -> None:
    memos: dict[str, Memo] = {}
    for _ in range(5):
        Circuit("vendor", memos=memos, clock=time, wall=time).failure()
    assert Circuit("vendor", memos=memos, clock=time, wall=time).check() == 30
    assert Circuit("another", memos=memos, clock=time, wall=time).check() is None
