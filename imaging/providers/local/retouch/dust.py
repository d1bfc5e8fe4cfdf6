"""Dust: small specks on smooth surfaces are closed."""

from __future__ import annotations

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.backdrop import DIRT_SIZES
from imaging.providers.local.retouch.geometry import Box
from imaging.providers.local.retouch.layers import Drawing, Tiled, rgba
from imaging.providers.local.retouch.plugin import Canvas, Choice, Plugin, Slider
from imaging.providers.local.retouch.skin import features
from imaging.providers.local.retouch.smoothing import disc, soft

# A speck's radius as a part of the longer side, by size of the dirt; in pixels, the
# least and the most that a median can look over.
RADIUS = {"0": 0.0022, "1": 0.0045, "2": 0.0022, "3": 0.0011}
LEAST, MOST = 2, 24
# A speck differs by so many times the unrest around it, and at least by so many levels.
TIMES, LEVELS = 7.0, 9.0
# A speck itself counts for no more than this in the unrest around it.
LOUDEST = 24.0
# Where lightness changes by so much within a speck's reach there is an edge.
EDGE = 26


class Dust(Plugin):
    """Close specks of dust, dark or light, where the surface around them is smooth.

    The "dust and scratches" filter: a pixel that differs from the median around it by
    much more than its neighbours do gets the median (Ko and Lee, "Center weighted
    median filters", 1991, and the switching kind of Sun and Neuvo, 1994), with the
    grain of beside it. Edges, textures, eyes and mouths are left alone.
    """

    key, name, label = "dust", "Dust", _("Dust")
    help = _("Closes small specks on smooth surfaces; textures stay.")
    seconds = 0.55
    parameters = (
        Slider(_("strength"), most=2, initial=1),
        Choice(_("size of the dirt"), "dirt", DIRT_SIZES, "0"),
    )

    def drawing(self, canvas: Canvas) -> Drawing:
        scene = canvas.scene
        part = RADIUS[str(self.values.get("dirt", "0"))]
        radius = round(min(max(part * max(scene.width, scene.height), LEAST), MOST))
        kept = np.zeros(scene.small.shape[:2], np.float32)
        for face in scene.small_faces:
            kept = np.maximum(kept, features(kept.shape, face))
        times = TIMES / max(1.0, self.strength)

        def paint(seen: np.ndarray, box: Box) -> np.ndarray:
            closed, specks = _closed(seen, radius, times)
            opacity = soft(specks, 0.4 * radius) * (specks > 0)
            opacity *= 1 - scene.enlarged(kept, box)
            return rgba(closed, opacity * min(1.0, self.strength))

        return Tiled(scene.box, paint, margin=10 * radius)


def _closed(
    seen: np.ndarray, radius: int, times: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the surface without specks, and where they were, 0 or 1."""
    smooth = cv2.medianBlur(seen, 4 * radius + 1)
    off = seen.astype(np.float32) - smooth
    most = np.abs(off).max(axis=2)
    unrest = soft(np.minimum(most, LOUDEST), 3.0 * radius)
    speck = most > np.maximum(times * unrest, LEVELS)
    grey = cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)
    edge = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, disc(1.5 * radius)) > EDGE
    kept = _small(speck.astype(np.uint8), edge, radius)
    solid = cv2.dilate(kept, disc(0.5 * radius))
    # The grain comes from beside: the median alone would be a smear.
    grain = np.roll(off, (3 * radius, 4 * radius), axis=(0, 1))
    grain = np.clip(grain, -2 * unrest[..., None], 2 * unrest[..., None])
    return smooth + grain, solid.astype(np.float32)


def _small(speck: np.ndarray, edge: np.ndarray, radius: int) -> np.ndarray:
    """Keep what is small and lies on no edge."""
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(speck)
    most = np.pi * (1.4 * radius) ** 2
    longest = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    small = (stats[:, cv2.CC_STAT_AREA] <= most) & (longest <= 3.2 * radius)
    small[0] = False
    small[np.unique(labels[edge])] = False
    return small[labels].astype(np.uint8)
