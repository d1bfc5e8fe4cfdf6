"""A few of the named points, where most is at stake; `make prove` meets them all."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.points import WAYS, overcome, points
from tests.faults.site import Site, running_site
from tests.faults.ways import Way, convert, deliver, develop, develop_asking


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("faults")) as site:
        yield site


def test_every_point_has_a_way_on_which_it_is_proved() -> None:
    assert points() == set(WAYS)


@pytest.mark.parametrize(
    ("point", "way"),
    [
        ("answered", develop),
        ("answered", develop_asking),
        ("poll-claimed", develop),
        ("result-written", convert),
        ("result-committed", develop),
        ("notified", deliver),
    ],
)
def test_killed_there_it_is_done_and_paid_once(
    site: Site, point: str, way: Callable[[Site], Way]
) -> None:
    overcome(site, point, way)


@pytest.mark.parametrize("point", ["intent-saved", "answered"])
def test_where_nobody_can_tell_the_task_says_so(site: Site, point: str) -> None:
    site.arm(point)
    (pk,) = site.develop(promise="none")
    site.was_reached(point)
    (task,) = site.ended([pk])
    assert (task["state"], task["code"]) == ("error", "outcome_unknown")
    assert site.paid(pk) == (point == "answered")
