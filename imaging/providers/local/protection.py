"""Small faces, which networks redraw into strangers: found, and protected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imaging.providers.local.faces import boxes

# A face this wide, in source pixels, has enough of its own for the network to go by.
SMALL = 60
# One this wide or smaller keeps this much of the network's share.
SMALLEST, LEAST = 30, 0.15
# The cascade knows faces from 20 pixels on; twice as large it finds those of 10.
ENLARGED = 2
TILE, OVERLAP = 512, 2 * SMALL
# On one core at 2.5 GHz.
SECONDS_PER_MEGAPIXEL = 7


@dataclass(frozen=True)
class Face:
    """A face in source pixels: its centre and its width."""

    x: float
    y: float
    width: float

    @property
    def kept(self) -> float:
        """Return what is kept of the network's share here, from LEAST to 1."""
        grown = (self.width - SMALLEST) / (SMALL - SMALLEST)
        return LEAST + (1 - LEAST) * float(smooth(np.asarray(grown)))


def small_faces(
    pixels: np.ndarray, progress: Callable[[float], None] = lambda fraction: None
) -> list[Face]:
    """Find the upright faces under SMALL pixels that look this way.

    Eyes are too small to be asked for; what is taken for a face and is none only loses
    some of the network's detail.
    """
    height, width = pixels.shape[:2]
    places = [(y, x) for y in starts(height) for x in starts(width)]
    found = []
    for done, (top, left) in enumerate(places, 1):
        window = pixels[top : top + TILE + OVERLAP, left : left + TILE + OVERLAP, :3]
        found += [
            Face(left + face.x, top + face.y, face.width)
            for face in faces_in(np.ascontiguousarray(window))
        ]
        progress(done / len(places))
    return found


def starts(length: int) -> Iterator[int]:
    """Return where tiles begin: each face lies whole in at least one."""
    return iter(range(0, max(1, length - OVERLAP), TILE))


def faces_in(window: np.ndarray) -> Iterator[Face]:
    grey = cv2.cvtColor(window, cv2.COLOR_RGB2GRAY)
    size = grey.shape[1] * ENLARGED, grey.shape[0] * ENLARGED
    large = cv2.equalizeHist(cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC))
    for (x, y, width, height), _ in boxes(large, most=SMALL * ENLARGED):
        middle = (x + width / 2) / ENLARGED, (y + height / 2) / ENLARGED
        yield Face(*middle, width / ENLARGED)


def share_around(
    faces: list[Face], scale: tuple[float, float], share: float
) -> Callable[[slice, slice], np.ndarray | float]:
    """Return the network's share at each place of a result `scale` times as large.

    It is lowered over each face and rises smoothly to `share` around it.
    """

    def at(rows: slice, columns: slice) -> np.ndarray | float:
        y = (np.arange(rows.start, rows.stop) + 0.5)[:, None] / scale[1]
        x = (np.arange(columns.start, columns.stop) + 0.5) / scale[0]
        kept = np.ones((y.size, x.size), np.float32)
        for face in faces:
            # In half widths: 1 is the edge of the face, at 2 nothing is changed.
            away = np.hypot(x - face.x, y - face.y) / (face.width / 2)
            if away.min() < 2:
                lowered = face.kept + (1 - face.kept) * smooth(away - 1)
                np.minimum(kept, lowered, out=kept)
        return share * kept[..., None]

    return at if faces else lambda rows, columns: share


def smooth(x: np.ndarray) -> np.ndarray:
    """Rise from 0 at 0 to 1 at 1 without a corner."""
    x = x.clip(0, 1)
    return x * x * (3 - 2 * x)
