"""Covering a picture with tiles: every pixel, once, and borders that fade."""

import numpy as np
import pytest

from imaging.providers.local.tiles import cover

from .drawing import largest_difference, photograph


@pytest.mark.parametrize("tile", [(20, 20), (33, 50), (7, 90), (1000, 1000), (1, 1)])
@pytest.mark.parametrize("feather", [0, 1, 4, 16])
def test_tiles_that_agree_make_the_picture(tile: tuple[int, int], feather: int) -> None:
    picture = photograph(90, 61)
    out = np.zeros_like(picture)
    cover(out, tile, feather, lambda rows, columns: picture[rows, columns])
    assert np.array_equal(out, picture)


def test_tiles_that_disagree_fade_into_one_another() -> None:
    out = np.zeros((64, 64, 3), np.uint8)
    turns = iter([0, 200, 200, 0])

    def make(rows: slice, columns: slice) -> np.ndarray:
        shape = rows.stop - rows.start, columns.stop - columns.start, 3
        return np.full(shape, next(turns), np.uint8)

    cover(out, (32, 32), 8, make)
    assert out[0, 20].tolist() == [0] * 3
    assert out[0, 44].tolist() == [200] * 3
    for axis in (0, 1):
        steps = np.abs(np.diff(out.astype(int), axis=axis))
        assert steps.max() <= 200 / 16 + 1


def test_each_tile_reaches_as_far_as_it_fades_and_no_further_than_the_picture() -> None:
    asked: list[tuple[slice, slice]] = []
    out = np.zeros((50, 100, 3), np.uint8)

    def make(rows: slice, columns: slice) -> np.ndarray:
        asked.append((rows, columns))
        return out[rows, columns]

    cover(out, (50, 50), 6, make)
    assert asked == [
        (slice(0, 50), slice(0, 56)),
        (slice(0, 50), slice(44, 100)),
    ]


def test_what_was_never_there_is_not_seen_through_a_fade() -> None:
    out = np.full((40, 40, 3), 99, np.uint8)

    def make(rows: slice, columns: slice) -> np.ndarray:
        return np.zeros_like(out[rows, columns])

    cover(out, (10, 10), 5, make)
    assert largest_difference(out, np.zeros_like(out)) == 0
