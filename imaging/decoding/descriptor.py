"""What a picture looks like in 385 bytes, by which pictures that look alike are found.

The picture is squeezed into a grid of 16 × 16 values of light and 8 × 8 of each of two
colours (the colour layout of MPEG-7, ISO/IEC 15938-3, before its transform), which
keeps its low frequencies, the perceptual hash's part of it; one more byte is its shape.
How two of them are compared is in `imaging.pictures.matching`.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

from imaging.decoding.encoding import on_white, visible

LIGHT, COLOUR = 16, 8
CELLS = LIGHT * LIGHT + 2 * COLOUR * COLOUR
SIZE = CELLS + 1
# A byte of shape: 0 is 16 times as high as wide, 128 square, 32 steps for each double.
SQUARE, STEPS = 128, 32


def describe(picture: Image.Image) -> bytes:
    """Return the descriptor of a small picture; what is transparent counts as white."""
    pixels = np.asarray(on_white(visible(picture)).convert("RGB"))
    parts = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
    light = squeezed(np.ascontiguousarray(parts[..., 0]), LIGHT)
    colour = squeezed(np.ascontiguousarray(parts[..., 1:]), COLOUR)
    shape = SQUARE + round(STEPS * math.log2(picture.width / picture.height))
    planes = light.tobytes() + colour.transpose(2, 0, 1).tobytes()
    return planes + bytes([min(max(shape, 0), 255)])


def squeezed(plane: np.ndarray, side: int) -> np.ndarray:
    """Return the means of side × side cells."""
    return cv2.resize(plane, (side, side), interpolation=cv2.INTER_AREA)


def shape_of(descriptor: bytes) -> float:
    """Return width by height of the picture that was described, within 1 %."""
    return float(2 ** ((descriptor[CELLS] - SQUARE) / STEPS))
