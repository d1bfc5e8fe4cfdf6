"""Close a hole in a surface with the texture of another place of it.

The texture comes with the differences along the hole's edge spread smoothly over it:
Pérez, Gangnet and Blake, "Poisson Image Editing" (SIGGRAPH 2003), solved by mean value
coordinates (Farbman et al., "Coordinates for Instant Image Cloning", SIGGRAPH 2009).
"""

from __future__ import annotations

import cv2
import numpy as np

from imaging.providers.local.retouch.smoothing import disc, soft_inside

# Points of the edge that are heard, and pixels that are done at once.
POINTS, AT_ONCE = 48, 4_096


def filled(seen: np.ndarray, donor: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Return 8-bit RGB `seen` with its `hole` (0 or 1) closed by `donor`, as floats.

    All three have one size; the hole must not reach the border.
    """
    closed = seen.astype(np.float32)
    missing = closed - donor
    edge = _edge(hole)
    # The edge is read a little blurred: noise of single pixels would streak inwards.
    solid = 1 - hole.astype(np.float32)
    calm = soft_inside(missing, solid, max(0.8, 0.1 * hole.sum() ** 0.5))
    values = calm[edge[:, 1], edge[:, 0]]
    rows, columns = np.nonzero(hole)
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        places = np.stack([columns[part], rows[part]], axis=1).astype(np.float32)
        spread = _coordinates(places, edge.astype(np.float32)) @ values
        closed[rows[part], columns[part]] = donor[rows[part], columns[part]] + spread
    return closed


def painted_over(seen: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Close a hole for which there is no donor, smoothly, as floats.

    Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004.
    """
    return cv2.inpaint(seen, hole, 3, cv2.INPAINT_TELEA).astype(np.float32)


def _edge(hole: np.ndarray) -> np.ndarray:
    """Return points (x, y), in order, just outside the hole."""
    outlines, _ = cv2.findContours(
        cv2.dilate(hole, disc(1)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = max(outlines, key=len)[:, 0]
    return points[:: max(1, len(points) // POINTS)]


def _coordinates(places: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Return each place's mean value coordinates in the polygon `edge`: rows sum to 1.

    Floater, "Mean value coordinates", CAGD 20, 2003.
    """
    arms = edge[None] - places[:, None]
    lengths = np.linalg.norm(arms, axis=2).clip(1e-3)
    following = np.roll(arms, -1, axis=1)
    cross = arms[..., 0] * following[..., 1] - arms[..., 1] * following[..., 0]
    dot = (arms * following).sum(axis=2)
    both = lengths * np.roll(lengths, -1, axis=1)
    # tan(angle / 2) = sin / (1 + cos), without calling any of them.
    halves = np.abs(cross) / np.maximum(both + dot, 1e-3)
    weights = (halves + np.roll(halves, 1, axis=1)) / lengths
    return weights / weights.sum(axis=1, keepdims=True)
