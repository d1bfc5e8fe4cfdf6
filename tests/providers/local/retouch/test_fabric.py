"""Creases in clothes are flattened; the face, edges and the weave stay."""

from pathlib import Path

import cv2
import numpy as np
from skimage import data

from imaging.providers.local.retouch.fabric import Fabric

from .portraits import apply, changed, landscape

# The suit's front in the whole portrait, and her face.
SUIT, FACE = np.s_[330:400, 60:110], np.s_[90:160, 185:260]


def creased() -> np.ndarray:
    """Return the whole portrait with soft creases across the suit."""
    picture = data.astronaut().astype(np.float32)
    amount = np.zeros(picture.shape[:2], np.float32)
    for y in (345, 365, 385):
        cv2.line(amount, (55, y), (115, y - 8), 1.0, 2)
    picture -= 22 * cv2.GaussianBlur(amount, (0, 0), 1.5)[..., None]
    return np.rint(picture).clip(0, 255).astype(np.uint8)


def folds(picture: np.ndarray) -> float:
    grey = picture.mean(axis=2)
    band = cv2.GaussianBlur(grey, (0, 0), 1.5) - cv2.GaussianBlur(grey, (0, 0), 9)
    return float(band[SUIT].std())


def test_creases_are_flattened(tmp_path: Path) -> None:
    before = creased()
    after = apply(before, Fabric({"strength": 2}), tmp_path).pixels
    assert folds(after) < 0.75 * folds(before)


def test_the_face_and_the_background_stay_to_the_byte(tmp_path: Path) -> None:
    where = changed(creased(), apply(creased(), Fabric({}), tmp_path).pixels)
    assert where[SUIT].any()
    assert not where[FACE].any()
    assert not where[:80].any()


def test_without_a_person_there_are_no_clothes(tmp_path: Path) -> None:
    result = apply(landscape(), Fabric({}), tmp_path)
    assert np.array_equal(result.pixels, landscape())
    assert [name for name, _ in result.notes] == ["Fabric"]
