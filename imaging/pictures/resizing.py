"""Give pictures another size: for delivery, or for a provider that takes no larger.

Pixels in, pixels out: format and quality are the encoder's business.
"""

from __future__ import annotations

import cv2
import numpy as np


def resized(pixels: np.ndarray, *, size: tuple[int, int] | None) -> np.ndarray:
    """Resize 8-bit grey, RGB or RGBA pixels to `size` (width, height); None: as is.

    Made smaller by the cubic filter up to half, by area averages from there on; made
    larger by Lanczos. Colours under transparency weigh as much as they are seen.
    ValueError for a size without pixels.
    """
    height, width = pixels.shape[:2]
    if size is None or size == (width, height):
        return pixels
    if min(size) < 1:
        raise ValueError(
            "A picture needs at least 1 pixel each way, "
            f"but {size[0]} × {size[1]} was asked for."
        )
    how = _filter(max(width / size[0], height / size[1]))
    if pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        return _resized_transparent(pixels, size, how)
    return cv2.resize(pixels, size, interpolation=how)


def fitted(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Return the size with this long side and the same proportions, at least 1 pixel.

    It may be larger than the picture: who wants no enlarging asks for no more than
    `max(width, height)`. ValueError for a long side under 1.
    """
    if long_side < 1:
        raise ValueError(
            f"The long side must be at least 1 pixel, but {long_side} was asked for."
        )
    scale = long_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _filter(shrinking: float) -> int:
    if shrinking >= 2:
        return cv2.INTER_AREA
    return cv2.INTER_CUBIC if shrinking > 1 else cv2.INTER_LANCZOS4


def _resized_transparent(
    pixels: np.ndarray, size: tuple[int, int], how: int
) -> np.ndarray:
    """Resize colours multiplied by their opacity, in 16 bits, and divide again."""
    weighted = pixels.astype(np.uint16)
    weighted[..., :3] *= pixels[..., 3:]
    weighted[..., 3] *= 255
    # Half the range is left free for what the filters overshoot.
    weighted //= 2
    resized = cv2.resize(weighted, size, interpolation=how).astype(np.float32)
    opacity = resized[..., 3:]
    resized[..., :3] *= 255 / np.maximum(opacity, 1)
    opacity *= 2 / 255
    return np.rint(resized, out=resized).clip(0, 255).astype(np.uint8)
