"""Measures of structure: texture, pores, lines.

They are read from the logarithm of the green light, which blood and pigment both take
away, and which a bright picture cuts off later than the red.
"""

from __future__ import annotations

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.skin.colour import MORE
from imaging.providers.local.skin.measure import (
    Measure,
    Reading,
    Unmeasured,
    by_area,
    union,
)
from imaging.providers.local.skin.portrait import FACE, UNDER_EYES, Portrait, disc

# A pore is smaller than a millimetre; a pixel wider than this does not show it.
PORE_PIXEL_MM = 0.72
ORIENTATIONS = 12
# How round the filters are, so that they do not reach from pore to pore, and how much
# of the square over its diagonal a line may fill: a spot fills more.
SLENDER, THIN = 1.0, 0.25


def band(portrait: Portrait, fine: float, coarse: float) -> np.ndarray:
    """Return what lies between two scales in millimetres: a difference of Gaussians."""
    light = portrait.log(1)
    low, high = (
        cv2.GaussianBlur(light, (0, 0), scale / portrait.mm) for scale in (fine, coarse)
    )
    return low - high


def spread(values: np.ndarray) -> float:
    """Return the standard deviation as it would be without what stands out."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def inner(portrait: Portrait) -> np.ndarray:
    """Return skin away from its edges, which are no structure of the skin."""
    return cv2.erode(portrait.matt.astype(np.uint8), disc(7)).astype(bool)


class Texture(Measure):
    key = "texture"
    label = _("Texture")
    # xgettext:no-python-format
    unit = _("% of the light")
    full = 8.0
    direction = _("higher: rougher")
    colour = (20, 160, 90)
    definition = _(
        "How uneven the skin is at 1 to 4 mm: the deviation, by its median, of the "
        "band between two Gaussians (0.5 and 1.6 mm) of the light's logarithm over "
        "forehead, cheeks, nose and chin, beside lines. 100 is a deviation of 8 %."
    )
    source = (
        "Band-pass by difference of Gaussians: Marr and Hildreth, Proc R Soc B 207 "
        "(1980) 187. The band and the scale are our own."
    )

    def read(self, portrait: Portrait) -> Reading:
        # 100 log10 of the light: 1 % of it is 0.43.
        rough = np.abs(band(portrait, 0.5, 1.6)) / 0.4343
        where = inner(portrait) & ~beside_lines(portrait)
        seen = by_area(portrait, rough, FACE, where)
        areas = {
            name: 1.4826 * float(np.median(rough[portrait.areas[name] & where]))
            for name in seen
        }
        seen_at = union(portrait, FACE, where)
        raw = 1.4826 * float(np.median(rough[seen_at]))
        local = cv2.GaussianBlur(rough, (0, 0), 1.2 / portrait.mm)
        mask = np.clip((local - 2) / 6, 0, 1) * seen_at
        return Reading(raw, areas, mask)


class Pores(Measure):
    key = "pores"
    label = _("Pores")
    unit = _("per cm²")
    full = 40.0
    direction = MORE
    colour = (250, 140, 0)
    definition = _(
        "How many dark dots smaller than 1.5 mm a square centimetre of forehead, "
        "cheeks, nose and chin has: local minima of the band from 0.3 to 0.9 mm that "
        "are round and stand out from the skin's own grain. 100 is 40 of them."
    )
    source = (
        "Blobs in scale space: Lindeberg, Int J Comput Vis 30 (1998) 79. What counts "
        "as a pore, and the scale, are our own; others also weigh how they look "
        "(Dissanayake et al., Skin Res Technol 25 (2019) 631)."
    )

    def read(self, portrait: Portrait) -> Reading:
        if portrait.native_mm > PORE_PIXEL_MM:
            raise Unmeasured(
                "resolution_too_low",
                "Pores are smaller than a millimetre, and a pixel of this face is "
                f"{portrait.native_mm:.1f} mm wide. The eyes need to be at least "
                f"{63 / PORE_PIXEL_MM:.0f} pixels apart.",
            )
        where = inner(portrait)
        dots = self.dots(portrait, where)
        per_cm2 = dots * (100 / portrait.mm**2)
        areas = by_area(portrait, per_cm2, FACE, where)
        raw = float(per_cm2[union(portrait, FACE, where)].mean())
        spots = cv2.dilate(dots.astype(np.float32), disc(3))
        return Reading(raw, areas, cv2.GaussianBlur(spots, (0, 0), 0.8))

    @staticmethod
    def dots(portrait: Portrait, where: np.ndarray) -> np.ndarray:
        """Return the middles of pores."""
        dark = -band(portrait, 0.3, 0.9)
        if not (seen := union(portrait, FACE, where)).any():
            return seen
        # Against the grain of the skin, and at least 4 % of the light.
        least = max(4.5 * spread(dark[seen]), 1.75)
        peak = dark >= cv2.dilate(dark, disc(3))
        across, along = curvatures(dark, 0.35 / portrait.mm)
        return peak & (dark > least) & (along > 0.35 * across) & seen


def curvatures(dark: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how sharply a dark place ends, across and along it (of the Hessian)."""
    soft = cv2.GaussianBlur(dark, (0, 0), sigma)
    xx, yy, xy = (
        cv2.Sobel(soft, cv2.CV_32F, dx, dy, ksize=5, scale=1 / 64)
        for dx, dy in ((2, 0), (0, 2), (1, 1))
    )
    half, root = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    return -(half - root), -(half + root)


