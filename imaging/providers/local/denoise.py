"""Take noise out of a picture before it is enlarged, by non-local means."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

PATCH, SEARCH = 7, 21
PADDING = (PATCH + SEARCH) // 2
# What the filter takes for noise at full strength, in steps of 255.
STRONGEST = 12.0
TILE = 256
# On one core at 2.5 GHz.
SECONDS_PER_MEGAPIXEL = 7


def denoise(
    pixels: np.ndarray,
    strength: float,
    *,
    out: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> np.ndarray:
    """Write 8-bit RGB or RGBA pixels without noise to `out`; `strength` from 0 to 1.

    Non-local means (Buades, Coll and Morel, "A non-local algorithm for image
    denoising", CVPR 2005), colour and brightness apart. Each tile sees all that its
    pixels depend on, so there are no seams.
    """
    height, width = pixels.shape[:2]
    places = [
        (top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)
    ]
    for done, (top, left) in enumerate(places, 1):
        rows, first = around(top, height)
        columns, start = around(left, width)
        clean = cleaned(pixels[rows, columns], strength)
        here = slice(top, top + TILE), slice(left, left + TILE)
        out[here] = clean[first : first + TILE, start : start + TILE]
        progress(done / len(places))
    return out


def around(start: int, length: int) -> tuple[slice, int]:
    """Return what a tile needs of an axis, and where it begins in that."""
    first = max(0, start - PADDING)
    return slice(first, min(start + TILE + PADDING, length)), start - first


def cleaned(window: np.ndarray, strength: float) -> np.ndarray:
    clean = window.copy()
    colour = np.ascontiguousarray(window[..., :3])
    level = strength * STRONGEST
    clean[..., :3] = cv2.fastNlMeansDenoisingColored(
        colour, None, level, level, PATCH, SEARCH
    )
    return clean
