"""Eyes: whites lose their redness, irises gain, and the rest of the face neither."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.providers.local.retouch.eyes import EyeBrilliance, EyeVessels
from imaging.providers.local.retouch.plugin import Plugin

from .portraits import HEAD, SCALE, apply, changed, disc, face, lab, landscape, portrait

# Where the white is in the original, beside the irises: found by looking.
WHITES = ((195.6, 100.9), (208.9, 101.7), (240.6, 103.5), (253.0, 104.2))


def enlarged(place: tuple[float, float]) -> tuple[int, int]:
    return round((place[0] - HEAD[1].start) * SCALE), round(place[1] * SCALE)


def whites() -> np.ndarray:
    found = np.zeros(portrait().shape[:2], bool)
    for place in WHITES:
        found |= disc(enlarged(place), 0.03 * face().apart)
    return found


def bloodshot() -> np.ndarray:
    """Return the portrait with red whites and a vein in each."""
    amount = cv2.GaussianBlur(whites().astype(np.float32), (0, 0), 2)
    colours = lab(portrait())
    colours[..., 1] += 9 * amount
    made = np.rint(cv2.cvtColor(colours, cv2.COLOR_LAB2RGB) * 255).astype(np.uint8)
    for place in WHITES[1:3]:
        x, y = enlarged(place)
        cv2.line(made, (x - 3, y + 1), (x + 3, y), (190, 110, 105), 1, cv2.LINE_AA)
    return made


def test_redness_of_the_whites_falls(tmp_path: Path) -> None:
    before = bloodshot()
    after = apply(before, EyeVessels({"strength": 1}), tmp_path).pixels
    red, less, usual = (
        lab(p)[whites()][:, 1].mean() for p in (before, after, portrait())
    )
    assert less - usual < 0.65 * (red - usual)


def test_irises_get_more_contrast_and_light(tmp_path: Path) -> None:
    after = apply(portrait(), EyeBrilliance({"strength": 1}), tmp_path).pixels
    for eye in face().eyes:
        ring = disc((round(eye[0]), round(eye[1] + 4)), 0.09 * face().apart)
        assert after[ring].std() > 1.05 * portrait()[ring].std()


@pytest.mark.parametrize("plugin", [EyeVessels({"strength": 1}), EyeBrilliance({})])
def test_only_eyes_are_changed(plugin: Plugin, tmp_path: Path) -> None:
    before = bloodshot()
    where = changed(before, apply(before, plugin, tmp_path).pixels)
    assert where.any()
    for eye in face().eyes:
        where &= ~disc((round(eye[0]), round(eye[1])), 0.33 * face().apart)
    assert not where.any()


@pytest.mark.parametrize("plugin", [EyeVessels({}), EyeBrilliance({})])
def test_without_eyes_nothing_is_changed(plugin: Plugin, tmp_path: Path) -> None:
    result = apply(landscape(), plugin, tmp_path)
    assert np.array_equal(result.pixels, landscape())
    assert [name for name, _ in result.notes] == [plugin.name]
