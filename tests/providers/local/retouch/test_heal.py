"""Blemishes that were planted go, and nothing else does."""

from pathlib import Path

import numpy as np
import pytest

from imaging.providers.local.retouch.heal import Heal

from .portraits import apply, at, changed, disc, face, portrait, spotted

# On cheeks, forehead and chin of the portrait, wherever its eyes are seen.
PLACES = [(302, 354), (482, 390), (407, 260), (502, 345), (405, 519)]


@pytest.mark.parametrize("radius", [4, 6, 7])
def test_planted_blemishes_are_gone_to_four_fifths(radius: int, tmp_path: Path) -> None:
    clean = portrait()
    planted = spotted(clean, *PLACES, radius=radius)
    healed = apply(planted, Heal({"strength": 0.8}), tmp_path).pixels
    for place in PLACES:
        spot = disc(place, 1.5 * radius)

        def error(picture: np.ndarray, spot: np.ndarray = spot) -> float:
            return float(np.abs(picture[spot].astype(float) - clean[spot]).sum())

        assert error(healed) < 0.2 * error(planted), place


def test_pixels_outside_the_mask_are_untouched_to_the_byte(tmp_path: Path) -> None:
    planted = spotted(portrait(), *PLACES, radius=6)
    result = apply(planted, Heal({"strength": 0.5}), tmp_path, layers=True)
    (layer,) = result.layers
    mask = np.zeros(planted.shape[:2], bool)
    mask[layer.box.slices] = layer.pixels[..., 3] > 0
    assert not changed(planted, result.pixels)[~mask].any()
    assert 0 < mask.mean() < 0.02
    for place in PLACES:
        assert mask[place[1], place[0]]


def test_healed_skin_keeps_its_grain(tmp_path: Path) -> None:
    clean = portrait()
    planted = spotted(clean, *PLACES, radius=7)
    healed = apply(planted, Heal({"strength": 0.8}), tmp_path).pixels
    for place in PLACES:
        spot = disc(place, 6)

        def grain(picture: np.ndarray, spot: np.ndarray = spot) -> float:
            return float(np.diff(picture.astype(float), axis=1)[spot[:, 1:]].std())

        assert grain(healed) > 0.6 * grain(clean), place


def test_eyes_brows_and_mouth_are_no_blemishes(tmp_path: Path) -> None:
    before = portrait()
    after = apply(before, Heal({"strength": 1}), tmp_path).pixels
    for place in ((-0.5, 0), (0.5, 0), (0, 1.1)):
        kept = disc(at(*place), 0.2 * face().apart)
        assert not changed(before, after)[kept].any(), place


def test_more_sensitivity_heals_more(tmp_path: Path) -> None:
    before = spotted(portrait(), *PLACES, radius=6)
    areas = []
    for strength in (0.05, 0.5, 1):
        after = apply(before, Heal({"strength": strength}), tmp_path).pixels
        areas.append(int(changed(before, after).sum()))
    assert areas == sorted(set(areas))
