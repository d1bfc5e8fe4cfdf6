"""What enlarging makes: how good it is, which pictures it takes, what it refuses."""

import numpy as np
import pytest
from PIL.Image import Resampling

from imaging.providers.local import upscale as engine
from imaging.providers.local.upscale import estimate_seconds, upscale

from .drawing import decibels, largest_difference, photograph, resized


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_back_projection_beats_lanczos_and_lanczos_beats_the_cubic_filter(
    scale: int,
) -> None:
    truth = photograph(480, 360)
    small = resized(truth, (480 // scale, 360 // scale), Resampling.BICUBIC)
    ours = decibels(upscale(small, (480, 360)), truth)
    lanczos = decibels(resized(small, (480, 360), Resampling.LANCZOS), truth)
    cubic = decibels(resized(small, (480, 360), Resampling.BICUBIC), truth)
    assert ours > lanczos + 0.2 > cubic + 0.3


@pytest.mark.parametrize("size", [(246, 186), (492, 372), (201, 141)])
def test_steps_taken_on_each_axis_equal_ten_steps_on_the_picture(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "OVERSHOOT", 1000)
    monkeypatch.setattr(engine, "_smoothed", lambda lines: lines)
    picture = photograph(123, 93, 1) // 2 + 64
    given = picture.astype(np.float32)
    estimate = resized(given, size, Resampling.LANCZOS)
    for _ in range(10):
        lacking = given - resized(estimate, (123, 93), Resampling.BICUBIC)
        estimate = estimate + resized(lacking, size, Resampling.LANCZOS)
    assert largest_difference(upscale(picture, size), estimate) < 0.55


def test_a_hard_edge_rings_by_a_tenth_at_most() -> None:
    edge = np.full((40, 60, 3), 50, np.uint8)
    edge[:, 30:] = 200
    large = upscale(edge, (240, 160))
    assert large.min() >= 50 - 15
    assert large.max() <= 200 + 15
    assert (large[:, 118] < 60).all()
    assert (large[:, 121] > 190).all()


def test_an_even_picture_stays_even_to_its_very_edge() -> None:
    for value in (0, 37, 255):
        assert (upscale(np.full((7, 5), value, np.uint8), (17, 25)) == value).all()


def test_the_same_size_gives_the_same_pixels() -> None:
    picture = photograph(70, 50)
    assert np.array_equal(upscale(picture, (70, 50)), picture)


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (9, 7, 4), (1, 1), (1, 9, 3)])
def test_grey_colour_and_transparent_pictures_keep_their_form(
    shape: tuple[int, ...],
) -> None:
    picture = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    height, width = 4 * shape[0] - shape[0] // 2, 3 * shape[1]
    assert upscale(picture, (width, height)).shape == (height, width, *shape[2:])


def test_what_is_hidden_by_transparency_does_not_stain_what_is_seen() -> None:
    picture = np.zeros((30, 30, 4), np.uint8)
    picture[:, :15] = (220, 40, 40, 255)
    picture[:, 15:] = (0, 255, 0, 0)
    large = upscale(picture, (60, 60))
    seen = large[large[..., 3] > 8]
    assert largest_difference(seen[:, :3], np.tile([220, 40, 40], (len(seen), 1))) <= 1
    assert (large[:, :25, 3] == 255).all()
    assert (large[:, 36:, 3] == 0).all()


def test_opaque_rgba_has_the_colours_of_rgb() -> None:
    picture = photograph(90, 70, 4)
    picture[..., 3] = 255
    large = upscale(picture, (180, 140))
    assert (large[..., 3] == 255).all()
    assert largest_difference(large[..., :3], upscale(picture[..., :3], (180, 140))) < 2


@pytest.mark.parametrize("size", [(401, 100), (400, 401), (99, 100), (100, 99)])
def test_more_than_four_times_or_less_than_once_is_refused(
    size: tuple[int, int],
) -> None:
    with pytest.raises(ValueError, match="100 × 100 pixels can be enlarged to at most"):
        upscale(np.zeros((100, 100, 3), np.uint8), size)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((8, 8), np.uint16),
        np.zeros((0, 8), np.uint8),
        np.zeros(8, np.uint8),
    ],
)
def test_other_pixels_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="takes 8-bit grey, RGB or RGBA"):
        upscale(pixels, (16, 16))


def test_the_estimate_grows_with_what_is_given_and_what_is_made() -> None:
    twice = estimate_seconds(4000, 3000, (8000, 6000))
    assert estimate_seconds(2000, 1500, (8000, 6000)) < twice
    assert estimate_seconds(4000, 3000, (12000, 9000)) > twice