class Lines(Measure):
    key = "lines"
    label = _("Lines")
    # xgettext:no-python-format
    unit = _("% of the light")
    full = 2.0
    direction = MORE
    colour = (200, 30, 200)
    definition = _(
        # xgettext:no-python-format
        "How much light fine lines take away: the mean, over forehead, cheeks, chin "
        "and under the eyes, of what the strongest of 12 oriented filters sees more "
        "than the filter across it, where it stands out from the skin's own grain and "
        "goes on for at least 5 mm. 100 is 2 % of the light."
    )
    source = (
        "Gabor filters and morphology for wrinkles: Batool and Chellappa, Pattern "
        "Recognition 48 (2015), doi 10.1016/j.patcog.2014.08.003; the functions: "
        "Daugman, J Opt Soc Am A 2 (1985) 1160. The thresholds and the scale are our "
        "own."
    )
    places = ("forehead", "left_cheek", "right_cheek", "chin", *UNDER_EYES)

    def read(self, portrait: Portrait) -> Reading:
        where = cv2.erode(portrait.matt.astype(np.uint8), disc(4)).astype(bool)
        by_area(portrait, portrait.luminance, self.places, where)
        seen = union(portrait, self.places, where)
        kept = strokes(portrait, seen)
        # Over all skin: what shines hides lines, and makes the others no more.
        areas = by_area(portrait, kept, self.places, portrait.skin)
        whole = union(portrait, self.places, portrait.skin)
        mask = np.clip(kept / 6, 0, 1) * seen
        return Reading(float(kept[whole].mean()), areas, mask)


def strokes(portrait: Portrait, seen: np.ndarray) -> np.ndarray:
    """Return how much light lines take away, in % of it, where `seen`."""
    found = oriented(portrait)
    least = max(2.5 * float(np.median(found[seen])), 0.9)
    # A row of pores is no line: without them, nothing long is left of it.
    dots = cv2.dilate(Pores.dots(portrait, seen).astype(np.uint8), disc(4)) > 0
    lines = long_enough((found > least) & seen & ~dots, 5 / portrait.mm)
    return np.clip(found - least, 0, 30) * lines / 0.4343


def beside_lines(portrait: Portrait) -> np.ndarray:
    """Return where a line is near enough to be taken for texture."""
    seen = union(portrait, FACE, portrait.matt)
    if not seen.any():
        return seen
    return cv2.dilate((strokes(portrait, seen) > 0).astype(np.uint8), disc(6)) > 0


def oriented(portrait: Portrait) -> np.ndarray:
    """Return how much darker a line through each pixel is than what is beside it."""
    light = portrait.log(1)
    # Structures wide as a shadow are none.
    light = light - cv2.GaussianBlur(light, (0, 0), 3 / portrait.mm)
    responses = np.stack(
        [
            cv2.filter2D(-light, cv2.CV_32F, stroke(np.pi * n / ORIENTATIONS, portrait))
            for n in range(ORIENTATIONS)
        ]
    )
    across = np.roll(responses, ORIENTATIONS // 2, axis=0)
    return np.clip((responses - np.maximum(across, 0)).max(axis=0), 0, None)


def stroke(angle: float, portrait: Portrait) -> np.ndarray:
    """Return a filter for a dark line at this angle: a Gabor function, without mean."""
    sigma = 0.8 / portrait.mm
    side = 2 * round(3 * sigma * 1.6) + 1
    kernel = cv2.getGaborKernel(
        (side, side), sigma, angle, 3.2 / portrait.mm, SLENDER, 0, cv2.CV_32F
    )
    kernel -= kernel.mean()
    return kernel / kernel[kernel > 0].sum()


def long_enough(seen: np.ndarray, least: float) -> np.ndarray:
    """Keep what is connected and at least `least` pixels long and rather thin."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    width, height, area = (stats[:, n] for n in (2, 3, 4))
    length = np.hypot(width, height)
    good = (length >= least) & (area < THIN * length**2)
    good[0] = False
    return good[labels]
