"""Resizing for delivery: which filter works when, and the size that is asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL.Image import Resampling

from imaging.pictures.resizing import fitted
from imaging.pictures.resizing import resized as convert
from tests.providers.local.drawing import (
    decibels,
    largest_difference,
    photograph,
    resized,
)


def test_no_size_and_the_same_size_give_the_very_same_pixels() -> None:
    picture = photograph(40, 30)
    assert convert(picture, size=None) is picture
    assert convert(picture, size=(40, 30)) is picture


@pytest.mark.parametrize("size", [(39, 29), (21, 16), (20, 15), (13, 3), (1, 1)])
@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3), (30, 40, 4), (31, 41, 4)])
def test_every_form_becomes_the_size_that_was_asked_for(
    shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    picture = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    made = convert(picture, size=size)
    assert made.shape == (size[1], size[0], *shape[2:])
    assert made.dtype == np.uint8


def test_half_and_smaller_is_the_mean_of_each_area() -> None:
    picture = photograph(80, 60)
    means = picture.reshape(15, 4, 20, 4, 3).mean(axis=(1, 3))
    assert largest_difference(convert(picture, size=(20, 15)), means) <= 0.5


def test_a_little_smaller_keeps_more_than_area_means_would() -> None:
    picture = photograph(300, 200)
    smaller = convert(picture, size=(240, 160))
    means = resized(picture, (240, 160), Resampling.BOX)
    assert smaller.astype(float).std() > means.astype(float).std()


def test_larger_is_lanczos() -> None:
    picture = photograph(100, 80)
    made = convert(picture, size=(200, 160))
    lanczos = resized(picture, (200, 160), Resampling.LANCZOS)
    linear = resized(picture, (200, 160), Resampling.BILINEAR)
    assert decibels(made, lanczos) > decibels(made, linear) + 6


@pytest.mark.parametrize("size", [(60, 60), (25, 25), (11, 11)])
def test_what_is_hidden_by_transparency_does_not_stain_what_is_seen(
    size: tuple[int, int],
) -> None:
    picture = np.zeros((30, 30, 4), np.uint8)
    picture[:, :15] = (220, 40, 40, 255)
    picture[:, 15:] = (0, 255, 0, 0)
    made = convert(picture, size=size)
    seen = made[made[..., 3] > 8]
    assert largest_difference(seen[:, :3], np.tile([220, 40, 40], (len(seen), 1))) <= 1
    assert made[0, 0].tolist() == [220, 40, 40, 255]
    assert made[0, -1, 3] == 0


def test_a_read_only_memory_map_is_resized(tmp_path: Path) -> None:
    np.save(tmp_path / "given.npy", photograph(90, 60))
    given = np.load(tmp_path / "given.npy", mmap_mode="r")
    assert convert(given, size=(30, 20)).shape == (20, 30, 3)


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_a_size_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least 1 pixel each way"):
        convert(photograph(40, 30), size=size)


@pytest.mark.parametrize(
    ("width", "height", "long_side", "size"),
    [
        (4000, 3000, 1600, (1600, 1200)),
        (3000, 4000, 1600, (1200, 1600)),
        (1000, 667, 500, (500, 334)),
        (100, 100, 250, (250, 250)),
        (5000, 2, 100, (100, 1)),
    ],
)
def test_the_long_side_is_met_and_the_proportions_kept(
    width: int, height: int, long_side: int, size: tuple[int, int]
) -> None:
    assert fitted(width, height, long_side) == size


def test_a_long_side_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 pixel, but 0"):
        fitted(40, 30, 0)
