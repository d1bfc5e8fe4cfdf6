"""Find blemishes: small spots on skin that are darker or redder than what is around.

Differences of Gaussians over several scales, normalised by the skin's own unrest
(Lindeberg, "Feature Detection with Automatic Scale Selection", IJCV 30, 1998).
"""

from __future__ import annotations

import cv2
import numpy as np

from imaging.providers.local.retouch.skin import lab
from imaging.providers.local.retouch.smoothing import disc, soft_inside

# Sizes looked for, as parts of the face's width.
SIZES = (0.005, 0.008, 0.012, 0.018, 0.026)
# The largest radius that is healed, as such a part; the least area seen at all.
LARGEST, LEAST_PIXELS = 0.05, 4
# A stroke, such as a wrinkle or a hair, is no spot: its area in its circle is less.
LEAST_ROUND = 0.32
# How often a spot exceeds the unrest of the skin around it, at sensitivity 0 and 1;
# how far around, as a part of the face's width; the least difference in L* or a*.
THRESHOLDS, NEIGHBOURHOOD = (8.0, 2.4), 0.06
LEAST_DEPTH = 1.2


def find(
    pixels: np.ndarray, skin: np.ndarray, width: float, sensitivity: float
) -> np.ndarray:
    """Return a mask (0 or 1) of the blemishes in a view, each with its soft edge.

    The face is `width` pixels wide in it; `skin` is from 0 to 1, `sensitivity` from 0,
    which sees next to nothing, to 1.
    """
    signal = _signal(pixels)
    strongest = np.zeros(skin.shape, np.float32)
    few, many = THRESHOLDS
    limit = few + (many - few) * sensitivity
    for sigma in (size * width for size in SIZES if size * width >= 0.6):
        inner = soft_inside(signal, skin, sigma)
        response = inner - soft_inside(signal, skin, 2.2 * sigma)
        unrest = soft_inside(np.abs(response), skin, NEIGHBOURHOOD * width)
        against = np.maximum(limit * unrest, LEAST_DEPTH)
        np.maximum(strongest, response / against, out=strongest)
    strongest *= cv2.erode(skin, disc(0.008 * width)) > 0.6
    return _spots(strongest, width)


def _signal(pixels: np.ndarray) -> np.ndarray:
    """Return how dark and how red each pixel is: either makes a blemish."""
    colours = lab(pixels)
    return colours[..., 1] - 0.8 * colours[..., 0]


def _spots(strongest: np.ndarray, width: float) -> np.ndarray:
    """Take what is above the limit, each grown to half of its own strength."""
    found = np.zeros(strongest.shape, np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        (strongest > 1).astype(np.uint8)
    )
    reach = round(LARGEST * width)
    for label, (left, top, wide, high, area) in enumerate(stats):
        if label == 0 or max(wide, high) > 2 * reach or area < LEAST_PIXELS:
            continue
        place = np.s_[
            max(0, top - reach) : top + high + reach,
            max(0, left - reach) : left + wide + reach,
        ]
        core = labels[place] == label
        spot = _grown(strongest[place], core)
        radius = _radius(spot)
        if radius > reach or spot.sum() < LEAST_ROUND * np.pi * radius**2:
            continue
        margin = 0.55 * radius + 0.006 * width
        grown = cv2.dilate(spot.astype(np.uint8), disc(margin))
        found[place] = np.maximum(found[place], grown)
    return found


def _grown(strongest: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Return what hangs together with the core down to half of its peak."""
    half = strongest > 0.5 * strongest[core].max()
    _, labels = cv2.connectedComponents(half.astype(np.uint8))
    return np.isin(labels, np.unique(labels[core & half]))


def _radius(mask: np.ndarray) -> float:
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    return float(cv2.minEnclosingCircle(np.vstack(outlines))[1]) + 0.5
