"""Find faces and their eyes, and tell where the rest of a face must be.

Boosted cascades (Viola and Jones, "Robust Real-Time Face Detection", IJCV 57, 2004;
Lienhart's and Hameed's trained ones, which OpenCV brings along). A face counts only
with two eyes in it: cascades alone see faces in flowers and neckties.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from imaging.providers.local.retouch.geometry import Box

CASCADES = Path(cv2.__file__).parent / "data"
FACE = "haarcascade_frontalface_alt2.xml"
EYES = ("haarcascade_eye_tree_eyeglasses.xml", "haarcascade_eye.xml")
# The least width of a face, as a part of the picture's shorter side, by how much of
# the person is seen: unknown, close-up, half body, full body.
LEAST_WIDTH = (0.05, 0.2, 0.08, 0.02)
LEAST_PIXELS = 24
# Faces are looked at in this width for eyes: they are trained on small pictures.
EYE_VIEW = 220
# Between the pupils, as a part of the cascade's box.
PUPILS_APART = 0.41


@dataclass(frozen=True)
class Eye:
    """One eye by its centre and the width of its box."""

    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Face:
    """One face: its box, how sure the cascade is, its eyes from left to right."""

    box: Box
    confidence: float
    eyes: tuple[Eye, Eye]

    @property
    def width(self) -> int:
        return self.box.width

    @property
    def apart(self) -> float:
        """Return the distance between the pupils: the measure of all in a face."""
        return math.dist(*((eye.x, eye.y) for eye in self.eyes))

    @property
    def tilt(self) -> float:
        """Return by how many radians the head leans, clockwise."""
        left, right = self.eyes
        return math.atan2(right.y - left.y, right.x - left.x)

    @property
    def between_eyes(self) -> tuple[float, float]:
        left, right = self.eyes
        return (left.x + right.x) / 2, (left.y + right.y) / 2

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Return a place in the face, in pupil distances from between the eyes."""
        x, y = self.between_eyes
        cos, sin = math.cos(self.tilt) * self.apart, math.sin(self.tilt) * self.apart
        return x + across * cos - down * sin, y + across * sin + down * cos

    @property
    def surroundings(self) -> Box:
        """Return the head, the neck and the shoulders, roughly."""
        w = self.width
        return self.box.grown(0.9 * w, 0.7 * w, 0.9 * w, 1.9 * w)

    def scaled(self, factor: float) -> Face:
        left, right = (
            Eye(eye.x * factor, eye.y * factor, eye.size * factor) for eye in self.eyes
        )
        return Face(self.box.scaled(factor), self.confidence, (left, right))

    def moved(self, x: int, y: int) -> Face:
        left, right = (Eye(eye.x + x, eye.y + y, eye.size) for eye in self.eyes)
        return Face(self.box.moved(x, y), self.confidence, (left, right))

    def dump(self) -> dict[str, Any]:
        """Return what is known as plain values: nothing is guessed (age, for one)."""
        box = self.box
        return {
            "confidence": round(self.confidence, 3),
            "box": [box.left, box.top, box.width, box.height],
            "landmarks": [{"x": round(e.x), "y": round(e.y)} for e in self.eyes],
        }


def find(pixels: np.ndarray, *, person: int = 0) -> tuple[Face, ...]:
    """Return the faces in 8-bit RGB pixels, the largest first.

    `person` says how much of somebody is seen: 0 unknown, 1 close-up, 2 half, 3 full.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    least = max(LEAST_PIXELS, round(LEAST_WIDTH[person] * min(grey.shape)))
    found = []
    for box, confidence in _boxes(grey, least):
        if eyes := _eyes(grey, box):
            found.append(Face(box, confidence, eyes))
    return tuple(sorted(found, key=lambda face: -face.width))


@cache
def _cascade(name: str) -> Any:
    return cv2.CascadeClassifier(str(CASCADES / name))


def _boxes(grey: np.ndarray, least: int) -> Iterator[tuple[Box, float]]:
    """Yield what the cascade takes for a face, and its certainty from 0 to 1."""
    boxes, _, weights = _cascade(FACE).detectMultiScale3(
        grey, 1.08, 4, minSize=(least, least), outputRejectLevels=True
    )
    for (x, y, width, height), weight in zip(boxes, weights, strict=True):
        # The last stage of this cascade sums to about 55 where it just says yes.
        certainty = 1 / (1 + math.exp(54.5 - float(weight)))
        yield Box(int(x), int(y), int(x + width), int(y + height)), certainty


def _eyes(grey: np.ndarray, box: Box) -> tuple[Eye, Eye] | None:
    """Return the two eyes in the upper part of a face's box, if they are there."""
    upper = Box(box.left, box.top, box.right, box.top + round(0.62 * box.height))
    part, scale = grey[upper.slices], EYE_VIEW / box.width
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    view = cv2.resize(part, None, fx=scale, fy=scale, interpolation=how)
    least = (round(0.12 * EYE_VIEW),) * 2
    most = (round(0.42 * EYE_VIEW),) * 2
    seen = []
    for name in EYES:
        for x, y, side, _ in _cascade(name).detectMultiScale(
            view, 1.04, 2, minSize=least, maxSize=most
        ):
            eye = Eye(
                (x + side / 2) / scale + upper.left,
                (y + side / 2) / scale + upper.top,
                side / scale,
            )
            seen.append(eye)
    return _best(seen, box)


def _best(seen: Sequence[Eye], box: Box) -> tuple[Eye, Eye] | None:
    """Choose the pair that lies as eyes lie and was seen most often."""
    w, middle = box.width, box.centre[0]
    # A brow or a nostril is taken for an eye now and then, but never so high or low.
    seen = [e for e in seen if 0.2 * w < e.y - box.top < 0.56 * w]
    left = [eye for eye in seen if eye.x < middle]
    right = [eye for eye in seen if eye.x >= middle]

    def fitness(pair: tuple[Eye, Eye]) -> float:
        one, other = pair
        off = abs(other.x - one.x - PUPILS_APART * w) + abs(other.y - one.y)
        unlike = abs(one.size - other.size)
        return _votes(one, seen) + _votes(other, seen) - 15 * off / w - 5 * unlike / w

    pairs = [
        (one, other)
        for one, other in product(left, right)
        if 0.25 * w < other.x - one.x < 0.6 * w and abs(other.y - one.y) < 0.18 * w
    ]
    return max(pairs, key=fitness, default=None)


def _votes(eye: Eye, seen: Sequence[Eye]) -> int:
    return sum(math.dist((eye.x, eye.y), (e.x, e.y)) < 0.35 * e.size for e in seen)
