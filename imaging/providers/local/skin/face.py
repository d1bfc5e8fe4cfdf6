"""Find the faces in a picture, and lay one down with its eyes in known places.

Boosted cascades (Viola and Jones, "Rapid Object Detection using a Boosted Cascade of
Simple Features", CVPR 2001), as OpenCV's wheel carries them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import cv2
import numpy as np

# The distance of the pupils: of adults in millimetres (mean; most have 50 to 75, so
# sizes in millimetres may be a fifth off: Dodgson, Proc SPIE 5291, 2004), and in pixels
# laid down.
EYES_MM = 63.0
EYES = 240
# What is laid down, in distances of the eyes from the point between them.
LEFT, TOP, RIGHT, BOTTOM = -1.25, -1.2, 1.25, 2.0
SIZE = round((RIGHT - LEFT) * EYES), round((BOTTOM - TOP) * EYES)
SEARCHED = 900
EYE_CASCADES = ("eye_tree_eyeglasses", "eye", "lefteye_2splits", "righteye_2splits")

Box = tuple[float, float, float, float]
Point = tuple[float, float]


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


@cache
def cascade(name: str) -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))


def find(picture: np.ndarray) -> list[Face]:
    """Return the faces that look at the camera, largest first, in picture pixels."""
    shown, factor = searched(picture)
    least = max(24, min(shown.shape) // 14)
    found = cascade("frontalface_alt2").detectMultiScale(
        shown, 1.1, 4, minSize=(least, least)
    )
    boxes = sorted(found, key=lambda box: -box[2])
    scaled = [[float(v / factor) for v in box] for box in boxes]
    return [face_in(picture, (x, y, w, h)) for x, y, w, h in scaled]


def has_profile(picture: np.ndarray) -> bool:
    """Say whether a face is seen from its side."""
    shown, _ = searched(picture)
    least = max(24, min(shown.shape) // 10)
    return any(
        len(cascade("profileface").detectMultiScale(one, 1.1, 5, minSize=(least,) * 2))
        for one in (shown, np.ascontiguousarray(shown[:, ::-1]))
    )


def searched(picture: np.ndarray) -> tuple[np.ndarray, float]:
    """Return a picture in grey, of a size to be searched, and how much smaller it is.

    Only the order of its greys counts: faces are found at any exposure, and told so.
    """
    height, width = picture.shape[:2]
    factor = min(1.0, SEARCHED / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., :3]
    grey = cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2GRAY)
    return cv2.equalizeHist(grey), factor


def face_in(picture: np.ndarray, box: Box) -> Face:
    """Look for the eyes in a face's box."""
    x, y, width, height = box
    window = picture[
        max(0, round(y)) : round(y + 0.62 * height),
        max(0, round(x)) : round(x + width),
        :3,
    ]
    factor = 320 / width
    size = round(window.shape[1] * factor), round(window.shape[0] * factor)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    grey = cv2.cvtColor(cv2.resize(window, size, interpolation=how), cv2.COLOR_RGB2GRAY)
    even = cv2.equalizeHist(grey)
    pair = best_pair(list(eye_candidates(even)))
    if pair is None:
        return Face(box, None)
    left, top = max(0, round(x)), max(0, round(y))
    eyes = [
        (left + (px + 0.5) / factor - 0.5, top + (py + 0.5) / factor - 0.5)
        for px, py in (pupil(even, point, pair) for point in pair)
    ]
    return Face(box, (eyes[0], eyes[1]))


def pupil(grey: np.ndarray, eye: Point, pair: tuple[Point, Point]) -> Point:
    """Return the darkest place near a place where an eye is, to parts of a pixel."""
    apart = pair[1][0] - pair[0][0]
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.05 * apart)
    reach = round(0.1 * apart)
    x, y = round(eye[0]), round(eye[1])
    near = soft[y - reach : y + reach + 1, x - reach : x + reach + 1]
    if near.shape != (2 * reach + 1,) * 2:
        return eye
    weight = np.clip(np.percentile(near, 12) - near, 0, None)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    total = max(float(weight.sum()), 1e-6)
    return x + float((weight * columns).sum()) / total, y + float(
        (weight * rows).sum()
    ) / total


def eye_candidates(grey: np.ndarray) -> Iterator[Point]:
    """Return the middles of whatever one of the cascades takes for an eye."""
    for name in EYE_CASCADES:
        boxes = cascade(name).detectMultiScale(
            grey, 1.08, 3, minSize=(40, 40), maxSize=(130, 130)
        )
        for x, y, width, height in boxes:
            # Above the middle of a face lie brows, below it the nose.
            if 70 < y + height / 2 < 190:
                yield float(x + width / 2), float(y + height / 2)


def best_pair(found: list[Point]) -> tuple[Point, Point] | None:
    """Return the two places, as far apart as eyes are, that most cascades agree on."""
    best, most = None, 3.0
    for one, other in product(found, repeat=2):
        apart, drop = other[0] - one[0], abs(other[1] - one[1])
        if not 90 < apart < 210 or drop > 0.3 * apart:
            continue
        sides = [
            [p for p in found if np.hypot(p[0] - q[0], p[1] - q[1]) < 18]
            for q in (one, other)
        ]
        support = len(sides[0]) * len(sides[1]) + len(sides[0]) + len(sides[1])
        if support > most - 1e-9:
            means = [tuple(np.mean(side, axis=0).tolist()) for side in sides]
            best, most = (means[0], means[1]), support + 1e-6
    return best


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
