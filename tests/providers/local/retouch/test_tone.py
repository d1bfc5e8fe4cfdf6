"""One complexion: redness goes, lightness stays."""

from pathlib import Path

import cv2
import numpy as np

from imaging.providers.local.retouch.tone import SkinTone

from .portraits import apply, at, changed, disc, face, lab, portrait, scene

CHEEK = at(-0.6, 0.6)


def flushed() -> np.ndarray:
    """Return the portrait with one red cheek of the same lightness."""
    amount = cv2.GaussianBlur(disc(CHEEK, 30).astype(np.float32), (0, 0), 12)
    colours = lab(portrait())
    colours[..., 1] += 10 * amount
    return np.rint(cv2.cvtColor(colours, cv2.COLOR_LAB2RGB) * 255).astype(np.uint8)


def test_a_red_cheek_comes_nearer_to_the_rest(tmp_path: Path) -> None:
    before, spot = flushed(), disc(CHEEK, 15)
    after = apply(before, SkinTone({"strength": 1}), tmp_path).pixels
    usual = np.median(lab(before)[scene().skin > 0.9][:, 1])
    redness = [lab(p)[spot][:, 1].mean() - usual for p in (before, after)]
    assert 0 <= redness[1] < 0.7 * redness[0]


def test_lightness_stays(tmp_path: Path) -> None:
    before = flushed()
    after = apply(before, SkinTone({"strength": 1, "smoothing": 1}), tmp_path).pixels
    skin = scene().skin > 0.9
    assert np.abs(lab(after)[skin][:, 0] - lab(before)[skin][:, 0]).mean() < 0.8


def test_smoothing_evens_small_patches_of_colour(tmp_path: Path) -> None:
    def unrest(picture: np.ndarray) -> float:
        red = cv2.GaussianBlur(lab(picture)[..., 1], (0, 0), 6)
        return float(
            (red - cv2.GaussianBlur(red, (0, 0), 20))[scene().skin > 0.9].std()
        )

    rough, smooth = (
        apply(portrait(), SkinTone({"strength": 1, "smoothing": much}), tmp_path).pixels
        for much in (0, 2)
    )
    assert unrest(smooth) < unrest(rough) < unrest(portrait())


def test_nothing_but_skin_is_changed(tmp_path: Path) -> None:
    before = flushed()
    where = changed(before, apply(before, SkinTone({"strength": 2}), tmp_path).pixels)
    for place in ((-0.5, 0), (0.5, 0), (0, 1.1), (-2, 0), (2, 0), (0, -2)):
        assert not where[disc(at(*place), 0.1 * face().apart)].any(), place
