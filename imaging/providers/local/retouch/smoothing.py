"""Filters of float planes that several plugins share."""

from __future__ import annotations

import cv2
import numpy as np

# A Gaussian wider than this is taken on a reduced plane; it loses nothing there.
WIDE = 6.0


def soft(plane: np.ndarray, sigma: float) -> np.ndarray:
    """Blur by a Gaussian of `sigma` pixels; a wide one costs no more than a small."""
    if sigma < 0.3:
        return plane
    if sigma <= WIDE:
        return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    height, width = plane.shape[:2]
    factor = WIDE / 2 / sigma
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), WIDE / 2, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def soft_inside(plane: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    """Blur a plane with what lies in `mask` alone (0 to 1): nothing bleeds in.

    Normalised convolution (Knutsson and Westin, CVPR 1993).
    """
    weight = np.maximum(soft(mask, sigma), 1e-3)
    whole = mask if plane.ndim == 2 else mask[..., None]
    blurred = soft(plane * whole, sigma)
    return blurred / (weight if plane.ndim == 2 else weight[..., None])


def guided(mask: np.ndarray, guide: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """Draw the edges of a soft mask to those of `guide`, both planes from 0 to 1.

    The guided filter (He, Sun and Tang, "Guided Image Filtering", ECCV 2010).
    """

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.blur(plane, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REPLICATE)

    mean_guide, mean_mask = mean(guide), mean(mask)
    covariance = mean(guide * mask) - mean_guide * mean_mask
    variance = mean(guide * guide) - mean_guide * mean_guide
    slope = covariance / (variance + eps)
    offset = mean_mask - slope * mean_guide
    return np.clip(mean(slope) * guide + mean(offset), 0, 1)


def ramp(plane: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at `low` to 1 at `high`; falls where `high` is less."""
    t = np.clip((plane - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def disc(radius: float) -> np.ndarray:
    """Return a round structuring element, at least 3 pixels wide."""
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def spread(values: np.ndarray) -> float:
    """Return the standard deviation as few outliers leave it: from the MAD."""
    if not values.size:
        return 0.0
    return float(1.4826 * np.median(np.abs(values - np.median(values))))
