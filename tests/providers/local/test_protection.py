"""Small faces: found where they are, and left to what the picture says of them."""

import numpy as np
import pytest

from imaging.providers.local.protection import LEAST, Face, share_around, small_faces

from .drawing import resized


def astronaut(side: int) -> np.ndarray:
    """Return the portrait of Eileen Collins, whose face is a fifth of its width."""
    from PIL.Image import Resampling
    from skimage import data

    return resized(data.astronaut(), (side, side), Resampling.LANCZOS)


@pytest.mark.parametrize("side", [80, 128, 200, 256])
def test_a_small_face_is_found_where_it_is(side: int) -> None:
    (face,) = small_faces(astronaut(side))
    assert abs(face.x / side - 0.44) < 0.04
    assert abs(face.y / side - 0.22) < 0.04
    assert 0.15 < face.width / side < 0.25


def test_a_large_face_is_not_small() -> None:
    assert small_faces(astronaut(512)) == []


def test_a_face_on_the_border_of_two_tiles_is_found() -> None:
    picture = np.full((160, 1200, 3), 128, np.uint8)
    picture[16:144, 456:584] = astronaut(128)
    heard: list[float] = []
    found = small_faces(picture, heard.append)
    assert {(round(face.x / 8), round(face.y / 8)) for face in found} == {(64, 6)}
    assert heard == [0.5, 1.0] or heard[-1] == 1


def test_the_smaller_a_face_the_more_it_is_protected() -> None:
    kept = [Face(0, 0, width).kept for width in (10, 30, 40, 50, 59, 60, 100)]
    assert kept[:2] == [LEAST, LEAST]
    assert kept == sorted(kept)
    assert kept[-2:] == [1, 1]
    assert 1 - kept[-3] < 0.02


def test_the_share_is_lowered_over_a_face_and_rises_smoothly_around_it() -> None:
    share = share_around([Face(50, 40, 30)], (2, 2), 0.8)
    whole = np.asarray(share(slice(0, 160), slice(0, 200)))[..., 0]
    assert whole[80, 100] == pytest.approx(0.8 * LEAST)
    assert whole[80, 100 + 28] == pytest.approx(0.8 * LEAST)
    assert whole[80, 100 + 62] == pytest.approx(0.8)
    assert whole[0, 0] == pytest.approx(0.8)
    for axis in (0, 1):
        assert np.abs(np.diff(whole, axis=axis)).max() < 0.05


def test_the_share_of_a_tile_is_that_of_the_whole() -> None:
    share = share_around([Face(20, 20, 30), Face(35, 20, 40)], (3, 2.5), 1)
    whole = np.asarray(share(slice(0, 100), slice(0, 150)))
    part = share(slice(30, 70), slice(50, 120))
    assert np.array_equal(part, whole[30:70, 50:120])


def test_without_faces_the_share_is_the_same_everywhere() -> None:
    assert share_around([], (2, 2), 0.4)(slice(0, 9), slice(0, 9)) == 0.4
