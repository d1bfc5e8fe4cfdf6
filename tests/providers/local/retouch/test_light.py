"""Light on skin: patches are evened, forms deepened, shine taken off."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.providers.local.retouch.light import (
    DodgeBurn,
    Mattifier,
    PortraitVolumes,
)
from imaging.providers.local.retouch.plugin import Plugin

from .portraits import apply, at, changed, disc, face, portrait, scene

SHINE = at(0.6, 0.55)


def patched(levels: float, sigma: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the portrait with a soft lighter or darker patch on a cheek."""
    place = at(0.62, 0.6)
    amount = np.zeros(portrait().shape[:2], np.float32)
    amount[place[1], place[0]] = 1
    amount = cv2.GaussianBlur(amount, (0, 0), sigma)
    amount *= levels / amount.max()
    made = portrait() + amount[..., None]
    return np.rint(made).clip(0, 255).astype(np.uint8), place


def shining() -> np.ndarray:
    """Return the portrait with a white highlight on a cheek."""
    amount = disc(SHINE, 14).astype(np.float32)
    amount = cv2.GaussianBlur(amount, (0, 0), 7)[..., None]
    made = portrait() * (1 - 0.8 * amount) + 0.8 * amount * 252
    return np.rint(made).astype(np.uint8)


def lightness(picture: np.ndarray, place: tuple[int, int], radius: float) -> float:
    return float(picture[disc(place, radius)].mean())


@pytest.mark.parametrize("levels", [-16, 16])
def test_dodge_and_burn_evens_a_patch(levels: float, tmp_path: Path) -> None:
    picture, place = patched(levels, sigma=6)
    before = lightness(picture, place, 4) - lightness(portrait(), place, 4)
    after = apply(picture, DodgeBurn({"strength": 1}), tmp_path).pixels
    even = apply(portrait(), DodgeBurn({"strength": 1}), tmp_path).pixels
    left = lightness(after, place, 4) - lightness(even, place, 4)
    assert abs(left) < 0.7 * abs(before)


def test_dodge_and_burn_keeps_pores(tmp_path: Path) -> None:
    after = apply(portrait(), DodgeBurn({"strength": 1}), tmp_path).pixels

    def pores(picture: np.ndarray) -> float:
        grey = picture.mean(axis=2)
        fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
        return float(fine[scene().skin > 0.9].std())

    assert pores(after) == pytest.approx(pores(portrait()), rel=0.06)


def test_warmth_warms_what_was_lightened(tmp_path: Path) -> None:
    picture, place = patched(-45, sigma=6)
    cold, warm = (
        apply(picture, DodgeBurn({"strength": 1, "warmth": much}), tmp_path).pixels
        for much in (0, 1)
    )
    spot = disc(place, 4)
    red_less_blue = [
        float(p[spot][:, 0].mean() - p[spot][:, 2].mean()) for p in (cold, warm)
    ]
    assert red_less_blue[1] > red_less_blue[0] + 0.5


def test_volumes_part_light_from_shade(tmp_path: Path) -> None:
    after = apply(portrait(), PortraitVolumes({"strength": 1}), tmp_path).pixels

    def depth(picture: np.ndarray) -> float:
        grey = cv2.GaussianBlur(picture.mean(axis=2), (0, 0), 8)
        return float(grey[scene().skin > 0.9].std())

    assert depth(after) > 1.08 * depth(portrait())


def test_the_mattifier_takes_off_shine_and_lightens_nothing(tmp_path: Path) -> None:
    picture = shining()
    before = lightness(picture, SHINE, 10) - lightness(portrait(), SHINE, 10)
    after = apply(picture, Mattifier({"strength": 1}), tmp_path).pixels
    left = lightness(after, SHINE, 10) - lightness(portrait(), SHINE, 10)
    assert left < 0.75 * before
    assert (after <= picture).all()


@pytest.mark.parametrize(
    "plugin", [DodgeBurn({}), PortraitVolumes({}), Mattifier({"strength": 1})]
)
def test_nothing_but_skin_is_changed(plugin: Plugin, tmp_path: Path) -> None:
    before = shining()
    where = changed(before, apply(before, plugin, tmp_path).pixels)
    assert where.any()
    for place in ((-0.5, 0), (0.5, 0), (0, 1.1), (-2, 0), (2, 1), (0, -2)):
        assert not where[disc(at(*place), 0.1 * face().apart)].any(), place
