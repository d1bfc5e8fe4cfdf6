"""Removing noise: less of it, no seams, and edges that stay."""

import numpy as np
import pytest

from imaging.providers.local import denoise

from .drawing import decibels, photograph


def noisy(picture: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(2).normal(0, 9, picture.shape)
    return (picture + noise).clip(0, 255).astype(np.uint8)


def drawing() -> np.ndarray:
    picture = np.full((120, 160, 3), 90, np.uint8)
    picture[30:90, 40:120] = (200, 120, 60)
    return picture


def test_noise_is_taken_out_and_edges_stay() -> None:
    truth = drawing()
    given = noisy(truth)
    clean = denoise.denoise(given, 0.8, out=np.empty_like(given))
    assert decibels(clean, truth) > decibels(given, truth) + 4
    inside, outside = clean[60, 44].astype(int), clean[60, 36].astype(int)
    assert (np.abs(inside - truth[60, 44]) < 20).all()
    assert (np.abs(outside - truth[60, 36]) < 20).all()


def test_more_strength_takes_out_more() -> None:
    given = noisy(drawing())
    spread = [
        denoise.denoise(given, strength, out=np.empty_like(given))[:20].std()
        for strength in (0.1, 0.5, 1.0)
    ]
    assert spread == sorted(spread, reverse=True)


def test_tiles_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    given = noisy(photograph(120, 90, 4))
    whole = denoise.denoise(given, 0.6, out=np.empty_like(given))
    monkeypatch.setattr(denoise, "TILE", 32)
    heard: list[float] = []
    tiled = denoise.denoise(given, 0.6, out=np.empty_like(given), progress=heard.append)
    assert np.array_equal(tiled, whole)
    assert heard == sorted(set(heard))
    assert len(heard) == 4 * 3
    assert heard[-1] == 1


def test_transparency_is_left_alone() -> None:
    given = photograph(60, 40, 4)
    clean = denoise.denoise(given, 1, out=np.empty_like(given))
    assert np.array_equal(clean[..., 3], given[..., 3])
