"""Small places of a face at full size: what eyes and teeth are retouched in."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.geometry import Box, all_around
from imaging.providers.local.retouch.layers import Drawing, Progress, rgba
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Untouched
from imaging.providers.local.retouch.skin import lab
from imaging.providers.local.retouch.smoothing import soft

# Of smaller faces neither eyes nor teeth are anything to speak of.
LEAST_APART = 24


@dataclass(frozen=True)
class Closeup:
    """A place of a face: its box, its colours in CIELAB, and the face moved into it.

    `skin` is the person's usual skin colour, `apart` the distance of their pupils.
    """

    box: Box
    colours: np.ndarray
    face: Face
    skin: np.ndarray

    @property
    def apart(self) -> float:
        return self.face.apart

    def ellipse(
        self, x: float, y: float, half_width: float, half_height: float
    ) -> np.ndarray:
        """Return an ellipse that leans with the head, 0 or 1; all in pixels."""
        drawn = np.zeros(self.colours.shape[:2], np.float32)
        axes = max(1, round(half_width)), max(1, round(half_height))
        lean = math.degrees(self.face.tilt)
        cv2.ellipse(drawn, (round(x), round(y)), axes, lean, 0, 360, 1.0, -1)
        return drawn

    def paleness(self, red: float = 1.0) -> np.ndarray:
        """Return 1 where colour is weak beside the skin's, as of eye whites and teeth.

        `red` is how much redness counts: a bloodshot white is still less yellow.
        Measured on a blurred copy, so that a vein in a white does not split it.
        """
        calm = soft(self.colours, 0.012 * self.apart)
        strong = np.hypot(red * calm[..., 1], calm[..., 2]) / calm[..., 0].clip(8)
        usual = math.hypot(red * self.skin[1], self.skin[2]) / max(self.skin[0], 8)
        return np.clip(1 - strong / max(usual, 0.05), 0, 1)


def closeup(
    canvas: Canvas, at: int, centre: tuple[float, float], reach: float
) -> Closeup | None:
    """Cut out what lies within `reach` pupil distances of a place in a face."""
    scene, face = canvas.scene, canvas.scene.faces[at]
    x, y = (round(one) for one in centre)
    around = math.ceil(reach * face.apart)
    box = Box(x - around, y - around, x + around, y + around).within(scene.box)
    if min(box.width, box.height) < around:
        return None
    core = scene.skins[at] > 0.8
    if not core.any():
        return None
    # Known from the picture as it came: eyes and teeth are not measured by each other.
    usual = np.median(lab(scene.small[core][None])[0], axis=0)
    pixels = np.array(canvas.pixels[box.slices][..., :3])
    return Closeup(box, lab(pixels), face.moved(-box.left, -box.top), usual)


@dataclass(frozen=True)
class Touch:
    """What is drawn in one place: RGBA of 8 bits on a box."""

    box: Box
    pixels: np.ndarray


@dataclass(frozen=True)
class Touches:
    """The drawing of a few small places: normal, transparent everywhere else."""

    touches: Sequence[Touch]
    mode: str = "normal"

    @property
    def box(self) -> Box:
        return all_around(touch.box for touch in self.touches)

    def draw(self, pixels: np.ndarray, out: np.ndarray, progress: Progress) -> None:
        for done, touch in enumerate(self.touches, 1):
            target = out[touch.box.moved(-self.box.left, -self.box.top).slices]
            stronger = touch.pixels[..., 3] > target[..., 3]
            target[stronger] = touch.pixels[stronger]
            progress(done / len(self.touches))


def touched(
    canvas: Canvas, place: Closeup, colours: np.ndarray, opacity: np.ndarray
) -> Touch:
    """Return a touch of new RGB colours; what equals the picture stays transparent."""
    drawn = rgba(colours, opacity)
    same = drawn[..., :3] == canvas.pixels[place.box.slices][..., :3]
    drawn[..., 3][same.all(axis=2)] = 0
    return Touch(place.box, drawn)


class CloseupPlugin(Plugin):
    """Retouching of small places: each is found, retouched, and put together."""

    needs_face = True
    # How far a place reaches, in pupil distances.
    reach: ClassVar[float]
    # What is said when no place can be retouched.
    nothing: ClassVar[Any]

    def drawing(self, canvas: Canvas) -> Drawing:
        touches = []
        for at, face in enumerate(canvas.scene.faces):
            for centre in self._centres(face) if face.apart >= LEAST_APART else ():
                if place := closeup(canvas, at, centre, self.reach):
                    touch = self._touch(canvas, place)
                    touches += [touch] if touch else []
        if not touches:
            raise Untouched(self.nothing)
        return Touches(touches)

    @abstractmethod
    def _centres(self, face: Face) -> Sequence[tuple[float, float]]:
        """Return where in a face such places are."""

    @abstractmethod
    def _touch(self, canvas: Canvas, place: Closeup) -> Touch | None:
        """Retouch one place."""
