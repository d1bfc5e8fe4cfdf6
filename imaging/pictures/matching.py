"""How alike two pictures are, by their descriptors: cropped, resized, recoloured too.

First all pictures at once, roughly: the low frequencies of the cosine transform (as
perceptual hashes use them: Zauner, 2010), flattened against the fall of a photograph's
spectrum (Field, 1987) and normalised, so that brightness and contrast do not count. A
cropped picture is a window of the other; a window of a cosine series is linear in its
coefficients, so one matrix product compares with every window. Then the best ones,
finely: normalised cross-correlation at every place (Lewis, 1995) over several scales.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import product

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from imaging.decoding.descriptor import CELLS, COLOUR, LIGHT, SIZE, shape_of

# Waves on a side of light and of colour that count in the rough comparison.
WAVES = {LIGHT: 8, COLOUR: 3}
WINDOW, FEW = 0.85, 6
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
    """Return the whole picture, and the parts that croppings mostly leave.

    The first FEW, the whole, its middle and its corners, say most of it.
    """
    whole, middle = (0.0, 1.0), ((1 - WINDOW) / 2, WINDOW)
    ends = [(0.0, WINDOW), (1 - WINDOW, WINDOW)]
    few = [(whole, whole), (middle, middle), *product(ends, ends)]
    pairs = product([whole, *ends, middle], repeat=2)
    return [
        window(left, top, width, height)
        for (left, width), (top, height) in dict.fromkeys([*few, *pairs])
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
    """Return waves (n, DEPTH) and the reciprocal norm of each window (VIEWS, n).

    `descriptors` is (n, SIZE) bytes.
    """
    found = ANALYSIS @ descriptors[:, :CELLS].astype("f4").T
    norms = [np.linalg.norm(part @ found, axis=0) for part in WEIGHTED]
    return found.T, (1 / np.maximum(norms, FLAT)).astype("f4")


def questions(descriptor: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that ask whether a picture is a part of others, or they of it.

    The first are to be multiplied by waves and each window's reciprocal norm, the
    second by waves and the reciprocal norm of the whole.
    """
    found, norms = rough(np.frombuffer(descriptor, np.uint8)[None])
    parts = [
        part @ found[0] * norm for part, norm in zip(WEIGHTED, norms[:, 0], strict=True)
    ]
    inside = np.stack([part.T @ parts[0] for part in WEIGHTED])
    outside = np.stack(parts[1:]) @ WEIGHTED[0]
    return inside, outside


class Planes:
    """One or more planes of each of some pictures, (n, k, side, side) cells.

    The fine comparison sees them enlarged to FINE × FINE.
    """

    def __init__(self, cells: np.ndarray) -> None:
        self.cells = cells - cells.mean(axis=(2, 3), keepdims=True)
        self.side = cells.shape[-1]

    @cached_property
    def enlarged(self) -> np.ndarray:
        return np.asarray(ENLARGE[self.side] @ self.cells @ ENLARGE[self.side].T)

    def of(self, which: np.ndarray) -> Planes:
        return Planes(those(self.cells, which))

    def products(self, which: np.ndarray, parts: np.ndarray) -> np.ndarray:
        """Return the product of each part and what lies under it: (places, n).

        The parts (n, k, height, width) or these pictures are one, for all of `which`.
        One matrix product does it: with what lies under each place of the one whole,
        or with the one part laid at each place of an empty plane, as cells see it.
        """
        height, width = parts.shape[2:]
        if len(self.cells) == 1:
            under = flat(self.enlarged[0], 1)[:, beneath(height, width)]
            return flat(under.transpose(1, 0, 2), 1) @ flat(parts, 1).T
        down, across = laid(self.side, height), laid(self.side, width)
        places = (down @ parts[0] @ across.T).reshape(
            -1, FINE + 1 - height, self.side, FINE + 1 - width, self.side
        )
        return (
            flat(places.transpose(1, 3, 0, 2, 4), 2)
            @ flat(those(self.cells, which), 1).T
        )


@cache
def beneath(height: int, width: int) -> np.ndarray:
    """Return which of FINE × FINE cells lie under a part: (places, its cells)."""
    cells = np.arange(FINE * FINE).reshape(FINE, FINE)
    return flat(sliding_window_view(cells, (height, width)).copy(), 2)


@cache
def laid(side: int, length: int) -> np.ndarray:
    """Return what lays `length` fine cells at each place: (places × side, length)."""
    return sliding_window_view(ENLARGE[side], length, 0).reshape(-1, length)


