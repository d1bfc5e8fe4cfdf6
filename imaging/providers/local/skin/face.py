"""A face to be measured: laid down with its eyes in known places."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.providers.local import faces
from imaging.providers.local.faces import Box, Point

# The distance of the pupils: of adults in millimetres (mean; most have 50 to 75, so
# sizes in millimetres may be a fifth off: Dodgson, Proc SPIE 5291, 2004), and in pixels
# laid down.
EYES_MM = 63.0
EYES = 240
# What is laid down, in distances of the eyes from the point between them.
LEFT, TOP, RIGHT, BOTTOM = -1.25, -1.2, 1.25, 2.0
SIZE = round((RIGHT - LEFT) * EYES), round((BOTTOM - TOP) * EYES)
SEARCHED = 900


@dataclass(frozen=True)
class Face:
    """One face: its box, and its eyes (as the picture shows them, left first)."""

    box: Box
    eyes: tuple[Point, Point] | None

    @property
    def eye_distance(self) -> float:
        """Return the distance of the eyes in pixels; of a usual face without eyes."""
        if self.eyes is None:
            return 0.46 * self.box[2]
        (ax, ay), (bx, by) = self.eyes
        return float(np.hypot(bx - ax, by - ay))

    @property
    def mm(self) -> float:
        """Return how many millimetres a pixel of the picture is wide."""
        return EYES_MM / self.eye_distance

    def matrix(self) -> np.ndarray:
        """Return the 2 × 3 matrix from the picture to where the face is laid down."""
        assert self.eyes is not None  # noqa: S101  # nosec B101
        (ax, ay), (bx, by) = self.eyes
        across = complex(EYES, 0) / complex(bx - ax, by - ay)
        middle = complex(ax + bx, ay + by) / 2
        shift = complex(-LEFT * EYES, -TOP * EYES) - across * middle
        turn, scale = across.imag, across.real
        return np.array([[scale, -turn, shift.real], [turn, scale, shift.imag]])


def find(picture: np.ndarray) -> list[Face]:
    """Return the faces that look at the camera, largest first, in picture pixels."""
    found = faces.find(picture, least=1 / 14, longest=SEARCHED)
    return [Face(face.box, face.eyes) for face in found]


def has_profile(picture: np.ndarray) -> bool:
    """Say whether a face is seen from its side."""
    shown, _ = faces.evened(picture, SEARCHED)
    least = max(24, min(shown.shape) // 10)
    return any(
        any(faces.boxes(one, least=least, of=faces.SIDE))
        for one in (shown, np.ascontiguousarray(shown[:, ::-1]))
    )


def lay_down(picture: np.ndarray, face: Face) -> np.ndarray:
    """Return the face upright and of one size; what is not in the picture is black."""
    matrix = face.matrix()
    x, y, width, height = face.box
    left, top = max(0, round(x - width)), max(0, round(y - height))
    window = picture[top : round(y + 2 * height), left : round(x + 2 * width), :3]
    factor = min(1.0, 2 * EYES / face.eye_distance)
    size = round(window.shape[1] * factor), round(window.shape[0] * factor)
    small = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
    # From the small window back into the picture, and on to where it is laid down.
    back = np.array([[1 / factor, 0, left], [0, 1 / factor, top], [0, 0, 1]])
    return cv2.warpAffine(small, matrix @ back, SIZE, flags=cv2.INTER_CUBIC)
