"""Crop: straighten the horizon, and cut to a format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.lib.format import open_memmap

from imaging.pictures import MIN_SIDE
from imaging.providers.local.retouch.geometry import Box, all_around, all_of
from imaging.providers.local.retouch.layers import TILE, Drawing, Progress
from imaging.providers.local.retouch.plugin import (
    Canvas,
    Choice,
    Plugin,
    Slider,
    Untouched,
)

# Degrees: what is more is meant, what is less is not seen.
MOST, LEAST = 7.0, 0.15
# Straight lines must speak together by so many picture widths to be believed.
LEAST_LENGTH = 0.6
SAME = "same"
RATIOS = {"1:1": 1.0, "4:5": 0.8, "3:2": 1.5, "4:3": 4 / 3, "16:9": 16 / 9}


@dataclass(frozen=True)
class Cut:
    """A turn by `angle` degrees about the middle, then a box of what was turned."""

    angle: float
    box: Box

    def dump(self) -> dict[str, Any]:
        box = self.box
        return {
            "angle": round(self.angle, 2),
            "box": [box.left, box.top, box.width, box.height],
        }

    def made(self, pixels: np.ndarray, to: Path, progress: Progress) -> np.ndarray:
        """Turn and cut into a file, tile by tile; cubic interpolation."""
        height, width = pixels.shape[:2]
        shape = (self.box.height, self.box.width, pixels.shape[2])
        out = open_memmap(to, "w+", np.uint8, shape)
        turn = cv2.getRotationMatrix2D(
            (width / 2 - 0.5, height / 2 - 0.5), self.angle, 1
        )
        back = cv2.invertAffineTransform(turn)
        tiles = list(all_of(self.box.width, self.box.height).tiles(TILE))
        for done, tile in enumerate(tiles, 1):
            place = tile.moved(self.box.left, self.box.top)
            out[tile.slices] = _turned(pixels, place, back)
            progress(done / len(tiles))
        return out


class Crop(Plugin):
    """Straighten a picture by its own lines, and cut it to a format about the faces.

    Lines by the probabilistic Hough transform (Matas, Galambos and Kittler, 2000);
    the angle is the median of what is nearly level or upright, weighted by length. The
    cut is the largest upright rectangle in the turned picture.
    """

    key, name, label = "crop", "Crop", _("Crop")
    help = _("Straightens the horizon, and cuts to a format about the faces.")
    seconds = 0.1
    parameters = (
        Slider(_("straighten"), initial=1),
        Choice(
            _("format"),
            "ratio",
            ((SAME, _("as it is")), *((one, one) for one in RATIOS)),
            SAME,
        ),
    )

    @property
    def _ratio(self) -> float | None:
        return RATIOS.get(str(self.values.get("ratio", SAME)))

    @property
    def idle(self) -> bool:
        return super().idle and self._ratio is None

    def drawing(self, canvas: Canvas) -> Drawing | None:
        return None

    def cut(self, canvas: Canvas) -> Cut:
        """Return what is cut out. Raises Untouched if that is everything."""
        scene = canvas.scene
        angle = self.strength * level(canvas.small)
        width, height = inscribed(scene.width, scene.height, math.radians(angle))
        free = all_of(width, height).moved(
            (scene.width - width) // 2, (scene.height - height) // 2
        )
        if ratio := self._ratio:
            width, height = (
                min(width, round(height * ratio)),
                min(height, round(width / ratio)),
            )
        box = self._about_faces(canvas, free, width, height)
        if min(width, height) < MIN_SIDE:
            raise Untouched(_("too little of it would be left."))
        if angle == 0 and box == scene.box:
            raise Untouched(_("it is straight and has its format already."))
        return Cut(angle, box)

    @staticmethod
    def _about_faces(canvas: Canvas, free: Box, width: int, height: int) -> Box:
        """Put a box of this size into the free one: faces in the upper third."""
        x, y = free.centre
        if canvas.scene.faces:
            whole = all_around(face.box for face in canvas.scene.faces)
            x, y = whole.centre[0], whole.centre[1] + height / 6
        left = round(min(max(x - width / 2, free.left), free.right - width))
        top = round(min(max(y - height / 2, free.top), free.bottom - height))
        return Box(left, top, left + width, top + height)


def level(small: np.ndarray) -> float:
    """Return by how many degrees to turn, counter-clockwise, for level lines."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), 1.2)
    width = grey.shape[1]
    lines = cv2.HoughLinesP(
        cv2.Canny(grey, 60, 160),
        1,
        math.radians(0.25),
        60,
        minLineLength=0.12 * min(grey.shape),
        maxLineGap=0.01 * width,
    )
    if lines is None:
        return 0.0
    across = lines.reshape(-1, 4).astype(float)
    run, rise = across[:, 2] - across[:, 0], across[:, 3] - across[:, 1]
    angles = (np.degrees(np.arctan2(rise, run)) + 45) % 90 - 45
    lengths = np.hypot(run, rise)
    near = np.abs(angles) < MOST
    if lengths[near].sum() < LEAST_LENGTH * width:
        return 0.0
    order = np.argsort(angles[near])
    sums = np.cumsum(lengths[near][order])
    middle = float(angles[near][order][np.searchsorted(sums, sums[-1] / 2)])
    agreeing = lengths[np.abs(angles - middle) < 0.8].sum()
    if abs(middle) < LEAST or agreeing < 0.5 * lengths[near].sum():
        return 0.0
    return middle


def inscribed(width: int, height: int, angle: float) -> tuple[int, int]:
    """Return the largest upright rectangle of the same form in a turned picture."""
    sin, cos = abs(math.sin(angle)), abs(math.cos(angle))
    part = min(
        width / (width * cos + height * sin), height / (width * sin + height * cos)
    )
    return math.floor(width * part), math.floor(height * part)


def _turned(pixels: np.ndarray, place: Box, back: np.ndarray) -> np.ndarray:
    """Return what lies in one box of the turned picture."""
    corners = np.array(
        [
            [place.left, place.top, 1],
            [place.right, place.top, 1],
            [place.left, place.bottom, 1],
            [place.right, place.bottom, 1],
        ]
    )
    x, y = back @ corners.T
    whole = all_of(pixels.shape[1], pixels.shape[0])
    needed = Box(
        math.floor(x.min()), math.floor(y.min()), math.ceil(x.max()), math.ceil(y.max())
    )
    window = needed.grown(4, 4, 4, 4).within(whole)
    local = back.copy()
    origin = back[:, :2] @ np.array([place.left, place.top]) + back[:, 2]
    local[:, 2] = origin - (window.left, window.top)
    return cv2.warpAffine(
        np.ascontiguousarray(pixels[window.slices]),
        local,
        (place.width, place.height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
