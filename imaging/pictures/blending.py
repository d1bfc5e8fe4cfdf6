"""How one layer lies on another: the separable blend modes, in numbers from 0 to 1.

After "Compositing and Blending Level 1" (W3C, section 9.1), which has the formulae of
PDF 1.7; linear light, which is not in it, as image editors have it: b + 2 s - 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Blend = Callable[[np.ndarray, np.ndarray], np.ndarray]
Progress = Callable[[float], None]
# Rows and columns that are laid at once.
TILE = 768
# Below this distance a base is so black or white that soft light cannot move it.
LEAST = 1 / 512


def soft_light(b: np.ndarray, s: np.ndarray) -> np.ndarray:
    twice = 2 * s - 1
    darker = b * (1 - b)
    return b + twice * np.where(twice <= 0, darker, _curve(b) - b)


def _curve(b: np.ndarray) -> np.ndarray:
    return np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(np.maximum(b, 0)))


def hard_light(b: np.ndarray, s: np.ndarray) -> np.ndarray:
    return np.where(s <= 0.5, 2 * b * s, 1 - 2 * (1 - b) * (1 - s))


def overlay(b: np.ndarray, s: np.ndarray) -> np.ndarray:
    return hard_light(s, b)


def linear_light(b: np.ndarray, s: np.ndarray) -> np.ndarray:
    return np.clip(b + 2 * s - 1, 0, 1)


# The names are those that layers carry in archives of retouching servers.
MODES: dict[str, Blend] = {
    "normal": lambda b, s: s,
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: b + s - b * s,
    "darken": np.minimum,
    "lighten": np.maximum,
    "overlay": overlay,
    "hardLight": hard_light,
    "softLight": soft_light,
    "linearLight": linear_light,
}


def blended(base: np.ndarray, layer: np.ndarray, mode: str) -> np.ndarray:
    """Lay an RGBA layer on opaque RGB pixels of the same size, all of 8 bits.

    Where the layer is fully transparent the base stays to the byte. KeyError for a
    mode that is not in MODES.
    """
    below = base.astype(np.float32) / 255
    colour = layer[..., :3].astype(np.float32) / 255
    opacity = layer[..., 3:].astype(np.float32) / 255
    above = MODES[mode](below, colour)
    mixed = below + opacity * (above - below)
    return np.rint(mixed * 255).clip(0, 255).astype(np.uint8)


def lay(picture: np.ndarray, layer: np.ndarray, mode: str, progress: Progress) -> bool:
    """Lay an RGBA layer on a picture of its size, in place and tile by tile.

    Says whether that changed a pixel. Opacity of the picture stays as it is.
    """
    height, width = layer.shape[:2]
    corners = [(y, x) for y in range(0, height, TILE) for x in range(0, width, TILE)]
    changed = False
    for done, (y, x) in enumerate(corners, 1):
        tile = slice(y, y + TILE), slice(x, x + TILE)
        drawn = layer[tile]
        if drawn[..., 3].any():
            below = np.array(picture[tile][..., :3])
            made = blended(below, drawn, mode)
            changed = changed or not np.array_equal(below, made)
            picture[tile][..., :3] = made
        progress(done / len(corners))
    return changed


def soft_light_towards(base: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the colour whose soft light turns `base` into `wanted`, as near as it can.

    All are from 0 to 1; the result is limited to that range.
    """
    change = wanted - base
    room = np.where(change <= 0, base * (1 - base), _curve(base) - base)
    return np.clip(0.5 + change / (2 * np.maximum(room, LEAST)), 0, 1)
