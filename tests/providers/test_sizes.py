"""How large a picture becomes: each way to say it, and what is refused."""

from typing import Any

import pytest

from imaging.providers.base import Facts
from imaging.providers.local.upscaling import within
from imaging.providers.sizes import SizeOptions, size_of

FACTS = Facts("a.png", "png", 1_000, 300, 200)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"scale": 2}, (600, 400)),
        ({"scale": 4}, (1200, 800)),
        ({"scale": 2, "width": 700}, (700, 467)),
        ({"scale": 2, "height": 500}, (750, 500)),
        ({"scale": 2, "width": 1000, "height": 500}, (750, 500)),
        ({"scale": 2, "width": 600, "height": 700}, (600, 400)),
        ({"scale": 2, "width": 601, "height": 401}, (601, 401)),
        ({"scale": 2, "width": 600, "height": 700, "stretch": True}, (600, 700)),
    ],
)
def test_the_size_is_what_was_asked_for(
    options: dict[str, Any], size: tuple[int, int]
) -> None:
    assert size_of(FACTS, options) == size
    assert not within(FACTS, size).blocked


@pytest.mark.parametrize("width", range(301, 1200, 7))
def test_proportions_are_kept_within_a_pixel(width: int) -> None:
    made = size_of(FACTS, {"scale": 2, "width": width})
    assert abs(made[1] - made[0] * 2 / 3) <= 0.5


@pytest.mark.parametrize("size", [(1201, 800), (1200, 801), (299, 200), (300, 199)])
def test_smaller_than_it_is_and_more_than_four_times_is_refused(
    size: tuple[int, int],
) -> None:
    verdict = within(FACTS, size)
    assert verdict.blocked
    assert "1200 × 800" in verdict.reason
    assert "300 × 200" in verdict.reason
    assert verdict.measured == f"{size[0]} × {size[1]}"


def test_a_scale_is_enough() -> None:
    form = SizeOptions({"scale": 3})
    assert form.is_valid()
    assert size_of(FACTS, form.cleaned_data) == (900, 600)
