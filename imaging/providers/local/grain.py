"""Film grain, strongest in the middle tones and the same every time."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

# Grains are a little larger than a pixel; the noise is drawn this far around a band.
SIZE = 0.8
REACH = 4
# The standard deviation in the middle tones at full strength, in steps of 255.
STRONGEST = 24.0
BAND = 256


def add(
    pixels: np.ndarray,
    strength: float,
    seed: int,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Lay grain over 8-bit RGB or RGBA pixels, in place; `strength` from 0 to 1.

    One grain for all channels, as on black-and-white stock. The same seed gives the
    same grain at each place, however the work is cut.
    """
    height, width = pixels.shape[:2]
    for top in range(0, height, BAND):
        band = pixels[top : min(top + BAND, height), :, :3]
        grain = strength * STRONGEST * noise(width, top, len(band), seed)
        bright = cv2.cvtColor(np.ascontiguousarray(band), cv2.COLOR_RGB2GRAY)
        grain *= WEIGHTS[bright]
        made = band + grain[..., None]
        band[:] = np.rint(made, out=made).clip(0, 255)
        progress((top + len(band)) / height)


def noise(width: int, top: int, rows: int, seed: int) -> np.ndarray:
    """Return rows of noise with a deviation of 1, the same wherever they are cut."""
    lines = range(top - REACH, top + rows + REACH)
    raw = np.stack([line(width + 2 * REACH, number, seed) for number in lines])
    soft = cv2.GaussianBlur(raw, (2 * REACH + 1, 2 * REACH + 1), SIZE)
    return soft[REACH:-REACH, REACH:-REACH] / DEVIATION


def line(width: int, number: int, seed: int) -> np.ndarray:
    """Draw one line of raw noise; each line has a generator of its own."""
    random = np.random.default_rng((seed, number + REACH))
    return random.standard_normal(width, np.float32)


def _deviation() -> float:
    """Return what is left of a deviation of 1 when noise is softened."""
    kernel = cv2.getGaussianKernel(2 * REACH + 1, SIZE)
    return float((kernel**2).sum())


DEVIATION = _deviation()
# None in black and white, most in the middle: 2 sqrt(v (1 - v)), v from 0 to 1.
WEIGHTS = 2 * np.sqrt(np.linspace(0, 1, 256) * np.linspace(1, 0, 256), dtype=np.float32)
