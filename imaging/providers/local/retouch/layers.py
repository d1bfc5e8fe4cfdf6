"""Layers: what one plugin adds, drawn in tiles into a file and laid on the picture.

The flat result is by definition what the layers make of the original, so both agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.lib.format import open_memmap

from imaging.pictures.blending import TILE, Progress, lay
from imaging.providers.local.retouch.geometry import Box, all_of

# RGB pixels and their box go in, RGBA of the same size comes out.
Paint = Callable[[np.ndarray, Box], np.ndarray]


class Drawing(Protocol):
    """Something that can be drawn: where, in which blend mode, and how."""

    @property
    def box(self) -> Box: ...

    @property
    def mode(self) -> str: ...

    def draw(self, pixels: np.ndarray, out: np.ndarray, progress: Progress) -> None:
        """Draw RGBA into `out`, which has the box's size and is transparent now."""


@dataclass(frozen=True)
class Tiled:
    """A drawing made tile by tile; each sees `margin` pixels around it."""

    box: Box
    paint: Paint
    mode: str = "normal"
    margin: int = 0

    def draw(self, pixels: np.ndarray, out: np.ndarray, progress: Progress) -> None:
        whole = all_of(pixels.shape[1], pixels.shape[0])
        tiles = list(self.box.tiles(TILE))
        for done, tile in enumerate(tiles, 1):
            window = tile.grown(*(self.margin,) * 4).within(whole)
            seen = np.ascontiguousarray(pixels[window.slices][..., :3])
            drawn = self.paint(seen, window)
            own = tile.moved(-window.left, -window.top)
            place = tile.moved(-self.box.left, -self.box.top)
            out[place.slices] = drawn[own.slices]
            progress(done / len(tiles))


@dataclass(frozen=True)
class Layer:
    """One plugin's drawing: RGBA pixels, a map of a file, that lie on `box`.

    A layer in mode `none` is for people's own use and not laid on anything.
    """

    plugin: str
    mode: str
    box: Box
    pixels: np.ndarray

    def lay(self, picture: np.ndarray, progress: Progress) -> bool:
        """Lay it on a picture, in place; say whether that changed a pixel."""
        if self.mode == "none":
            return False
        return lay(picture[self.box.slices], self.pixels, self.mode, progress)

    def spread(self, width: int, height: int, to: Path) -> np.ndarray:
        """Return the layer in the picture's own size, in a file."""
        whole = open_memmap(to, "w+", np.uint8, (height, width, 4))
        whole[self.box.slices] = self.pixels
        return whole


def drawn(
    drawing: Drawing, pixels: np.ndarray, plugin: str, to: Path, progress: Progress
) -> Layer:
    """Draw on nothing, into the file `to`."""
    shape = (drawing.box.height, drawing.box.width, 4)
    out = open_memmap(to, "w+", np.uint8, shape)
    drawing.draw(pixels, out, progress)
    return Layer(plugin, drawing.mode, drawing.box, out)


def rgba(colour: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Join colours from 0 to 255 and an opacity from 0 to 1 into 8-bit RGBA."""
    out = np.empty((*colour.shape[:2], 4), np.uint8)
    out[..., :3] = np.rint(colour).clip(0, 255)
    out[..., 3] = np.rint(opacity * 255).clip(0, 255)
    return out
