"""Clean Backdrop: an even studio background without creases, stains and dust."""

from __future__ import annotations

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.geometry import Box
from imaging.providers.local.retouch.layers import Drawing, Tiled, rgba
from imaging.providers.local.retouch.people import silhouette
from imaging.providers.local.retouch.plugin import (
    Canvas,
    Choice,
    Plugin,
    Slider,
    Untouched,
)
from imaging.providers.local.retouch.skin import lab
from imaging.providers.local.retouch.smoothing import (
    disc,
    ramp,
    soft,
    soft_inside,
    spread,
)

DIRT_SIZES = (
    ("0", _("automatic")),
    ("1", _("large")),
    ("2", _("medium")),
    ("3", _("fine")),
)
# How far is smoothed over, as a part of the longer side, by size of the dirt.
REACH = {"0": 0.05, "1": 0.08, "2": 0.04, "3": 0.02}
# The least part of the picture that a backdrop fills, and how uneven it may be (L*).
LEAST, ROUGHEST = 0.08, 3.0


class CleanBackdrop(Plugin):
    """Make a studio's backdrop even, and keep its light and its grain.

    A polynomial surface is fitted to the picture's border, stains being left out by
    Tukey's biweight (robust regression, Holland and Welsch, 1977). What follows it and
    hangs together with the border is the backdrop; with the mask, what GrabCut takes
    for a person is not. There everything between its grain and its light goes.
    """

    key, name, label = "clean_backdrop", "Clean Backdrop", _("Clean backdrop")
    help = _("Takes creases, stains and dust off an even studio background.")
    seconds = 0.4
    parameters = (
        Slider(_("strength"), initial=1),
        Choice(_("size of the dirt"), "dirt", DIRT_SIZES, "0"),
        Choice(
            _("people"),
            "people",
            (("protect", _("protected")), ("ignore", _("not looked for"))),
            "protect",
        ),
    )

    def drawing(self, canvas: Canvas) -> Drawing:
        small = canvas.small
        behind = _backdrop(small)
        if self.values.get("people", "protect") == "protect":
            behind = behind * (1 - silhouette(canvas.scene, behind))
        if behind.mean() < LEAST:
            raise Untouched(_("no even backdrop was found."))
        sigma = REACH[str(self.values.get("dirt", "0"))] * max(small.shape)
        seen = small.astype(np.float32)
        even = _light(seen, behind, sigma)
        calm = soft(seen, 1.2)
        off = seen - calm
        grain = [3.5 * spread(off[..., one][behind > 0.5]) + 1.5 for one in range(3)]
        limit = np.array(grain, np.float32)
        opacity = behind * self.strength

        def paint(tile: np.ndarray, box: Box) -> np.ndarray:
            detail = tile - canvas.scene.enlarged(calm, box)
            ground = canvas.scene.enlarged(even, box)
            return rgba(
                ground + np.clip(detail, -limit, limit),
                canvas.scene.enlarged(opacity, box),
            )

        return Tiled(canvas.scene.box, paint)


def _backdrop(small: np.ndarray) -> np.ndarray:
    """Return where an even backdrop is seen, 0 to 1.

    Raises Untouched where the border is not even.
    """
    height, width = small.shape[:2]
    border = np.zeros((height, width), bool)
    deep = max(2, round(0.05 * min(height, width)))
    border[:deep] = True
    border[: 2 * height // 3, :deep] = border[: 2 * height // 3, -deep:] = True
    surface = _fitted(small.astype(np.float32), border)
    off = np.abs(lab(small) - lab(np.clip(surface, 0, 255)))
    distance = soft(off @ np.array([0.5, 1.0, 1.0], np.float32), 1)
    usual = float(np.median(distance[border]))
    if usual > ROUGHEST:
        raise Untouched(_("no even backdrop was found."))
    limit = 5 + 3 * usual
    near = (distance < limit).astype(np.uint8)
    like = cv2.morphologyEx(near, cv2.MORPH_OPEN, disc(0.004 * width))
    _count, labels = cv2.connectedComponents(like)
    outer = np.unique(labels[border & (like > 0)])
    behind = np.isin(labels, outer[outer > 0]).astype(np.uint8)
    # Stains and creases are islands in the backdrop; people reach its border.
    behind = _without_islands(behind, most=0.01)
    behind = cv2.erode(behind, disc(0.003 * width)).astype(np.float32)
    return soft(behind, max(0.8, 0.003 * width))


def _without_islands(behind: np.ndarray, most: float) -> np.ndarray:
    """Fill holes that are smaller than this part of the picture."""
    count, labels, stats, _centres = cv2.connectedComponentsWithStats(1 - behind)
    small = [
        label
        for label in range(1, count)
        if stats[label, cv2.CC_STAT_AREA] < most * behind.size
    ]
    return np.where(np.isin(labels, small), 1, behind).astype(np.uint8)


def _fitted(seen: np.ndarray, border: np.ndarray) -> np.ndarray:
    """Fit a surface of the second degree to each channel's border, robustly."""
    height, width = border.shape
    y, x = np.meshgrid(
        np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij"
    )
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1)
    step = max(1, border.sum() // 20_000)
    basis, values = terms[border][::step], seen[border][::step]
    weights = np.ones(len(values))
    for _round in range(6):
        scale = np.sqrt(weights)[:, None]
        found = np.linalg.lstsq(basis * scale, values * scale, rcond=None)[0]
        off = np.abs(values - basis @ found).sum(axis=1)
        reach = 4.685 * max(1.4826 * float(np.median(off)), 1.0)
        weights = np.where(off < reach, (1 - (off / reach) ** 2) ** 2, 0)
    return (terms @ found).astype(np.float32)


def _light(seen: np.ndarray, behind: np.ndarray, sigma: float) -> np.ndarray:
    """Return the backdrop's smooth light; stains and creases have no say in it."""
    calm = soft(seen, 1.5)
    even = soft_inside(seen, behind, sigma)
    for _round in range(3):
        off = np.abs(calm - even).sum(axis=2)
        usual = off[behind > 0.5]
        limit = float(np.median(usual)) + 2.5 * max(spread(usual), 1.0)
        clean = behind * ramp(off, 1.6 * limit, limit)
        # In the middle of a large stain its own surroundings must do.
        told = ramp(soft(clean, sigma), 0.02, 0.1)[..., None]
        even = told * soft_inside(seen, clean, sigma) + (1 - told) * even
    return even
