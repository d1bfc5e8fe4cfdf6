"""Masks: where on the picture a measure has read what, as a transparent picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.providers.base import Facts
from imaging.providers.local.skin.face import Face

# Larger pictures get masks of this long side, and the report states the factor.
LONGEST = 1280


@dataclass(frozen=True)
class Canvas:
    """The size of a picture's masks, and how much smaller than the picture it is."""

    width: int
    height: int
    factor: float

    @classmethod
    def of(cls, facts: Facts) -> Canvas:
        factor = min(1.0, LONGEST / max(facts.width, facts.height))
        width, height = (max(1, round(v * factor)) for v in (facts.width, facts.height))
        return cls(width, height, factor)

    def paint(
        self, mask: np.ndarray, colour: tuple[int, int, int], face: Face
    ) -> np.ndarray:
        """Return RGBA pixels: one colour, as opaque as the mask says, over the face."""
        back = cv2.invertAffineTransform(face.matrix()) * self.factor
        soft = (np.clip(mask, 0, 1) * 255).astype(np.uint8)
        if (shrink := face_scale(back)) > 1.5:
            # Else thin lines would be lost between the pixels.
            soft = cv2.blur(soft, (round(shrink),) * 2)
        size = self.width, self.height
        painted = np.empty((self.height, self.width, 4), np.uint8)
        painted[..., :3] = colour
        there = cv2.warpAffine(soft, back, size, flags=cv2.INTER_LINEAR)
        # Never opaque: the skin below stays to be seen.
        painted[..., 3] = np.asarray(there, np.float32) * 0.86
        return painted


def face_scale(back: np.ndarray) -> float:
    """Return how many pixels laid down become one pixel of the mask."""
    return 1 / max(float(np.hypot(back[0, 0], back[1, 0])), 1e-6)
