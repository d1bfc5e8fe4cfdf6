"""Whether a picture can be measured at all, asked before anything is measured.

What stands in the way is an Issue with a code and a sentence; then nothing is measured,
and no score is made up. A warning is an issue with which measuring goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from imaging.providers.local.skin.face import EYES, LEFT, TOP, Face, find, has_profile
from imaging.providers.local.skin.portrait import CHEEKS, Portrait, ellipse

# Pixels between the eyes, below which a face has too few to be measured.
EYES_LEAST = 36
# And below which what is finer than two millimetres is not seen.
EYES_GOOD = 88
# How far sharp edges may be blurred, as the deviation of a Gaussian.
BLUR_MM, BLUR_SOFT_MM = 2.0, 1.2
# The brightest 2 % of a face are at least so bright, of 255.
DARK, DIM = 64, 96
# The part of the skin that may be cut off at white.
BRIGHT, BRIGHTISH = 0.30, 0.10
# How much wider one side of the face may look than the other.
TURNED = 1.5
UNEVEN = 1.7
# The second face of a picture counts from this part of the first one's width on.
SECOND = 0.4


@dataclass(frozen=True)
class Issue:
    """What stands in the way of measuring, or may disturb it (a warning)."""

    code: str
    message: str
    measured: float | None = None
    limit: float | None = None
    severity: str = "error"

    @property
    def blocking(self) -> bool:
        return self.severity == "error"

    def data(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "measured": self.measured,
            "limit": self.limit,
        }


def look(picture: np.ndarray) -> tuple[Face | None, list[Issue]]:
    """Find the one face of a picture, or say why there is none to be measured."""
    if issue := unlit(picture):
        return None, [issue]
    faces = find(picture)
    seen = [face for face in faces if face.eyes]
    if not seen:
        return None, [nobody(picture, faces)]
    face = seen[0]
    if others := [one for one in seen[1:] if one.box[2] > SECOND * face.box[2]]:
        count = len(others) + 1
        return face, [
            Issue(
                "several_faces",
                f"{count} faces are seen; there must be one. Cut the picture to the "
                "person who is meant.",
                count,
                1,
            )
        ]
    if face.eye_distance < EYES_LEAST:
        return face, [
            Issue(
                "face_too_small",
                f"The face is too small: the eyes are {face.eye_distance:.0f} pixels "
                f"apart and need to be at least {EYES_LEAST}. Come closer, or use a "
                "larger picture.",
                face.eye_distance,
                EYES_LEAST,
            )
        ]
    return face, []


def unlit(picture: np.ndarray) -> Issue | None:
    """Say whether the whole picture is so dark or bright that no face can be seen."""
    step = max(1, min(picture.shape[:2]) // 300)
    shown = picture[::step, ::step, :3]
    bright = float(np.percentile(shown.max(axis=2), 98))
    if bright < 24:
        return too_dark(bright)
    if (white := float((shown.min(axis=2) >= 250).mean())) > 0.9:
        return too_bright(white)
    return None


def nobody(picture: np.ndarray, faces: Sequence[Face]) -> Issue:
    """Say why no face with two eyes is seen."""
    for face in faces[:1]:
        x, y, width, height = (max(0, round(v)) for v in face.box)
        window = picture[y : y + height, x : x + width, :3]
        if (white := cut_off(window)) > BRIGHTISH:
            return too_bright(white)
        if (blur := softness(window) * face.mm) > BLUR_MM:
            return blurred(blur)
    if has_profile(picture):
        return Issue(
            "turned_away",
            "The face is turned away: it is seen from its side. Both eyes must look "
            "at the camera.",
        )
    if faces:
        return Issue(
            "eyes_not_seen",
            "A face is seen, but not both of its eyes: it may be turned away, or the "
            "eyes are covered or closed.",
        )
    if (white := cut_off(picture[::4, ::4])) > BRIGHT:
        return too_bright(white)
    return Issue("no_face", "No face is seen that looks at the camera.")


def cut_off(pixels: np.ndarray) -> float:
    """Return which part of these pixels is cut off at white."""
    return float(((pixels[..., :3] >= 253).sum(axis=-1) >= 2).mean())


def examine(portrait: Portrait, face: Face) -> Iterator[Issue]:
    """Say what is wrong with the light, the sharpness and the pose of one face."""
    yield from lit(portrait)
    yield from sharp(portrait, face)
    yield from posed(portrait)


def lit(portrait: Portrait) -> Iterator[Issue]:
    inside = np.logical_or.reduce([ellipse(name) for name in (*CHEEKS, "nose")])
    brightest = float(np.percentile(portrait.rgb.max(axis=2)[inside], 98))
    if brightest < DARK:
        yield too_dark(brightest)
    elif brightest < DIM:
        yield too_dark(brightest, DIM, "warning")
    if (white := cut_off(portrait.rgb[inside])) > BRIGHT:
        yield too_bright(white)
    elif white > BRIGHTISH:
        yield too_bright(white, BRIGHTISH, "warning")


def sharp(portrait: Portrait, face: Face) -> Iterator[Issue]:
    blur = blurred_mm(portrait)
    if blur > BLUR_MM:
        yield blurred(blur)
    elif blur > BLUR_SOFT_MM or face.eye_distance < EYES_GOOD:
        yield Issue(
            "low_resolution",
            "The face is small or soft here: pores and fine lines are not seen, and "
            "texture is coarse. Compare only with pictures taken alike.",
            face.eye_distance,
            EYES_GOOD,
            "warning",
        )


def posed(portrait: Portrait) -> Iterator[Issue]:
    sides = lopsided(portrait)
    if sides > TURNED:
        yield Issue(
            "turned_away",
            f"The face is turned away: one side looks {sides:.1f} times as wide as the "
            f"other; {TURNED:g} times is the most. Look straight at the camera.",
            sides,
            TURNED,
        )
    elif (uneven := unevenly_lit(portrait)) > UNEVEN:
        yield Issue(
            "uneven_light",
            f"One cheek gets {uneven:.1f} times as much light as the other. Tone and "
            "under-eye darkness may be off.",
            uneven,
            UNEVEN,
            "warning",
        )


def too_dark(measured: float, limit: float = DARK, severity: str = "error") -> Issue:
    return Issue(
        "too_dark",
        f"The picture is too dark: the brightest places reach {measured:.0f} of 255, "
        f"and need {limit:.0f}. Use more light.",
        measured,
        limit,
        severity,
    )


def blurred(measured: float) -> Issue:
    return Issue(
        "blurred",
        f"The face is out of focus or was moved: its edges are {measured:.1f} mm soft, "
        f"and may be {BLUR_MM:g} mm. Hold still and focus on the eyes.",
        measured,
        BLUR_MM,
    )


def too_bright(
    measured: float, limit: float = BRIGHT, severity: str = "error"
) -> Issue:
    return Issue(
        "too_bright",
        f"The picture is too bright: {100 * measured:.0f} % of the face is cut off at "
        f"white, and {100 * limit:.0f} % may be. Expose less.",
        measured,
        limit,
        severity,
    )


def blurred_mm(portrait: Portrait) -> float:
    """Return how soft the sharpest edges around the eyes are, in millimetres."""
    columns = slice(round((-0.9 - LEFT) * EYES), round((0.9 - LEFT) * EYES))
    rows = slice(round((-0.25 - TOP) * EYES), round((0.25 - TOP) * EYES))
    return softness(portrait.rgb[rows, columns]) * portrait.mm


def softness(window: np.ndarray) -> float:
    """Return how many pixels soft the sharpest edges are, as a Gaussian's deviation.

    The steepest slope of a step of height h, softened by a Gaussian of deviation s, is
    h / (s sqrt(2 pi)).
    """
    grey = cv2.cvtColor(np.ascontiguousarray(window), cv2.COLOR_RGB2GRAY)
    grey = grey.astype(np.float32)
    low, high = np.percentile(grey, (1, 99))
    across, down = (
        cv2.Sobel(grey, cv2.CV_32F, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1))
    )
    steepest = max(float(np.percentile(np.hypot(across, down), 99.5)), 1e-3)
    return float((high - low) / (steepest * np.sqrt(2 * np.pi)))


def lopsided(portrait: Portrait) -> float:
    """Return how much wider one side of the face looks than the other.

    From the point between the eyes to where the cheek ends.
    """
    rows = slice(round((0.15 - TOP) * EYES), round((0.65 - TOP) * EYES))
    middle = round(-LEFT * EYES)
    band = portrait.skin[rows]
    right, left = extent(band[:, middle:]), extent(band[:, middle::-1])
    return max(left, right) / max(min(left, right), 1.0)


def extent(band: np.ndarray) -> float:
    """Return where the skin of a cheek usually ends, counted from the first column."""
    start = round(0.4 * EYES)
    beyond = ~band[:, start:]
    ends = np.where(beyond.any(axis=1), beyond.argmax(axis=1), beyond.shape[1])
    return float(np.median(ends)) + start


def unevenly_lit(portrait: Portrait) -> float:
    """Return how much more light one cheek gets than the other."""
    lights = [float(np.median(portrait.luminance[ellipse(name)])) for name in CHEEKS]
    return max(lights) / max(min(lights), 1e-4)
