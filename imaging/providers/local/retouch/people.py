"""Tell people from what is behind them, in the reduced copy.

GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004), begun from the faces: below a
face there are a neck, shoulders and a body, above it there is hair.
"""

from __future__ import annotations

import cv2
import numpy as np

from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.scene import Scene
from imaging.providers.local.retouch.smoothing import disc, guided, ramp

# Pixels that the cut is made in, and its rounds.
PIXELS, ROUNDS = 90_000, 4


def silhouette(scene: Scene, behind: np.ndarray | None = None) -> np.ndarray:
    """Return how much each pixel of the reduced copy is a person, 0 to 1.

    `behind` tells where (above 0.5) there is surely nobody. All 0 without a face.
    """
    height, width = scene.small.shape[:2]
    if not scene.small_faces:
        return np.zeros((height, width), np.float32)
    scale = min(1.0, (PIXELS / (width * height)) ** 0.5)
    view = cv2.resize(scene.small, None, fx=scale, fy=scale, interpolation=3)
    mask = np.full(view.shape[:2], cv2.GC_BGD, np.uint8)
    for face in scene.small_faces:
        _expect(mask, face.scaled(scale))
    if behind is not None:
        size = (view.shape[1], view.shape[0])
        nobody = cv2.resize(behind, size, interpolation=cv2.INTER_AREA) > 0.5
        mask[nobody & (mask == cv2.GC_PR_FGD)] = cv2.GC_PR_BGD
    if not np.isin(mask, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones((height, width), np.float32)
    nobody_yet, person_yet = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    by_mask = cv2.GC_INIT_WITH_MASK
    cv2.grabCut(view, mask, (0, 0, 1, 1), nobody_yet, person_yet, ROUNDS, by_mask)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_CLOSE, disc(3)).astype(np.float32)
    whole = cv2.resize(person, (width, height), interpolation=cv2.INTER_LINEAR)
    light = cv2.cvtColor(scene.small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    drawn = guided(whole, light, max(2, round(0.004 * (width + height))), 1e-4)
    return ramp(drawn, 0.2, 0.8)


def _expect(mask: np.ndarray, face: Face) -> None:
    """Mark where this person is for sure, and where perhaps."""
    (x, y), w = face.box.centre, face.width
    bottom = mask.shape[0]
    around = np.array(
        [
            [x - 1.1 * w, y - 1.15 * w],
            [x + 1.1 * w, y - 1.15 * w],
            [x + 1.2 * w, y + 0.7 * w],
            [x + 2.6 * w, y + 1.4 * w],
            [x + 2.9 * w, bottom],
            [x - 2.9 * w, bottom],
            [x - 2.6 * w, y + 1.4 * w],
            [x - 1.2 * w, y + 0.7 * w],
        ]
    )
    perhaps = cv2.fillPoly(np.zeros_like(mask), [np.rint(around).astype(np.int32)], 1)
    mask[(perhaps > 0) & (mask == cv2.GC_BGD)] = cv2.GC_PR_FGD
    axes = round(0.36 * w), round(0.5 * w)
    cv2.ellipse(mask, (round(x), round(y)), axes, 0, 0, 360, cv2.GC_FGD, -1)
    body = np.array(
        [
            [x - 0.25 * w, y],
            [x + 0.25 * w, y],
            [x + 0.6 * w, y + 1.6 * w],
            [x + 0.6 * w, bottom],
            [x - 0.6 * w, bottom],
            [x - 0.6 * w, y + 1.6 * w],
        ]
    )
    cv2.fillPoly(mask, [np.rint(body).astype(np.int32)], cv2.GC_FGD)
