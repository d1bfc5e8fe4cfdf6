"""A face to retouch: the astronaut's portrait (NASA, public domain), and what is added.

The picture lies in scikit-image; it is enlarged, since her face has 98 pixels there.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from imaging.providers.local.retouch.engine import Retouched, retouch
from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.plugin import Plugin
from imaging.providers.local.retouch.scene import Scene

# Head and shoulders in the original, and how much it is enlarged.
HEAD, SCALE = np.s_[0:270, 90:370], 3


@cache
def _portrait() -> np.ndarray:
    head = np.ascontiguousarray(data.astronaut()[HEAD])
    large = cv2.resize(head, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    # Enlarging leaves no grain; skin has some.
    grain = np.random.default_rng(3).normal(0, 1.2, large.shape)
    return np.rint(large + grain).clip(0, 255).astype(np.uint8)


def portrait() -> np.ndarray:
    """Return the portrait, 840 × 810, to be changed at will."""
    return _portrait().copy()


@cache
def scene() -> Scene:
    return Scene.of(_portrait())


def face() -> Face:
    return scene().faces[0]


def landscape() -> np.ndarray:
    """Return a picture without a face."""
    return np.ascontiguousarray(data.coffee())


def at(across: float, down: float) -> tuple[int, int]:
    """Return the pixel (x, y) at a place of the face, in pupil distances."""
    x, y = face().at(across, down)
    return round(x), round(y)


def spotted(picture: np.ndarray, *places: tuple[int, int], radius: int) -> np.ndarray:
    """Return the picture with a soft red-brown spot at each place (x, y)."""
    amount = np.zeros(picture.shape[:2], np.float32)
    for place in places:
        cv2.circle(amount, place, radius, 1.0, -1, cv2.LINE_AA)
    amount = cv2.GaussianBlur(amount, (0, 0), 0.25 * radius)[..., None]
    marked = picture * (1 - 0.75 * amount) + 0.75 * amount * (125, 62, 55)
    return np.rint(marked).astype(np.uint8)


def disc(place: tuple[int, int], radius: float) -> np.ndarray:
    """Return a mask of the portrait that is true within `radius` of a place (x, y)."""
    mask = np.zeros(_portrait().shape[:2], np.uint8)
    cv2.circle(mask, place, round(radius), 1, -1)
    return mask > 0


def apply(
    picture: np.ndarray, plugin: Plugin, folder: Path, *, layers: bool = False
) -> Retouched:
    """Retouch with one plugin; the result outlives the next one in this folder."""
    result = retouch(picture, [plugin], folder, keep_layers=layers)
    result.pixels = np.array(result.pixels)
    return result


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return where two pictures differ."""
    return (before != after).any(axis=2)


def lab(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
