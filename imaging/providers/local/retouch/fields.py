"""Smooth corrections of skin, made person by person in the reduced copy.

Their layers vary slowly, so they are enlarged to any size without loss; the texture of
the skin below them is not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from imaging.pictures.blending import soft_light_towards
from imaging.providers.local.retouch.geometry import Box, all_around, all_of
from imaging.providers.local.retouch.layers import Tiled, rgba
from imaging.providers.local.retouch.plugin import Canvas
from imaging.providers.local.retouch.smoothing import soft

# An opacity below this is drawn as none.
LEAST_OPACITY = 1 / 255


@dataclass(frozen=True)
class Skin:
    """One person's skin in the reduced copy: 8-bit pixels, mask, width of the face."""

    pixels: np.ndarray
    mask: np.ndarray
    width: float


# What skin becomes: a plane for each channel, and how much of it there is (0 to 1).
Correct = Callable[[Skin], tuple[np.ndarray, np.ndarray]]


def everybody(canvas: Canvas, correct: Correct) -> tuple[np.ndarray, np.ndarray, Box]:
    """Correct each person's skin; return planes, opacity and where they lie (full)."""
    scene = canvas.scene
    height, width = canvas.small.shape[:2]
    planes = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width), np.float32)
    used = []
    for face, mask in zip(scene.small_faces, scene.skins, strict=True):
        near = face.surroundings.within(all_of(width, height))
        skin = Skin(canvas.small[near.slices], mask[near.slices], face.width)
        made, amount = correct(skin)
        stronger = amount > opacity[near.slices]
        planes[near.slices][stronger] = made[stronger]
        opacity[near.slices] = np.maximum(opacity[near.slices], amount)
        used.append(near)
    box = all_around(used).scaled(1 / scene.factor).within(scene.box)
    return planes, opacity, box


def soft_light_layer(canvas: Canvas, correct: Correct) -> Tiled:
    """Return a soft light layer of the colours that `correct` gives, from 0 to 1."""
    colours, opacity, box = everybody(canvas, correct)
    colours *= 255

    def paint(seen: np.ndarray, place: Box) -> np.ndarray:
        drawn = canvas.scene.enlarged(colours, place)
        return rgba(drawn, canvas.scene.enlarged(opacity, place))

    return Tiled(box, paint, "softLight")


def shift_layer(
    canvas: Canvas, shift: np.ndarray, opacity: np.ndarray, box: Box, mode: str
) -> Tiled:
    """Return a layer of the picture's own pixels, each shifted by a smooth plane."""

    def paint(seen: np.ndarray, place: Box) -> np.ndarray:
        moved = seen + canvas.scene.enlarged(shift, place)
        amount = canvas.scene.enlarged(opacity, place)
        drawn = rgba(moved, amount)
        # What would not change is not there.
        drawn[..., 3][(drawn[..., :3] == seen).all(axis=2)] = 0
        return drawn

    return Tiled(box, paint, mode)


def lit(base: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the grey that changes smooth lightness `base` by `change`, three times.

    Both are from 0 to 1, the change limited softly to what skin can bear.
    """
    limited = 0.14 * np.tanh(change / 0.14)
    grey = soft_light_towards(base, np.clip(base + limited, 0.01, 0.99))
    return np.repeat(grey[..., None], 3, axis=2)


def feathered(mask: np.ndarray, width: float) -> np.ndarray:
    """Soften a mask's border inwards and outwards; too little is nothing."""
    smooth = soft(mask, 0.012 * width) * mask
    return np.where(smooth < LEAST_OPACITY, 0, smooth)


def lightness(pixels: np.ndarray) -> np.ndarray:
    """Return luma from 0 to 1 of 8-bit RGB (ITU-R BT.601)."""
    weights = np.array([0.299, 0.587, 0.114], np.float32) / 255
    return pixels.astype(np.float32) @ weights
