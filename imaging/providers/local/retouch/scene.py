"""What there is to know of a picture before it is retouched: faces, eyes, skin.

All of it is seen in a reduced copy of at most `PIXELS`, whatever the picture's size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from imaging.providers.local.retouch import faces, skin
from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.geometry import Box, all_of

PIXELS = 1_500_000
# Rows of a large picture that are reduced at once.
BAND = 512


@dataclass(frozen=True)
class Scene:
    """A picture's size, its reduced copy, and the people in it.

    `factor` is the reduced copy's size as a part of the picture's.
    """

    width: int
    height: int
    small: np.ndarray
    factor: float
    small_faces: tuple[Face, ...]

    @classmethod
    def of(cls, pixels: np.ndarray, *, person: int = 0) -> Scene:
        """Look at 8-bit RGB or RGBA pixels; `person` as in `faces.find`."""
        height, width = pixels.shape[:2]
        small, factor = reduced(pixels)
        return cls(width, height, small, factor, faces.find(small, person=person))

    @property
    def box(self) -> Box:
        return all_of(self.width, self.height)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Return the faces in pixels of the full picture."""
        return tuple(face.scaled(1 / self.factor) for face in self.small_faces)

    @cached_property
    def skins(self) -> tuple[np.ndarray, ...]:
        """Return each person's skin in the reduced copy, 0 to 1, where it is theirs."""
        masks = [skin.mask_of(self.small, face) for face in self.small_faces]
        if len(masks) < 2:
            return tuple(masks)
        rows, columns = np.indices(self.small.shape[:2], np.float32)
        far = []
        for face in self.small_faces:
            x, y = face.box.centre
            far.append(np.hypot(columns - x, rows - y) / face.width)
        nearest = np.argmin(far, axis=0)
        return tuple(mask * (nearest == at) for at, mask in enumerate(masks))

    @cached_property
    def skin(self) -> np.ndarray:
        """Return everybody's skin in the reduced copy, 0 to 1."""
        if not self.skins:
            return np.zeros(self.small.shape[:2], np.float32)
        return np.max(self.skins, axis=0)

    def enlarged(self, plane: np.ndarray, box: Box) -> np.ndarray:
        """Return the part of a reduced plane that lies under a box, at full size."""
        if self.factor == 1.0:
            return plane[box.slices]
        shift_x = (box.left + 0.5) * self.factor - 0.5
        shift_y = (box.top + 0.5) * self.factor - 0.5
        move = np.array([[self.factor, 0, shift_x], [0, self.factor, shift_y]])
        return cv2.warpAffine(
            plane,
            move,
            (box.width, box.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


def reduced(pixels: np.ndarray, most: int = PIXELS) -> tuple[np.ndarray, float]:
    """Return an RGB copy of at most so many pixels, and its scale; read in bands."""
    height, width = pixels.shape[:2]
    factor = min(1.0, (most / (width * height)) ** 0.5)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if factor == 1.0:
        return np.ascontiguousarray(pixels[..., :3]), 1.0
    narrow = np.empty((height, size[0], 3), np.uint8)
    for top in range(0, height, BAND):
        band = np.ascontiguousarray(pixels[top : top + BAND, :, :3])
        to = (size[0], len(band))
        narrow[top : top + BAND] = cv2.resize(band, to, interpolation=cv2.INTER_AREA)
    return cv2.resize(narrow, size, interpolation=cv2.INTER_AREA), factor