def those(planes: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return those of many pictures, or the planes of the one that all share."""
    return planes if len(planes) == 1 else planes[which]


def flat(values: np.ndarray, axes: int) -> np.ndarray:
    """Join the first axes into one, and the others into another."""
    return values.reshape(math.prod(values.shape[:axes]), -1)


class Looks:
    """Some pictures as the fine comparison sees them."""

    def __init__(self, descriptors: np.ndarray) -> None:
        cells = descriptors[:, :CELLS].astype("f4")
        colours = cells[:, LIGHT * LIGHT :].reshape(-1, 2, COLOUR, COLOUR)
        light = cells[:, : LIGHT * LIGHT].reshape(-1, 1, LIGHT, LIGHT)
        self.light = Planes(light)
        self.planes = [self.light, Planes(colours)]
        self.shapes = np.array([shape_of(one.tobytes()) for one in descriptors])
        self.is_grey = colours.std(axis=(2, 3)).max(axis=1) < GREYISH

    @classmethod
    def of(cls, *descriptors: bytes) -> Looks:
        return cls(np.frombuffer(b"".join(descriptors), np.uint8).reshape(-1, SIZE))

    @cached_property
    def detail(self) -> Planes:
        """Return light without its soft changes, which many pictures share."""
        light = self.light.enlarged
        return Planes(light - SOFTEN @ light @ SOFTEN.T)

    def likeness(self, others: Looks) -> np.ndarray:
        """Return how well these fit into the others, each at its best place: 0 to 1.

        These or the others are one picture, compared with each of the many. Where
        either is black and white, only light counts.
        """
        shapes, grey = self.shapes / others.shapes, self.is_grey | others.is_grey
        found = np.empty(shapes.size)
        for which, count in ((grey, 1), (~grey, 2)):
            if which.any():
                parts = [one.of(which) for one in self.planes[:count]]
                wholes = [one.of(which) for one in others.planes[:count]]
                found[which] = fits(parts, wholes, shapes[which])
        return found

    def sameness(self, others: Looks) -> np.ndarray:
        """Return how well the detail fits: high only for the same picture."""
        return fits([self.detail], [others.detail], self.shapes / others.shapes)


def fits(
    parts: Sequence[Planes], wholes: Sequence[Planes], shapes: np.ndarray
) -> np.ndarray:
    """Return how well each part fits into its whole, in all sizes and places.

    Planes of several sides count together.
    """
    best, planes = np.zeros(shapes.size), joined(parts)
    sums = integrals(joined(wholes))
    for (width, height), which in tried(shapes).items():
        reduced = REDUCE[height] @ those(planes, which) @ REDUCE[width].T
        reduced = reduced - reduced.mean(axis=(2, 3), keepdims=True)
        split = np.split(reduced, [parts[0].cells.shape[1]], axis=1)
        pairs = zip(wholes, split, strict=False)
        products = sum(whole.products(which, part) for whole, part in pairs)
        energies = spread(those(sums, which), height, width)
        energies = energies * (reduced**2).sum(axis=(1, 2, 3))
        scores = products / np.sqrt(np.maximum(energies, 1))
        best[which] = np.maximum(best[which], scores.max(axis=0))
    return np.minimum(best, 1)


def joined(planes: Sequence[Planes]) -> np.ndarray:
    return np.concatenate([one.enlarged for one in planes], axis=1)


def integrals(planes: np.ndarray) -> np.ndarray:
    """Return sums of all above and left of each corner: of squares, then of values."""
    squares = (planes**2).sum(axis=1, keepdims=True)
    sums = np.concatenate([squares, planes], axis=1).cumsum(axis=-1).cumsum(axis=-2)
    return np.pad(sums, [(0, 0), (0, 0), (1, 0), (1, 0)])


def spread(sums: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return squared differences from the mean, summed, at each place: (places, n)."""
    rows = sums[..., height:, :] - sums[..., :-height, :]
    found = rows[..., width:] - rows[..., :-width]
    means = (found[:, 1:] ** 2).sum(axis=1) / (height * width)
    return flat(found[:, 0] - means, 1).T


def tried(shapes: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """Return for each size which pictures are tried in it."""
    found = defaultdict[tuple[int, int], list[np.ndarray]](list)
    for shape in np.unique(shapes):
        for size in sizes(float(shape)):
            found[size].append(np.flatnonzero(shapes == shape))
    return {size: np.concatenate(which) for size, which in found.items()}


def sizes(shape: float) -> set[tuple[int, int]]:
    """Return in which sizes a part is tried; always as large as the whole, too.

    `shape` is the part's width by height where the whole's is 1.
    """
    found = {(FINE, FINE)}
    for width in SCALES * FINE:
        height = width / shape
        if SCALES[0] * FINE - 1 < height < FINE + 1:
            found.add((round(width), min(round(height), FINE)))
    return found


def resizing(old: int, new: int, how: int) -> np.ndarray:
    """Return the matrix (new, old) that resizes one side."""
    return cv2.resize(np.eye(old, dtype="f4"), (old, new), interpolation=how)


ENLARGE = {
    side: resizing(side, FINE, cv2.INTER_CUBIC) for side in (LIGHT, COLOUR, FINE)
}
REDUCE = {
    side: resizing(FINE, side, cv2.INTER_AREA)
    for side in range(int(SCALES[0] * FINE) - 1, FINE + 1)
}
SOFTEN = cv2.GaussianBlur(np.eye(FINE, dtype="f4"), (1, FINE + 1), 3)
