"""A drawn face for the tests, of any complexion: nobody's, and not calibrated on.

The bundled pictures have one face in colour; what holds for that one alone would show
on these.
"""

from functools import cache

import cv2
import numpy as np

from .portraits import encoded

# Light that skin throws back, of linear red, green and blue.
COMPLEXIONS = {
    "fair": (0.62, 0.40, 0.30),
    "tan": (0.40, 0.22, 0.135),
    "deep": (0.15, 0.075, 0.045),
}
EYES = ((380, 460), (620, 460))


@cache
def drawn(complexion: str) -> np.ndarray:
    """Return a face 240 pixels between the pupils, evenly lit from above the left."""
    skin = np.array(COMPLEXIONS[complexion], np.float32)
    picture = np.full((1080, 1000, 3), (0.30, 0.33, 0.36), np.float32)
    oval(picture, (500, 500), (330, 430), (0.02, 0.015, 0.012))
    cv2.rectangle(picture, (400, 800), (600, 1080), (skin * 0.6).tolist(), -1)
    oval(picture, (500, 560), (275, 370), skin)
    for x, y in EYES:
        eye(picture, x, y, skin)
    for side in (-1, 1):
        oval(picture, (500 + 24 * side, 605), (13, 8), skin * 0.35)
    oval(picture, (500, 725), (85, 24), skin * (0.75, 0.45, 0.5))
    cv2.line(picture, (420, 725), (580, 725), (skin * 0.3).tolist(), 4)
    return encoded(lit(cv2.GaussianBlur(picture, (0, 0), 1.6)))


def oval(
    picture: np.ndarray,
    centre: tuple[int, int],
    radii: tuple[int, int],
    light: np.ndarray | tuple[float, ...],
) -> None:
    colour = np.asarray(light, float).tolist()
    cv2.ellipse(picture, centre, radii, 0, 0, 360, colour, -1, cv2.LINE_AA)


def eye(picture: np.ndarray, x: int, y: int, skin: np.ndarray) -> None:
    """Draw a white, an iris, the lids' shade and a brow."""
    oval(picture, (x, y - 6), (62, 34), skin * 0.55)
    oval(picture, (x, y), (46, 20), (0.6, 0.58, 0.56))
    oval(picture, (x, y), (21, 21), (0.05, 0.04, 0.03))
    oval(picture, (x, y), (10, 10), (0.004, 0.004, 0.004))
    dark = [0.02, 0.015, 0.012]
    cv2.ellipse(picture, (x, y), (50, 24), 0, 180, 360, dark, 7, cv2.LINE_AA)
    cv2.ellipse(picture, (x, y - 40), (72, 24), 0, 195, 345, dark, 15, cv2.LINE_AA)


def lit(picture: np.ndarray) -> np.ndarray:
    """Light it from one side, round the face and its nose, and give it grain."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    round_ = 1 - 0.25 * (((x - 480) / 275) ** 2 + ((y - 520) / 370) ** 2).clip(0, 1.5)
    nose = np.exp(-(((x - 500) / 22) ** 2) - ((y - 540) / 70) ** 2)
    shade = np.exp(-(((x - 535) / 14) ** 2) - ((y - 550) / 60) ** 2)
    noise = np.random.default_rng(4).normal(0, 1, (2, *picture.shape[:2], 1))
    fine, coarse = (
        cv2.GaussianBlur(one.astype(np.float32), (0, 0), sigma)
        for one, sigma in zip(noise, (0.8, 4), strict=True)
    )
    grain = 1 + 0.02 * fine / fine.std() + 0.015 * coarse / coarse.std()
    light = round_ * (1 + 0.08 * nose - 0.12 * shade) * grain
    return picture * light[..., None]
