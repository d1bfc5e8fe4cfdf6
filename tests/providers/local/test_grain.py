"""Film grain: where it lies, how strong it is, and that it comes again."""

import numpy as np
import pytest

from imaging.providers.local import grain

from .drawing import photograph


def grained(value: int, strength: float = 1.0, seed: int = 3) -> np.ndarray:
    even = np.full((300, 200, 3), value, np.uint8)
    grain.add(even, strength, seed)
    return even


def test_grain_is_strongest_in_the_middle_tones_and_absent_in_black_and_white() -> None:
    spread = [grained(value).astype(float).std() for value in (0, 40, 128, 215, 255)]
    assert spread[0] == spread[4] == 0
    assert spread[2] > spread[1] * 1.2 > 5
    assert spread[2] > spread[3] * 1.2 > 5


def test_grain_leaves_the_mean_and_follows_the_strength() -> None:
    full, half = grained(128), grained(128, 0.5)
    assert abs(full.mean() - 128) < 0.5
    assert full.astype(float).std() == pytest.approx(grain.STRONGEST, rel=0.05)
    assert half.astype(float).std() == pytest.approx(grain.STRONGEST / 2, rel=0.05)


def test_grain_has_no_colour() -> None:
    made = grained(128)
    assert (made[..., 0] == made[..., 1]).all()
    assert (made[..., 0] == made[..., 2]).all()


def test_the_same_seed_gives_the_same_grain_and_another_seed_another() -> None:
    assert np.array_equal(grained(128, seed=5), grained(128, seed=5))
    assert not np.array_equal(grained(128, seed=5), grained(128, seed=6))


def test_grain_is_the_same_wherever_the_work_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, cut = photograph(90, 300), photograph(90, 300)
    grain.add(whole, 0.7, 11)
    monkeypatch.setattr(grain, "BAND", 37)
    grain.add(cut, 0.7, 11)
    assert np.array_equal(whole, cut)


def test_transparency_is_left_alone() -> None:
    picture = photograph(60, 40, 4)
    before = picture[..., 3].copy()
    grain.add(picture, 1, 1)
    assert np.array_equal(picture[..., 3], before)
