"""How alike two pictures are, by their descriptors: cropped, resized, recoloured too.

First all pictures at once, roughly: the low frequencies of the cosine transform (as
perceptual hashes use them: Zauner, 2010), flattened against the fall of a photograph's
spectrum (Field, 1987) and normalised, so that brightness and contrast do not count. A
cropped picture is a window of the other; a window of a cosine series is linear in its
coefficients, so one matrix product compares with every window. Then the best ones,
finely: normalised cross-correlation at every place (Lewis, 1995) over several scales.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product

import cv2
import numpy as np

from imaging.decoding.descriptor import CELLS, COLOUR, LIGHT, shape_of

# Waves on a side of light and of colour that count in the rough comparison.
WAVES = {LIGHT: 8, COLOUR: 3}
WINDOW = 0.85
FINE = 24  # cells on a side in the fine comparison
SCALES = np.arange(0.65, 1.001, 0.05)
FLAT = 24.0  # norm of a picture that shows nothing, as of a blank page
GREYISH = 2.0  # spread of colour below which a picture is black and white


def cosines(side: int) -> np.ndarray:
    """Return the transform of `side` values into the waves that count."""
    return waves(side, (np.arange(side) + 0.5) / side).T


def waves(side: int, places: np.ndarray) -> np.ndarray:
    """Return the value of each wave at places from 0 to 1: (places, waves)."""
    order = np.arange(WAVES[side])
    scale = np.where(order == 0, np.sqrt(1 / side), np.sqrt(2 / side))
    return np.cos(np.pi * order * places[:, None]) * scale


def planar(row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Join a transform of rows and one of columns into one of a whole plane."""
    return np.kron(column, row)


def blocks(light: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Put the three planes' matrices into one."""
    parts = [light, colour, colour]
    made = np.zeros([sum(part.shape[axis] for part in parts) for axis in (0, 1)])
    top = left = 0
    for part in parts:
        made[top : top + part.shape[0], left : left + part.shape[1]] = part
        top, left = top + part.shape[0], left + part.shape[1]
    return made


def weights() -> np.ndarray:
    """Return the weight of each wave: the finer, the more; none for the mean."""
    planes = []
    for count in (WAVES[LIGHT], WAVES[COLOUR], WAVES[COLOUR]):
        order = np.arange(count)
        radius = np.hypot(order[:, None], order[None])
        planes.append(np.where(radius < count, np.sqrt(radius), 0).ravel())
    return np.concatenate(planes)


def window(left: float, top: float, width: float, height: float) -> np.ndarray:
    """Return what makes the waves of a part of a picture from those of the whole."""
    planes = []
    for side in (LIGHT, COLOUR):
        cells = (np.arange(side) + 0.5) / side
        row = cosines(side) @ waves(side, left + width * cells)
        column = cosines(side) @ waves(side, top + height * cells)
        planes.append(planar(row, column))
    return blocks(*planes)


def windows() -> list[np.ndarray]:
    """Return the whole picture, and the parts that croppings mostly leave."""
    spans = [(0.0, 1.0), *((at, WINDOW) for at in (0, (1 - WINDOW) / 2, 1 - WINDOW))]
    return [
        window(left, top, width, height)
        for (left, width), (top, height) in product(spans, spans)
    ]


_WEIGHTS = weights()
_COUNTED = _WEIGHTS > 0
_PLANES = [planar(cosines(side), cosines(side)) for side in (LIGHT, COLOUR)]
# From cells to the waves that count; a plane of colour has as much to say as one of
# light had it as many cells.
ANALYSIS = (blocks(_PLANES[0], _PLANES[1] * (LIGHT / COLOUR))[_COUNTED]).astype("f4")
WEIGHTED = [
    (_WEIGHTS[:, None] * part)[_COUNTED][:, _COUNTED].astype("f4") for part in windows()
]
DEPTH, VIEWS = ANALYSIS.shape[0], len(WEIGHTED)


def rough(descriptors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return waves (DEPTH, n) and the reciprocal norm of each window (VIEWS, n).

    `descriptors` is (n, SIZE) bytes.
    """
    found = ANALYSIS @ descriptors[:, :CELLS].astype("f4").T
    norms = [np.linalg.norm(part @ found, axis=0) for part in WEIGHTED]
    return found, (1 / np.maximum(norms, FLAT)).astype("f4")


def questions(descriptor: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that ask whether a picture is a part of others, or they of it.

    The first are to be multiplied by waves and each window's reciprocal norm, the
    second by waves and the reciprocal norm of the whole.
    """
    found, norms = rough(np.frombuffer(descriptor, np.uint8)[None])
    parts = [
        part @ found[:, 0] * norm
        for part, norm in zip(WEIGHTED, norms[:, 0], strict=True)
    ]
    inside = np.stack([part.T @ parts[0] for part in WEIGHTED])
    outside = np.stack(parts[1:]) @ WEIGHTED[0]
    return inside, outside


class Look:
    """A picture as the fine comparison sees it."""

    def __init__(self, descriptor: bytes) -> None:
        cells = np.frombuffer(descriptor, np.uint8)[:CELLS].astype("f4")
        light = cells[: LIGHT * LIGHT].reshape(LIGHT, LIGHT)
        colours = cells[LIGHT * LIGHT :].reshape(2, COLOUR, COLOUR)
        self.planes = np.dstack([enlarged(plane) for plane in (light, *colours)])
        self.shape = shape_of(descriptor)
        self.is_grey = bool(colours.std(axis=(1, 2)).max() < GREYISH)

    @cached_property
    def light(self) -> Planes:
        return Planes(np.ascontiguousarray(self.planes[..., 0]))

    @cached_property
    def whole(self) -> Planes:
        return Planes(self.planes)

    @cached_property
    def detail(self) -> Planes:
        """Return light without its soft changes, which many pictures share."""
        return Planes(
            self.light.values - cv2.GaussianBlur(self.light.values, (0, 0), 3)
        )

    def likeness(self, other: Look) -> float:
        """Return how well this picture fits into the other, at its best place: to 1.

        Where either is black and white, only light counts.
        """
        if self.is_grey or other.is_grey:
            return self.light.best_fit(other.light, self.shape / other.shape)
        return self.whole.best_fit(other.whole, self.shape / other.shape)

    def sameness(self, other: Look) -> float:
        """Return how well the detail fits: high only for the same picture."""
        return self.detail.best_fit(other.detail, self.shape / other.shape)


class Planes:
    """One or more planes of a picture, (FINE, FINE) or (FINE, FINE, n)."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.smaller = {(FINE, FINE): values}

    def best_fit(self, whole: Planes, shape: float) -> float:
        """Try them at every place of another, in scales that keep their shape.

        `shape` is the part's width by height where the whole's is 1.
        """
        sizes = {(FINE, FINE)}
        for width in SCALES * FINE:
            height = width / shape
            if SCALES[0] * FINE - 1 < height < FINE + 1:
                sizes.add((round(width), min(round(height), FINE)))
        return max(fit(self.reduced(size), whole.values) for size in sizes)

    def reduced(self, size: tuple[int, int]) -> np.ndarray:
        if size not in self.smaller:
            made = cv2.resize(self.values, size, interpolation=cv2.INTER_AREA)
            self.smaller[size] = made
        return self.smaller[size]


def enlarged(plane: np.ndarray) -> np.ndarray:
    return cv2.resize(plane, (FINE, FINE), interpolation=cv2.INTER_CUBIC)


def fit(part: np.ndarray, whole: np.ndarray) -> float:
    found = cv2.matchTemplate(whole, part, cv2.TM_CCOEFF_NORMED)
    return min(float(found.max()), 1.0)
