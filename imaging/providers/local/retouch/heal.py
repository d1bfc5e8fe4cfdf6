"""Heal: blemishes are replaced by clean skin from beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch import blemishes, patches
from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.geometry import Box, all_around, all_of
from imaging.providers.local.retouch.layers import Drawing, Progress, rgba
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Slider, Untouched
from imaging.providers.local.retouch.scene import reduced
from imaging.providers.local.retouch.skin import features
from imaging.providers.local.retouch.smoothing import disc, ramp

# Blemishes are looked for where a face is this wide.
FACE_WIDTH = 450
# How far away the clean skin may lie, in radii of the hole, and in which directions.
REACHES, DIRECTIONS = (2.3, 3.2, 4.5), 12
# How far, in levels of 255, skin around a hole may deviate from a smooth shade.
ROUGHEST = 7.0


class Heal(Plugin):
    """Replace blemishes by clean skin from beside them, as a healing brush does.

    They are found by differences of Gaussians inside the skin (see `blemishes`) and
    closed by Poisson cloning of the most alike clean place near (see `patches`), so
    the texture stays; where no clean skin is near, by inpainting.
    """

    key, name, label = "heal", "Heal", _("Heal")
    help = _("Removes spots and blemishes from skin.")
    chosen = needs_face = True
    seconds = 0.1
    parameters = (Slider(_("sensitivity"), initial=0.7),)

    def drawing(self, canvas: Canvas) -> Drawing:
        scene = canvas.scene
        views = [View.of(canvas, at, self.strength) for at in range(len(scene.faces))]
        if not any(view.holes.any() for view in views):
            raise Untouched(_("no blemish was found."))
        return Healing(views)


@dataclass(frozen=True)
class View:
    """One person's skin in the size at which blemishes are looked for.

    `box` is where it lies in the picture, `factor` its scale; `smooth` are its pixels
    a little blurred, `holes` what is to be healed, `clean` what may be copied from,
    `skin` the mask as it was seen, with the tears of blemishes in it.
    """

    box: Box
    factor: float
    smooth: np.ndarray
    holes: np.ndarray
    clean: np.ndarray
    skin: np.ndarray

    @classmethod
    def of(cls, canvas: Canvas, at: int, sensitivity: float) -> View:
        scene, face = canvas.scene, canvas.scene.faces[at]
        box = face.surroundings.within(scene.box)
        least = min(1.0, FACE_WIDTH / face.width)
        pixels, factor = reduced(
            canvas.pixels[box.slices], max(1, round(box.width * box.height * least**2))
        )
        seen = face.moved(-box.left, -box.top).scaled(factor)
        skin = _whole(scene.skins[at], box.scaled(scene.factor), pixels.shape, seen)
        holes = blemishes.find(pixels, skin, seen.width, sensitivity)
        clean = ((skin > 0.8) & (cv2.dilate(holes, disc(1)) == 0)).astype(np.uint8)
        smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 1)
        return cls(box, factor, smooth, holes, clean, skin)

    def each(self) -> Iterator[tuple[Box, np.ndarray]]:
        """Yield each hole with the box in the view that it and its edge lie in."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(self.holes)
        whole = all_of(self.holes.shape[1], self.holes.shape[0])
        for label in range(1, count):
            left, top, width, height, _area = (int(one) for one in stats[label])
            near = Box(left, top, left + width, top + height).grown(4, 4, 4, 4)
            hole = (labels[near.slices] == label).astype(np.uint8)
            if whole.holds(near) and self._lies_open(near, hole):
                yield near, hole

    def _lies_open(self, box: Box, hole: np.ndarray) -> bool:
        """Say whether all around the hole is even skin, and no edge of anything."""
        ring = (cv2.dilate(hole, disc(2)) - hole) > 0
        rows, columns = np.nonzero(ring)
        light = self.smooth[box.slices][ring].mean(axis=1)
        y, x = rows / len(hole) - 0.5, columns / hole.shape[1] - 0.5
        shades = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)
        fit = np.linalg.lstsq(shades, light, rcond=None)[0]
        uneven = float((light - shades @ fit).std())
        return uneven < ROUGHEST and self.skin[box.slices][ring].mean() > 0.9

    def donor(self, box: Box, hole: np.ndarray) -> tuple[int, int] | None:
        """Return how far away clean skin lies that is most like this hole's edge."""
        ring = cv2.dilate(hole, disc(2)) - hole
        needed = (hole + ring) > 0
        radius = max(box.width, box.height) / 2 - 2
        whole = all_of(self.clean.shape[1], self.clean.shape[0])
        here = self.smooth[box.slices][ring > 0]
        best, least = None, math.inf
        for reach, step in product(REACHES, range(DIRECTIONS)):
            angle = 2 * math.pi * step / DIRECTIONS
            x = round(reach * radius * math.cos(angle))
            y = round(reach * radius * math.sin(angle))
            there = box.moved(x, y)
            if not whole.holds(there) or not self.clean[there.slices][needed].all():
                continue
            off = self.smooth[there.slices][ring > 0] - here
            cost = float(np.abs(off - off.mean(axis=0)).mean())
            cost += 0.3 * float(np.abs(off.mean(axis=0)).mean())
            if cost < least:
                best, least = (x, y), cost
        return best


@dataclass(frozen=True)
class Healing:
    """The drawing of all that is healed: normal, and transparent everywhere else."""

    views: list[View]
    mode: str = "normal"

    @property
    def box(self) -> Box:
        return all_around(view.box for view in self.views)

    def draw(self, pixels: np.ndarray, out: np.ndarray, progress: Progress) -> None:
        jobs = [(view, *one) for view in self.views for one in view.each()]
        for done, (view, near, hole) in enumerate(jobs, 1):
            self._heal(pixels, out, view, near, hole)
            progress(done / len(jobs))

    def _heal(
        self,
        pixels: np.ndarray,
        out: np.ndarray,
        view: View,
        near: Box,
        hole: np.ndarray,
    ) -> None:
        """Close one hole at full size."""
        scale = 1 / view.factor
        place = near.scaled(scale).moved(view.box.left, view.box.top)
        place = place.within(view.box)
        size = (place.width, place.height)
        large = cv2.resize(
            hole.astype(np.float32), size, interpolation=cv2.INTER_LINEAR
        )
        solid = (large > 0.5).astype(np.uint8)
        solid[[0, -1]] = solid[:, [0, -1]] = 0
        seen = np.array(pixels[place.slices][..., :3])
        offset = view.donor(near, hole)
        closed = None
        if offset is not None:
            there = place.moved(round(offset[0] * scale), round(offset[1] * scale))
            if view.box.holds(there):
                donor = np.array(pixels[there.slices][..., :3])
                closed = patches.filled(seen, donor, solid)
        if closed is None:
            closed = patches.painted_over(seen, solid)
        inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
        drawn = rgba(closed, ramp(inside, 0, 1 + 1.5 * scale) * (solid > 0))
        target = out[place.moved(-self.box.left, -self.box.top).slices]
        stronger = drawn[..., 3] > target[..., 3]
        target[stronger] = drawn[stronger]


def _whole(
    skin: np.ndarray, under: Box, shape: tuple[int, ...], face: Face
) -> np.ndarray:
    """Return the skin's mask in the view, without the tears that blemishes make."""
    part = skin[under.within(all_of(skin.shape[1], skin.shape[0])).slices]
    size = (shape[1], shape[0])
    large = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
    closed = cv2.morphologyEx(large, cv2.MORPH_CLOSE, disc(0.035 * face.width))
    return np.maximum(closed * (1 - features(shape, face)), 0)
