"""Surfaces drawn for the plugins that need no face: a backdrop, cloth, a desk."""

import cv2
import numpy as np


def backdrop(width: int = 480, height: int = 360) -> np.ndarray:
    """Draw an evenly lit studio wall with a camera's grain."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 168 - 30 * ((x / width - 0.4) ** 2 + (y / height - 0.3) ** 2)
    grain = np.random.default_rng(5).normal(0, 1.5, (height, width, 3))
    wall = light[..., None] * (1.0, 1.01, 1.04) + grain
    return np.rint(wall).clip(0, 255).astype(np.uint8)


def subject(picture: np.ndarray) -> np.ndarray:
    """Return where something stands before the backdrop, and paint it there."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        mask, (width // 2, height), (width // 5, 2 * height // 3), 0, 0, 360, 1, -1
    )
    picture[mask > 0] = (40, 60, 120)
    return mask > 0


def stained(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture with a stain and a crease, and where they are."""
    amount = np.zeros(picture.shape[:2], np.float32)
    cv2.circle(amount, (70, 80), 12, 1.0, -1)
    cv2.line(amount, (300, 60), (460, 110), 1.0, 3)
    amount = cv2.GaussianBlur(amount, (0, 0), 1.5)
    made = picture - 24 * amount[..., None]
    return np.rint(made).clip(0, 255).astype(np.uint8), amount > 0.3


def dusty(picture: np.ndarray, specks: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture with dark and light specks, and where they are."""
    random, made = np.random.default_rng(2), picture.copy()
    mask = np.zeros(picture.shape[:2], np.uint8)
    for at in range(specks):
        place = random.uniform(15, (picture.shape[1] - 15, picture.shape[0] - 15))
        place = place.astype(int).tolist()
        cv2.circle(made, place, 1, (235,) * 3 if at % 3 else (60,) * 3, -1, cv2.LINE_AA)
        cv2.circle(mask, place, 2, 1, -1)
    return made, mask > 0
