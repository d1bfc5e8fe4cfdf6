"""Casts, underexposure and flatness are corrected; good pictures stay near."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from imaging.providers.local.retouch.colour import ColorCorrection

from .portraits import apply, landscape, scene


def desk() -> np.ndarray:
    """Return a picture with neutral greys of every lightness, and some colours."""
    random = np.random.default_rng(4)
    greys = random.uniform(15, 240, (12, 16, 1)).repeat(3, axis=2)
    greys[2:4, 3:6] = (170, 90, 60)
    greys[8:10, 10:13] = (60, 90, 160)
    return greys.repeat(16, axis=0).repeat(16, axis=1).round().astype(np.uint8)


@pytest.mark.parametrize("cast", [(1.0, 0.94, 0.8), (0.84, 0.95, 1.0)])
def test_a_cast_goes(cast: tuple[float, float, float], tmp_path: Path) -> None:
    tinted = np.rint(desk() * cast).astype(np.uint8)
    after = apply(tinted, ColorCorrection({"mode": "balance"}), tmp_path).pixels
    grey = (
        (np.ptp(desk(), axis=2) == 0) & (desk()[..., 0] > 60) & (desk()[..., 0] < 200)
    )

    def tint(picture: np.ndarray) -> float:
        mean = picture[grey].astype(float).mean(axis=0)
        return float(np.ptp(mean) / mean.mean())

    assert tint(after) < 0.6 * tint(tinted)


def test_exposure_alone_keeps_the_cast(tmp_path: Path) -> None:
    tinted = np.rint(desk() * (0.5, 0.47, 0.4)).astype(np.uint8)
    after = apply(tinted, ColorCorrection({"mode": "exposure"}), tmp_path).pixels
    assert after.mean() > 1.2 * tinted.mean()
    assert after[..., 0].mean() > after[..., 2].mean() * 1.1


def test_everything_adds_contrast(tmp_path: Path) -> None:
    flat = (desk() // 2 + 64).astype(np.uint8)
    balance, full = (
        apply(flat, ColorCorrection({"mode": mode}), tmp_path).pixels.std()
        for mode in ("balance", "full")
    )
    assert full > balance > flat.std()


def test_a_face_in_good_light_is_not_made_brighter_than_that(tmp_path: Path) -> None:
    # The room around her is darkened: that is a mood and no mistake.
    picture = data.astronaut()
    small = scene()
    assert small.faces
    dark = picture // 4
    dark[60:200, 150:300] = picture[60:200, 150:300]
    after = apply(dark, ColorCorrection({"mode": "exposure"}), tmp_path).pixels
    cheek = np.s_[125:140, 190:210]
    assert after[cheek].mean() < 1.12 * dark[cheek].mean()


def test_half_a_strength_goes_half_of_the_way(tmp_path: Path) -> None:
    dark = landscape() // 2
    half, whole = (
        apply(dark, ColorCorrection({"strength": much}), tmp_path).pixels.astype(float)
        for much in (0.5, 1)
    )
    assert np.abs(half - (whole + dark) / 2).max() <= 1


def test_what_is_fine_is_left_alone(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 256).round().astype(np.uint8)
    grey = np.tile(ramp[None, :, None], (64, 1, 3))
    middle = ColorCorrection({"mode": "exposure", "strength": 1})
    after = apply(grey, middle, tmp_path).pixels
    assert np.abs(after.astype(int) - grey).max() < 14
