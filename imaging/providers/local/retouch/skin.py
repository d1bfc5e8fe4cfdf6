"""Tell skin from everything else, by what skin looks like in this very picture.

The colour model is learnt from the found face and not from other people's skin, so it
holds for every complexion and light: Taylor and Morris, "Adaptive skin segmentation
via feature-based face detection", SPIE 9139, 2014; edges by the guided filter.
"""

from __future__ import annotations

import cv2
import numpy as np

from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.geometry import all_of
from imaging.providers.local.retouch.smoothing import disc, guided, ramp, soft

# Mahalanobis distances in lightness and colour within which a pixel is skin.
SURE, AT_MOST = 2.2, 3.9


def lab(pixels: np.ndarray) -> np.ndarray:
    """Return CIELAB of 8-bit RGB pixels as floats: L 0 to 100, a and b about 0."""
    return cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def rgb(colours: np.ndarray) -> np.ndarray:
    """Return RGB from 0 to 255, unrounded, of CIELAB colours."""
    return np.clip(cv2.cvtColor(colours, cv2.COLOR_LAB2RGB), 0, 1) * 255


def mask_of(pixels: np.ndarray, face: Face, sensitivity: float = 1.0) -> np.ndarray:
    """Return how much each pixel is this person's skin, 0 to 1.

    Eyes, brows, lips and nostrils are not skin here. Above 1 `sensitivity` takes more
    for skin, below it less. Only what lies near the face is looked at.
    """
    height, width = pixels.shape[:2]
    near = face.surroundings.within(all_of(width, height))
    mask = np.zeros((height, width), np.float32)
    view, face = pixels[near.slices], face.moved(-near.left, -near.top)
    colours = lab(view)
    sample = cv2.erode(_cheeks(view.shape[:2], face), disc(0))
    middle, spread_of = _model(colours[sample > 0])
    distance = _distance(soft(colours, 0.006 * face.width), middle, spread_of)
    distance *= _height(view.shape[:2], face)
    reach = 0.6 + 0.4 * sensitivity
    likely = ramp(distance, AT_MOST * reach, SURE * reach)
    likely *= _smooth(colours[..., 0], sample, face.width)
    # Shine and spots tear holes that are skin all the same.
    likely = cv2.morphologyEx(likely, cv2.MORPH_CLOSE, disc(0.03 * face.width))
    likely *= 1 - features(view.shape[:2], face)
    likely = _connected(likely, sample)
    light = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    drawn = guided(likely, light, max(1, round(0.015 * face.width)), 4e-4)
    mask[near.slices] = ramp(drawn, 0.15, 0.85)
    return mask


def features(shape: tuple[int, ...], face: Face) -> np.ndarray:
    """Return where eyes with their brows, nostrils and lips are: 1, softly to 0."""
    drawn = np.zeros(shape[:2], np.float32)
    for side in (-0.5, 0.5):
        _ellipse(drawn, face, (side * 1.04, -0.15), (0.40, 0.31))
    _ellipse(drawn, face, (0, 1.10), (0.52, 0.28))
    _ellipse(drawn, face, (0, 0.68), (0.26, 0.11))
    return soft(drawn, 0.03 * face.apart)


def _cheeks(shape: tuple[int, ...], face: Face) -> np.ndarray:
    """Return where skin is for sure: cheeks, the bridge of the nose, the forehead."""
    drawn = np.zeros(shape[:2], np.float32)
    for side in (-0.55, 0.55):
        _ellipse(drawn, face, (side, 0.55), (0.26, 0.22))
    _ellipse(drawn, face, (0, 0.3), (0.12, 0.2))
    _ellipse(drawn, face, (0, -0.5), (0.4, 0.12))
    return drawn


def _ellipse(
    plane: np.ndarray,
    face: Face,
    centre: tuple[float, float],
    half: tuple[float, float],
) -> None:
    """Fill an ellipse that is given in pupil distances, leaning with the head."""
    x, y = face.at(*centre)
    axes = tuple(max(1, round(one * face.apart)) for one in half)
    lean = float(np.degrees(face.tilt))
    cv2.ellipse(plane, (round(x), round(y)), axes, lean, 0, 360, 1.0, -1)


def _model(sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle and the covariance of skin colours; outliers are left out."""
    if len(sample) < 16:
        return np.array([60.0, 15.0, 15.0]), np.diag([400.0, 36.0, 36.0])
    middle = np.median(sample, axis=0)
    off = np.abs(sample - middle).sum(axis=1)
    core = sample[off <= np.percentile(off, 65)]
    covariance = np.cov(core.T)
    # Cheeks are evenly lit; a neck lies in the shade, and a nose shines.
    return middle, covariance * 2 + np.diag([110.0, 5.0, 6.0])


def _distance(
    colours: np.ndarray, middle: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    off = (colours - middle.astype(np.float32)).reshape(-1, 3)
    weights = np.linalg.inv(covariance).astype(np.float32)
    squared = np.einsum("ni,ni->n", off @ weights, off)
    return np.sqrt(np.maximum(squared, 0)).reshape(colours.shape[:2])


def _smooth(light: np.ndarray, sample: np.ndarray, width: float) -> np.ndarray:
    """Return 1 where the surface is about as even as cheeks, 0 where it is hair."""
    fine = np.square(light - soft(light, 0.012 * width))
    rough = np.sqrt(np.maximum(soft(fine, 0.03 * width), 0))
    usual = float(np.median(rough[sample > 0])) if sample.any() else 1.0
    return ramp(rough, 5 * usual + 3, 2.5 * usual + 1.5)


def _height(shape: tuple[int, ...], face: Face) -> np.ndarray:
    """Return 1 up to the usual hairline and more above: blond hair is near to skin."""
    rows, columns = np.indices(shape[:2], np.float32)
    x, y = face.between_eyes
    down = (rows - y) * np.cos(face.tilt) - (columns - x) * np.sin(face.tilt)
    return 1 + 0.7 * ramp(down / face.apart, -0.75, -1.3)


def _connected(likely: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Keep what hangs together with the face: a wooden wall does not."""
    solid = cv2.morphologyEx((likely > 0.5).astype(np.uint8), cv2.MORPH_OPEN, disc(1))
    _, labels = cv2.connectedComponents(solid)
    wanted = np.unique(labels[(sample > 0) & (solid > 0)])
    kept = np.isin(labels, wanted[wanted > 0]).astype(np.uint8)
    return likely * cv2.dilate(kept, disc(2))
