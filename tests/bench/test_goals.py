"""`make bench`: the goals of speed and quality, measured on what is delivered."""

from collections.abc import Callable

import pytest

from tests.bench import archives, console, flight, pages, similarity, upscaling, walls
from tests.bench.figures import Figure, show

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(
    "measure",
    [
        pages.measure,
        flight.measure,
        archives.measure,
        upscaling.measure,
        similarity.measure,
        walls.measure,
        console.measure,
    ],
)
def test_every_goal_is_reached(
    measure: Callable[[], list[Figure]], capsys: pytest.CaptureFixture[str]
) -> None:
    figures = measure()
    with capsys.disabled():
        show(figures)
    assert [figure.name for figure in figures if not figure.reached] == []
