"""A backdrop becomes even; what stands before it stays."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.providers.local.retouch.backdrop import CleanBackdrop

from .portraits import apply, at, changed, disc, face, landscape, portrait
from .studio import backdrop, stained, subject


@pytest.mark.parametrize("dirt", ["0", "1", "2"])
def test_stains_and_creases_go(dirt: str, tmp_path: Path) -> None:
    clean = backdrop()
    dirty, where = stained(clean)
    after = apply(dirty, CleanBackdrop({"dirt": dirt}), tmp_path).pixels

    def off(picture: np.ndarray) -> float:
        smooth = cv2.GaussianBlur(picture.astype(np.float32) - clean, (0, 0), 2)
        return float(np.abs(smooth[where]).mean())

    assert off(after) < 0.25 * off(dirty)


def test_light_and_grain_of_the_backdrop_stay(tmp_path: Path) -> None:
    clean = backdrop()
    after = apply(clean, CleanBackdrop({}), tmp_path).pixels
    light = [cv2.GaussianBlur(p.astype(np.float32), (0, 0), 12) for p in (clean, after)]
    assert np.abs(light[0] - light[1]).mean() < 1
    grain = [float(np.diff(p.astype(float), axis=1).std()) for p in (clean, after)]
    assert grain[1] > 0.75 * grain[0]


def test_what_stands_before_it_stays_to_the_byte(tmp_path: Path) -> None:
    picture = backdrop()
    before = subject(picture)
    dirty, _ = stained(picture)
    dirty[before] = picture[before]
    where = changed(dirty, apply(dirty, CleanBackdrop({}), tmp_path).pixels)
    inside = cv2.erode(before.astype(np.uint8), np.ones((7, 7))) > 0
    assert where.any()
    assert not where[inside].any()


def test_a_person_is_protected(tmp_path: Path) -> None:
    # A shirt of the backdrop's own colour that reaches the border.
    picture = portrait()
    x, y = at(0, 1.9)
    far = ~disc(at(0, 0.4), 2.1 * face().apart)
    picture[far] = 176
    shirt = np.s_[y:, x - 60 : x + 60]
    picture[shirt] = 176
    picture[y + 40 : y + 46, x - 3 : x + 3] = 150
    protected, ignored = (
        changed(
            picture, apply(picture, CleanBackdrop({"people": one}), tmp_path).pixels
        )
        for one in ("protect", "ignore")
    )
    button = np.s_[y + 41 : y + 45, x - 2 : x + 2]
    assert ignored[button].all()
    assert not protected[button].any()


def test_a_room_is_no_backdrop(tmp_path: Path) -> None:
    result = apply(landscape(), CleanBackdrop({}), tmp_path)
    assert np.array_equal(result.pixels, landscape())
    assert [name for name, _ in result.notes] == ["Clean Backdrop"]
