"""Teeth become whiter; lips and skin do not."""

from pathlib import Path

import cv2
import numpy as np

from imaging.providers.local.retouch.teeth import WhiteTeeth

from .portraits import apply, at, changed, disc, face, lab, portrait

# The upper teeth in the middle of the mouth, and from its left to its right: found by
# looking at the portrait.
TEETH, MOUTH = ((381, 434), (397, 435), (413, 436)), ((364, 440), (430, 443))


def teeth() -> np.ndarray:
    found = np.zeros(portrait().shape[:2], bool)
    for place in TEETH:
        found |= disc(place, 0.03 * face().apart)
    return found


def yellowed() -> np.ndarray:
    amount = np.zeros(portrait().shape[:2], np.float32)
    cv2.line(amount, *MOUTH, 1.0, round(0.1 * face().apart))
    colours = lab(portrait())
    colours[..., 2] += 8 * cv2.GaussianBlur(amount, (0, 0), 2)
    return np.rint(cv2.cvtColor(colours, cv2.COLOR_LAB2RGB) * 255).astype(np.uint8)


def test_yellow_falls_and_lightness_stays(tmp_path: Path) -> None:
    before = yellowed()
    plugin = WhiteTeeth({"strength": 1, "brighten": 0})
    after = apply(before, plugin, tmp_path).pixels
    was, now = lab(before)[teeth()], lab(after)[teeth()]
    assert now[:, 2].mean() < 0.75 * was[:, 2].mean()
    assert abs(now[:, 0].mean() - was[:, 0].mean()) < 1.5


def test_brightening_alone_lightens(tmp_path: Path) -> None:
    plugin = WhiteTeeth({"strength": 0, "brighten": 1})
    after = apply(portrait(), plugin, tmp_path).pixels
    was, now = lab(portrait())[teeth()], lab(after)[teeth()]
    assert now[:, 0].mean() > was[:, 0].mean() + 2
    assert now.max() <= 100


def test_only_the_mouth_is_changed(tmp_path: Path) -> None:
    before = yellowed()
    where = changed(before, apply(before, WhiteTeeth({}), tmp_path).pixels)
    assert where.any()
    assert not where[~disc(at(0, 1.05), 0.62 * face().apart)].any()
    assert where.sum() < 0.25 * face().apart ** 2


def test_a_closed_mouth_has_no_teeth(tmp_path: Path) -> None:
    picture, (x, y) = portrait(), at(0, 1.05)
    picture[y - 45 : y + 45, x - 80 : x + 80] = cv2.GaussianBlur(
        np.full((90, 160, 3), np.median(picture[disc(at(0, 1.6), 9)], axis=0)),
        (0, 0),
        1,
    )
    result = apply(picture, WhiteTeeth({}), tmp_path)
    assert np.array_equal(result.pixels, picture)
    assert [name for name, _ in result.notes] == ["White Teeth"]
