"""Faces for the tests: the portrait that scikit-image carries, marked and turned.

The portrait shows Eileen Collins (NASA, public domain). There is no side view of it:
those here are drawn, by turning its pixels on a cylinder, and mirrored.
"""

from functools import cache

import cv2
import numpy as np
from skimage import data

from imaging.providers.local.skin import face as faces
from imaging.providers.local.skin.face import Face
from imaging.providers.local.skin.portrait import LINEAR, Portrait, ellipse


@cache
def small() -> np.ndarray:
    """Return the portrait as it is: the eyes are 44 pixels apart."""
    return data.astronaut()


@cache
def large() -> np.ndarray:
    """Return the face enlarged four times, with a fine grain that skin has there."""
    crop = small()[0:240, 100:340]
    big = cv2.resize(crop, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(2).normal(0, 1.5, big.shape[:2])[..., None]
    return np.rint(big + grain).clip(0, 255).astype(np.uint8)


def face_of(picture: np.ndarray) -> Face:
    return faces.find(picture)[0]


def portrait_of(picture: np.ndarray, at: Face | None = None) -> Portrait:
    face = at or face_of(picture)
    return Portrait(faces.lay_down(picture, face), face.mm)


def on_face(picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return what was drawn over the face laid down, where it lies in the picture."""
    back = cv2.invertAffineTransform(face_of(picture).matrix())
    size = picture.shape[1], picture.shape[0]
    return cv2.warpAffine(drawn.astype(np.float32), back, size)[..., None]


def multiplied(
    picture: np.ndarray, where: np.ndarray, by: tuple[float, float, float]
) -> np.ndarray:
    """Take light of each colour away, or add some, where `where` is 1."""
    there = on_face(picture, where)
    return light_times(picture, 1 + there * (np.array(by) - 1))


def light_times(picture: np.ndarray, by: np.ndarray | float) -> np.ndarray:
    """Multiply the light, as a longer exposure does; sRGB's curve is kept."""
    return encoded(linear(picture) * by)


def linear(picture: np.ndarray) -> np.ndarray:
    return LINEAR[picture]


def encoded(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    curve = 1.055 * np.power(light, 1 / 2.4, where=light > 0, out=light * 0) - 0.055
    codes = np.where(light <= 0.0031308, light * 12.92, curve)
    return np.rint(codes * 255).astype(np.uint8)


def patch(*names: str) -> np.ndarray:
    """Return areas of the face as soft patches."""
    where = np.logical_or.reduce([ellipse(name) for name in names])
    return cv2.GaussianBlur(where.astype(np.float32), None, 8)


def dots(spacing: int, radius: float, *names: str) -> np.ndarray:
    """Return round dots in rows over areas of the face, every second row shifted."""
    where = np.logical_or.reduce([ellipse(name) for name in names])
    drawn = np.zeros(where.shape, np.float32)
    rows, columns = np.nonzero(where)
    shift = rows // spacing % 2 * (spacing // 2)
    middle = spacing // 2
    chosen = (rows % spacing == middle) & ((columns - shift) % spacing == middle)
    for x, y in zip(columns[chosen], rows[chosen], strict=True):
        # In sixteenths of a pixel.
        at, size = (int(16 * x), int(16 * y)), round(16 * radius)
        cv2.circle(drawn, at, size, 1.0, -1, cv2.LINE_AA, 4)
    return drawn


def glints() -> np.ndarray:
    """Return one soft light on each cheek, on the nose and on the chin."""
    drawn = np.zeros(ellipse("nose").shape, np.float32)
    for name in ("left_cheek", "right_cheek", "nose", "chin"):
        rows, columns = np.nonzero(ellipse(name))
        drawn[round(rows.mean()), round(columns.mean())] = 1
    soft = cv2.GaussianBlur(drawn, (0, 0), 13)
    return soft / soft.max()


def strokes() -> np.ndarray:
    """Return five lines across each cheek, a bit over 1 mm wide."""
    drawn = np.zeros(ellipse("nose").shape, np.float32)
    for name, side in (("left_cheek", -1), ("right_cheek", 1)):
        rows, columns = np.nonzero(ellipse(name))
        x, y = int(columns.mean()), int(rows.mean())
        for n in range(-2, 3):
            at = y + 20 * n
            cv2.line(drawn, (x - 45, at), (x + 45, at + 8 * side), 1.0, 4, cv2.LINE_AA)
    return cv2.GaussianBlur(drawn, None, 1)


def roughness() -> np.ndarray:
    """Return a pattern of about 2 mm over all of the face, from -1 to 1."""
    shape = ellipse("nose").shape
    noise = np.random.default_rng(1).normal(0, 1, shape).astype(np.float32)
    rough = cv2.GaussianBlur(noise, None, 2.5) - cv2.GaussianBlur(noise, None, 7)
    return rough / (2 * rough.std())


def turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Draw the face turned aside: its pixels on a cylinder that is turned."""
    face = face_of(picture)
    assert face.eyes
    middle = (face.eyes[0][0] + face.eyes[1][0]) / 2
    radius = 1.25 * face.eye_distance
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    angle = np.arcsin(np.clip((columns - middle) / radius, -1, 1)) - np.radians(degrees)
    source = middle + radius * np.sin(np.clip(angle, -np.pi / 2, np.pi / 2))
    source = np.where(abs(columns - middle) < radius, source, columns)
    return cv2.remap(picture, source.astype(np.float32), rows, cv2.INTER_LINEAR)


def mirrored(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[:, ::-1])
