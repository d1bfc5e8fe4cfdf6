"""A face to be retouched: where the rest of it must be, by its eyes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.providers.local import faces
from imaging.providers.local.faces import Point
from imaging.providers.local.retouch.geometry import Box

# The least width of a face, as a part of the picture's shorter side, by how much of
# the person is seen: unknown, close-up, half body, full body.
LEAST_WIDTH = (0.05, 0.2, 0.08, 0.02)


@dataclass(frozen=True)
class Face:
    """One face: its box, how sure the cascade is, its eyes from left to right."""

    box: Box
    confidence: float
    eyes: tuple[Point, Point]

    @property
    def width(self) -> int:
        return self.box.width

    @property
    def apart(self) -> float:
        """Return the distance between the pupils: the measure of all in a face."""
        return math.dist(*self.eyes)

    @property
    def tilt(self) -> float:
        """Return by how many radians the head leans, clockwise."""
        (ax, ay), (bx, by) = self.eyes
        return math.atan2(by - ay, bx - ax)

    @property
    def between_eyes(self) -> tuple[float, float]:
        (ax, ay), (bx, by) = self.eyes
        return (ax + bx) / 2, (ay + by) / 2

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
        left, right = ((x * factor, y * factor) for x, y in self.eyes)
        return Face(self.box.scaled(factor), self.confidence, (left, right))

    def moved(self, x: int, y: int) -> Face:
        left, right = ((ex + x, ey + y) for ex, ey in self.eyes)
        return Face(self.box.moved(x, y), self.confidence, (left, right))

    def dump(self) -> dict[str, Any]:
        """Return what is known as plain values: nothing is guessed (age, for one)."""
        box = self.box
        return {
            "confidence": round(self.confidence, 3),
            "box": [box.left, box.top, box.width, box.height],
            "landmarks": [{"x": round(x), "y": round(y)} for x, y in self.eyes],
        }


def find(pixels: np.ndarray, *, person: int = 0) -> tuple[Face, ...]:
    """Return the faces with two eyes in 8-bit RGB pixels, the largest first.

    `person` says how much of somebody is seen: 0 unknown, 1 close-up, 2 half, 3 full.
    """
    found = faces.find(pixels, least=LEAST_WIDTH[person])
    return tuple(
        Face(Box(x, y, x + width, y + height), one.confidence, one.eyes)
        for one in found
        if one.eyes
        for x, y, width, height in [map(round, one.box)]
    )
