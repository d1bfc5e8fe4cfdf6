"""Cover a picture with tiles whose borders fade into one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Make = Callable[[slice, slice], np.ndarray]


@dataclass(frozen=True)
class Stretch:
    """One tile's part of an axis: what it makes, and how much of that fades in."""

    place: slice
    fade: int


def cover(
    out: np.ndarray,
    tile: tuple[int, int],
    feather: int,
    make: Make,
    progress: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Fill `out`, 8-bit (height, width, channels), with what `make(rows, columns)` is.

    `tile` is height and width. Each tile reaches `feather` pixels beyond its own
    borders and fades in over what its neighbours made there. `progress` gets the
    fraction done after each tile; what it raises ends the work. Memory: one row of
    tiles.
    """
    height, width = out.shape[:2]
    columns = list(stretches(width, tile[1], feather))
    done, tiles = 0, len(columns) * -(-height // tile[0])
    for row in stretches(height, tile[0], feather):
        room = row.place.stop - row.place.start
        band = np.empty((room, *out.shape[1:]), np.uint8)
        for column in columns:
            piece = make(row.place, column.place)
            lay(piece, band[:, column.place], column.fade, axis=1)
            done += 1
            if done < tiles:
                progress(done / tiles)
        lay(band, out[row.place], row.fade, axis=0)
    progress(1)


def stretches(length: int, tile: int, feather: int) -> Iterator[Stretch]:
    """Cut an axis into tiles of about the same size, none larger than `tile`."""
    count = -(-length // tile)
    # What fades on one side must not fade on the other.
    feather = min(feather, length // count // 2)
    borders = [length * number // count for number in range(count + 1)]
    for start, stop in zip(borders, borders[1:], strict=False):
        reach = feather if start else 0
        yield Stretch(slice(start - reach, min(stop + feather, length)), 2 * reach)


def lay(piece: np.ndarray, ground: np.ndarray, fade: int, axis: int) -> None:
    """Put a piece on the ground; its first `fade` pixels along an axis fade in."""
    here = (slice(None),) * axis
    rest = (*here, slice(fade, None))
    ground[rest] = piece[rest]
    if fade:
        border = (*here, slice(0, fade))
        shape = [fade if one == axis else 1 for one in range(piece.ndim)]
        share = ((np.arange(fade, dtype=np.float32) + 0.5) / fade).reshape(shape)
        under, over = ground[border].astype(np.float32), piece[border]
        ground[border] = np.rint(under + share * (over - under)).astype(np.uint8)
