"""Pictures drawn for the engines' tests: like photographs, and the same every time."""

import cv2
import numpy as np
from PIL import Image


def photograph(width: int, height: int, channels: int = 3) -> np.ndarray:
    """Draw light and shade, soft and sharp edges, and grain; 1 channel is grey."""
    random = np.random.default_rng(7)
    picture = np.full((height, width, channels), 118, np.float32)
    for step in (64, 32, 16, 8, 4, 2):
        rough = random.normal(0, 1, (height // step + 2, width // step + 2, channels))
        grain = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
        picture += grain.reshape(picture.shape) * 3 * step**0.5
    for _ in range(24):
        place = random.uniform(0, 1, 2) * (width, height)
        colour = random.uniform(10, 245, 4).tolist()
        radius = int(random.uniform(4, 40))
        picture = np.ascontiguousarray(picture)
        cv2.circle(picture, place.astype(int).tolist(), radius, colour, -1)
    soft = cv2.GaussianBlur(picture, None, 0.8)
    return np.rint(soft).clip(0, 255).astype(np.uint8)


def resized(pixels: np.ndarray, size: tuple[int, int], how: int) -> np.ndarray:
    """Resize with Pillow, which shares no code with the engines."""
    return np.asarray(Image.fromarray(pixels).resize(size, how))


def decibels(pixels: np.ndarray, truth: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two 8-bit pictures."""
    error = np.square(pixels.astype(float) - truth).mean()
    return float(10 * np.log10(255**2 / error))


def largest_difference(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(float) - other).max())
