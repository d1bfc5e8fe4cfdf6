"""The colours of both themes: contrast by WCAG 2.2, greys without a tint."""

import itertools
import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
PAIRS = {
    name: pair
    for name, *pair in re.findall(
        r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\);", TOKENS.split("@media")[0]
    )
}
SURFACES = ["mat", "sunken", "page", "surface", "raised", "hover"]
GREYS = [*SURFACES, "line", "line-strong", "ink", "ink-2", "ink-3"]
READABLE = [
    *itertools.product(["ink", "ink-2"], SURFACES),
    *itertools.product(["ink-3"], SURFACES[1:]),
    *itertools.product(
        ["accent-text", "ok-text", "warn-text", "bad-text"],
        ["page", "surface", "raised"],
    ),
    *((f"{name}-text", f"{name}-soft") for name in ("accent", "ok", "warn", "bad")),
    *(("on-accent", name) for name in ("accent", "accent-hover")),
    *(("on-bad", name) for name in ("bad", "bad-hover")),
    ("ink", "accent-soft"),
    ("ink-2", "accent-soft"),
]
VISIBLE = [
    *itertools.product(["line-strong", "accent", "bad"], ["page", "surface", "raised"]),
    *itertools.product(["ok"], ["line", "surface"]),
]


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (0, 2, 4)]


def luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READABLE)
def test_text_is_readable(text: str, ground: str, theme: int) -> None:
    assert contrast(PAIRS[text][theme], PAIRS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("part", "ground"), VISIBLE)
def test_edges_and_states_can_be_seen(part: str, ground: str, theme: int) -> None:
    assert contrast(PAIRS[part][theme], PAIRS[ground][theme]) >= 3


@pytest.mark.parametrize("name", GREYS)
def test_no_grey_tints_the_picture_beside_it(name: str) -> None:
    for colour in PAIRS[name]:
        assert len(set(channels(colour))) == 1
