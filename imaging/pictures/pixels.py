"""A picture's pixels for whoever works on them: read from a file, written to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from imaging import pictures


@dataclass(frozen=True)
class Pixels:
    """Upright pixels (height, width, 3 or 4) of 8 bits, and the profile they are in."""

    array: np.ndarray
    icc: bytes = b""

    def with_array(self, array: np.ndarray) -> Pixels:
        return replace(self, array=array)


def load(path: Path, scratch: Path) -> Pixels:
    """Decode a picture into `scratch`, as a map of a file so that memory stays small.

    RGB, or RGBA where not all is opaque. Raises pictures.Refused.
    """
    given = scratch / "given.npy"
    pictures.decode(path, given)
    profile, opacity = pictures.icc_of(given), pictures.alpha_of(given)
    array = np.load(given, mmap_mode="r")
    if opacity.exists():
        array = joined(array, np.load(opacity, mmap_mode="r"), scratch / "joined.npy")
    return Pixels(array, profile.read_bytes() if profile.exists() else b"")


def joined(colour: np.ndarray, opacity: np.ndarray, to: Path) -> np.ndarray:
    """Put colour and opacity into one array."""
    both = open_memmap(to, "w+", np.uint8, (*colour.shape[:2], 4))
    both[..., :3], both[..., 3] = colour, opacity
    return both


def save(pixels: Pixels, to: Path, *, format: str, quality: int = 92) -> None:
    """Encode pixels. Raises pictures.Refused for sides that the format cannot have."""
    array = pixels.array
    pictures.encode(
        array[..., :3],
        to,
        format=format,
        quality=quality,
        icc=pixels.icc,
        alpha=array[..., 3] if array.shape[2] == 4 else None,
    )
