"""Find faces and their eyes, the same way for whatever is done with them.

Boosted cascades (Viola and Jones, "Robust Real-Time Face Detection", IJCV 57, 2004;
Lienhart's and Hameed's trained ones, which OpenCV's wheel carries), on pictures of even
contrast: only the order of greys counts, so faces are found at any exposure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import cv2
import numpy as np

FRONT, SIDE = "frontalface_alt2", "profileface"
EYES = ("eye_tree_eyeglasses", "eye", "lefteye_2splits", "righteye_2splits")
# Faces are looked at in this width for eyes, which are then so large and so far down:
# above the middle of a face lie brows, below it the nose.
VIEW, EYE_SIZES, EYE_ROWS = 320, (40, 130), (70, 190)

# Left, top, width and height.
Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Found:
    """A face: its box, how sure the cascade is, and its pupils, the left one first."""

    box: Box
    confidence: float
    eyes: tuple[Point, Point] | None


def find(
    pixels: np.ndarray, *, least: float, longest: int | None = None
) -> list[Found]:
    """Return the faces in 8-bit RGB pixels that look at the camera, largest first.

    `least` is their least width as a part of the shorter side; they are searched for in
    a copy of at most `longest` pixels. Cascades alone see faces in flowers, too: what
    has no eyes is perhaps none.
    """
    shown, factor = evened(pixels, longest)
    narrowest = max(24, round(least * min(shown.shape)))
    found = sorted(boxes(shown, least=narrowest), key=lambda one: -one[0][2])
    faces = []
    for (x, y, width, height), sure in found:
        box = x / factor, y / factor, width / factor, height / factor
        faces.append(Found(box, sure, eyes_in(pixels, box)))
    return faces


def evened(pixels: np.ndarray, longest: int | None = None) -> tuple[np.ndarray, float]:
    """Return a picture's greys, evenly spread, and how much smaller they are."""
    height, width = pixels.shape[:2]
    factor = min(1.0, (longest or math.inf) / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)[..., :3]
    grey = cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2GRAY)
    return cv2.equalizeHist(grey), factor


def boxes(
    grey: np.ndarray, *, least: int = 0, most: int = 0, of: str = FRONT
) -> Iterator[tuple[Box, float]]:
    """Yield what a cascade takes for a face, and its certainty from 0 to 1.

    `least` and `most` are widths in pixels, 0 for any.
    """
    found, _, weights = cascade(of).detectMultiScale3(
        grey, 1.1, 4, minSize=(least,) * 2, maxSize=(most,) * 2, outputRejectLevels=True
    )
    for (x, y, width, height), weight in zip(found, weights, strict=True):
        # The last stage of the frontal cascade sums to about 55 where it just says yes.
        certainty = 1 / (1 + math.exp(54.5 - float(weight)))
        yield (float(x), float(y), float(width), float(height)), certainty


@cache
def cascade(name: str) -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))


def eyes_in(picture: np.ndarray, box: Box) -> tuple[Point, Point] | None:
    """Return the pupils in a face's box, in the picture's pixels; None without two."""
    x, y, width, height = box
    window = picture[
        max(0, round(y)) : round(y + 0.62 * height),
        max(0, round(x)) : round(x + width),
        :3,
    ]
    factor = VIEW / width
    size = round(window.shape[1] * factor), round(window.shape[0] * factor)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    grey = cv2.cvtColor(cv2.resize(window, size, interpolation=how), cv2.COLOR_RGB2GRAY)
    even = cv2.equalizeHist(grey)
    pair = best_pair(list(eye_candidates(even)))
    if pair is None:
        return None
    left, top = max(0, round(x)), max(0, round(y))
    one, other = (
        (left + (px + 0.5) / factor - 0.5, top + (py + 0.5) / factor - 0.5)
        for px, py in (pupil(even, point, pair) for point in pair)
    )
    return one, other


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
    (least, most), (highest, lowest) = EYE_SIZES, EYE_ROWS
    for name in EYES:
        boxes = cascade(name).detectMultiScale(
            grey, 1.08, 3, minSize=(least,) * 2, maxSize=(most,) * 2
        )
        for x, y, width, height in boxes:
            if highest < y + height / 2 < lowest:
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
