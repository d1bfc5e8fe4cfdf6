"""Enlarge pictures with a neural network, and keep what the picture itself says.

The result is the classical engine's plus a share of what the network adds to it. When
`faithful`, that is only what the given picture leaves open: with n the network's
picture brought to the size of the result, D the filter that makes it small again and B
the back-projection that enlarges, it is n - B D n. Made small, the result is still the
given picture g: light, colour and grain cannot drift. Otherwise it is n minus the
classical engine's picture, and a share of 1 is the network's picture alone, without the
noise and the blocks of the given one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from imaging.providers.local import upscale as classical
from imaging.providers.local.filters import apart, back_projection, sampling, single
from imaging.providers.local.network import Network
from imaging.providers.local.tiles import cover

# Source pixels around a tile that the network sees besides, and those of them over
# which neighbouring tiles fade into one another.
PADDING = 32
FEATHER = 8
# What the network sees beyond the picture's own edge, as a mirror shows it.
EDGE = 16

Share = Callable[[slice, slice], "np.ndarray | float"]


def upscale(
    pixels: np.ndarray,
    network: Network,
    *,
    tile: int,
    faithful: bool,
    share: Share,
    out: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> np.ndarray:
    """Enlarge 8-bit RGB or RGBA pixels into `out`, 1 to 4 times as wide and high.

    `share(rows, columns)` says how much of the network a place gets, where 1 is all.
    `tile` is the side of what the network makes at once, in source pixels, without
    PADDING. `progress` is called after each tile; what it raises ends the work.
    """
    grey, size = is_grey(pixels), (out.shape[1], out.shape[0])

    def make(rows: slice, columns: slice) -> np.ndarray:
        row = Axis.over(rows, pixels.shape[0], size[1], network.scale)
        column = Axis.over(columns, pixels.shape[1], size[0], network.scale)
        near = pixels[row.strip.window, column.strip.window]
        base = classical.enlarged(near, row.strip, column.strip)
        made = seen_by(network, pixels, row, column)
        added = apart(row.made, made, column.made)
        if faithful:
            added -= apart(row.kept, made, column.kept)
        added = added.transpose(0, 2, 1)
        if not faithful:
            added -= colours(base)
        if grey:
            added[:] = added.mean(axis=2, keepdims=True)
        return joined(base, added, share(rows, columns))

    tall, wide = size[1] / pixels.shape[0], size[0] / pixels.shape[1]
    sides = max(1, int(tile * tall)), int(tile * wide)
    feather = FEATHER * int(min(tall, wide))
    cover(out, sides, feather, make, progress)
    return out


@dataclass(frozen=True)
class Axis:
    """One tile's part of one axis.

    `strip` is the classical engine's, `window` what the network sees of the source,
    and `edges` how many pixels are mirrored before and after it. `made` leads from the
    network's pixels to the result's, `kept` to those of the same picture made small and
    enlarged again.
    """

    strip: classical.Strip
    window: slice
    edges: tuple[int, int]
    made: np.ndarray
    kept: np.ndarray

    @classmethod
    def over(cls, place: slice, length: int, target: int, scale: int) -> Axis:
        """Return what leads to a place of an axis that is enlarged to `target`."""
        strip = classical.strip(length, target, place)
        # The place has its feathers already.
        window = classical.window_of(place, length, target, PADDING - FEATHER)
        edges = (EDGE * (window.start == 0), EDGE * (window.stop == length))
        centres, own = classical.centres_over(window, place, length, target)
        size = window.stop - window.start
        ends = (own.start, own.stop)
        matrices = _matrices(centres.tobytes(), length, target, size, scale, ends)
        return cls(strip, window, edges, *matrices)


@lru_cache(maxsize=32)
def _matrices(
    centres: bytes,
    length: int,
    target: int,
    size: int,
    scale: int,
    ends: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    places = np.frombuffer(centres, np.int64) / (2 * target)
    shrinking = scale * length / target
    made = sampling((places + 0.5) * scale - 0.5, size * scale, shrinking)
    enlarge, reduce = back_projection(places, size)
    own = slice(*ends)
    return single(made[own]), single(enlarge[own] @ (reduce @ made))


def seen_by(
    network: Network, pixels: np.ndarray, row: Axis, column: Axis
) -> np.ndarray:
    """Return what the network makes of one window: 0 to 255, (height, 3, width)."""
    window = colours(pixels[row.window, column.window])
    borders = (*row.edges, *column.edges)
    mirrored = cv2.copyMakeBorder(window, *borders, cv2.BORDER_REFLECT_101)
    planes = np.ascontiguousarray(mirrored.transpose(2, 0, 1)) / np.float32(255)
    made = network(planes)
    top, left = row.edges[0] * network.scale, column.edges[0] * network.scale
    height, width = (side * network.scale for side in window.shape[:2])
    inside = made[:, top : top + height, left : left + width]
    return np.ascontiguousarray(inside.transpose(1, 0, 2)) * np.float32(255)


def colours(pixels: np.ndarray) -> np.ndarray:
    """Return colours as float32, each as strong as its opacity lets it be seen."""
    colour = pixels[..., :3].astype(np.float32)
    if pixels.shape[2] == 4:
        colour *= pixels[..., 3:].astype(np.float32) / 255
    return colour


def joined(
    base: np.ndarray, added: np.ndarray, share: np.ndarray | float
) -> np.ndarray:
    """Add a share of what the network adds to the classical engine's pixels."""
    added = added * share
    if base.shape[2] == 4:
        added *= 255 / np.maximum(base[..., 3:].astype(np.float32), 1)
    result = base.copy()
    sum_ = base[..., :3] + added
    result[..., :3] = np.rint(sum_, out=sum_).clip(0, 255)
    return result


def is_grey(pixels: np.ndarray) -> bool:
    """Say whether a picture has no colour at all."""
    step = max(1, 2**20 // pixels.shape[1])
    return all(
        (band[..., 0] == band[..., 1]).all() and (band[..., 0] == band[..., 2]).all()
        for band in (pixels[at : at + step] for at in range(0, len(pixels), step))
    )
