"""Resampling along one axis as a matrix: which pixel weighs how much for a place."""

from __future__ import annotations

import numpy as np

STEPS = 10


def back_projection(centres: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices that enlarge `length` pixels and make them small again.

    `centres` are the places of the large picture's pixels among the small one's. The
    first is U (1 + L + ... + L^10), L = 1 - D U, ten steps of back-projection with the
    Lanczos filter U; the second is the antialiased cubic D (Keys, a = -1/2).
    """
    distances = centres[:, None] - np.arange(length)
    enlarge = normalised(lanczos(distances))
    reduce = normalised(cubic(distances).T)
    one = np.eye(length)
    lacking = one - reduce @ enlarge
    total = one
    for _ in range(STEPS):
        total = one + lacking @ total
    return enlarge @ total, reduce


def sampling(centres: np.ndarray, length: int, shrinking: float) -> np.ndarray:
    """Return the matrix from `length` pixels to these places, antialiased cubic.

    `shrinking` is the number of pixels between two places.
    """
    distances = centres[:, None] - np.arange(length)
    return normalised(cubic(distances / max(shrinking, 1)))


def apart(rows: np.ndarray, lines: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Resample lines (h, channels, w) by a matrix for each axis."""
    height, channels, width = lines.shape
    tall = (rows @ lines.reshape(height, -1)).reshape(-1, width)
    return (tall @ columns.T).reshape(len(rows), channels, -1)


def single(weights: np.ndarray) -> np.ndarray:
    """Return them in single precision, without what is too small to matter.

    Far weights fade into denormal numbers, which are ten times as slow.
    """
    return np.where(np.abs(weights) < 1e-7, 0, weights).astype(np.float32)


def normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=1, keepdims=True)


def lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


def cubic(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))
