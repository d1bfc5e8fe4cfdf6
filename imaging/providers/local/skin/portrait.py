"""A face laid down for measuring: its colours, its skin, its areas.

All measures but the tone are relative to the skin's own brightness, so that a longer
exposure, which multiplies all light by one factor, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from imaging.providers.local.skin.face import EYES, EYES_MM, LEFT, SIZE, TOP

# The luminance that the middle of the skin is brought to: L* is 66 there.
USUAL = 0.36
Y = np.array([0.2126, 0.7152, 0.0722], np.float32)
CHEEKS = ("left_cheek", "right_cheek")
UNDER_EYES = ("left_under_eye", "right_under_eye")
FACE = ("forehead", *CHEEKS, "nose", "chin")
# Ellipses: middle and radii, in distances of the eyes from the point between them.
# Left and right are as the picture shows them.
ELLIPSES: Mapping[str, tuple[float, float, float, float]] = {
    "forehead": (0.0, -0.56, 0.72, 0.34),
    "left_cheek": (-0.62, 0.54, 0.30, 0.27),
    "right_cheek": (0.62, 0.54, 0.30, 0.27),
    "nose": (0.0, 0.32, 0.16, 0.26),
    "chin": (0.0, 1.50, 0.36, 0.16),
    "left_under_eye": (-0.50, 0.235, 0.22, 0.085),
    "right_under_eye": (0.50, 0.235, 0.22, 0.085),
}
# Brows lie below this, but for the place between them.
BROWS, BETWEEN_BROWS = -0.36, 0.17
CODES = np.arange(256, dtype=np.float32) / 255
LINEAR = np.where(
    CODES <= 0.04045, CODES / 12.92, ((CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)


@dataclass(frozen=True)
class Portrait:
    """One face, its eyes EYES pixels apart. `native_mm` is a pixel of the picture."""

    rgb: np.ndarray
    native_mm: float
    mm: float = EYES_MM / EYES

    @cached_property
    def linear(self) -> np.ndarray:
        """The light of each pixel, 0 to 1, by sRGB's curve (IEC 61966-2-1)."""
        return LINEAR[self.rgb]

    @cached_property
    def luminance(self) -> np.ndarray:
        return self.linear @ Y

    @cached_property
    def has_colour(self) -> bool:
        """Say whether this is more than a black-and-white picture."""
        chroma = lab(self.linear[::4, ::4])[..., 1:]
        return float(np.hypot(*np.moveaxis(chroma, -1, 0)).mean()) > 2.5

    @cached_property
    def middle(self) -> np.ndarray:
        """The usual light of the skin, from the cheeks and the nose."""
        seed = np.logical_or.reduce([ellipse(name) for name in (*CHEEKS, "nose")])
        light = self.linear[seed]
        bright = light @ Y
        # Shade, hair and highlights are left out.
        low, high = np.percentile(bright, (30, 85))
        return np.median(light[(bright >= low) & (bright <= high)], axis=0)

    @cached_property
    def gain(self) -> float:
        """What brings the skin to its usual brightness."""
        return USUAL / max(float(self.middle @ Y), 1e-4)

    @cached_property
    def lab(self) -> np.ndarray:
        """CIELAB (D65) after the skin has been brought to its usual brightness."""
        return lab(self.linear * self.gain)

    @cached_property
    def skin(self) -> np.ndarray:
        """Where skin is: coloured like the middle of the face, as seen from afar.

        From afar, so that spots and lines belong to it while hair and lips do not.
        """
        soft = cv2.GaussianBlur(self.linear * self.gain, (0, 0), 5)
        distance = lab(soft) - lab(self.middle[None, None] * self.gain)
        light, a, b = np.moveaxis(distance, -1, 0)
        # What shines has lost its yellow.
        yellow = (b > -10) | (light > 8) & (b > -17)
        alike = (light > -24) & (light < 34) & (a > -9) & (a < 30) & yellow & (b < 20)
        there = cv2.erode(self.rgb.max(axis=2), disc(3))
        kept = self._grown((alike & (there > 0)).astype(np.uint8))
        return kept | (enclosed(kept) & (light > 6))

    @staticmethod
    def _grown(alike: np.ndarray) -> np.ndarray:
        """Keep what hangs together with the cheeks and the nose: fair hair does not."""
        kept = cv2.morphologyEx(alike, cv2.MORPH_OPEN, disc(7))
        count, labels = cv2.connectedComponents(kept)
        seed = np.logical_or.reduce([ellipse(name) for name in (*CHEEKS, "nose")])
        shares = np.bincount(labels[seed], minlength=count) / seed.sum()
        shares[0] = 0
        return (shares > 0.05)[labels]

    @cached_property
    def shine(self) -> np.ndarray:
        """Light that is mirrored at the surface, in parts of the skin's own.

        It adds white to the skin's colour (Shafer, "Using color to separate reflection
        components", Color Research and Application 10, 1985): what is brighter than
        its surroundings counts as far as blue has come nearer to green. Red tells no
        more, and is cut off first.
        """
        green, blue = (self.linear[..., n] * self.gain / USUAL for n in (1, 2))
        own = float(self.middle[2] / max(self.middle[1], 1e-4))
        soft = [cv2.GaussianBlur(plane, (0, 0), 2) for plane in (green, blue)]
        white = (soft[1] / np.maximum(soft[0], 1e-3) - own) / max(1 - own, 0.1)
        usual = self.around(green, 10 / self.mm, self.skin)
        more = np.clip(green / np.maximum(usual, 1e-4) - 1.08, 0, 3)
        return more * np.clip(white / 0.15, 0, 1)

    @cached_property
    def bare(self) -> np.ndarray:
        """Skin whose light is neither cut off at white nor lost in black."""
        clipped = (self.rgb >= 254).sum(axis=2) >= 2
        return self.skin & ~clipped & (self.rgb.max(axis=2) > 8)

    @cached_property
    def matt(self) -> np.ndarray:
        """Bare skin that does not shine: what colours and structures are read from."""
        shining = (self.shine > 0.2).astype(np.uint8)
        return self.bare & (cv2.dilate(shining, disc(8)) == 0)

    @cached_property
    def areas(self) -> dict[str, np.ndarray]:
        """The areas of the face, as far as skin is seen there."""
        # Where skin ends, hair and edges shine through.
        inside = cv2.erode(self.skin.astype(np.uint8), disc(12)) > 0
        return {name: ellipse(name) & inside for name in ELLIPSES}

    def log(self, channel: int) -> np.ndarray:
        """Return 100 log10 of the light of a channel: 0 red, 1 green, 2 blue."""
        return 100 * np.log10(np.maximum(self.linear[..., channel], 1e-3))

    @staticmethod
    def around(values: np.ndarray, sigma: float, where: np.ndarray) -> np.ndarray:
        """Return the Gaussian mean of `values` around each pixel, over `where` only."""
        weight = where.astype(np.float32)
        # Far means need no fine grid.
        step = max(1, int(sigma / 4))
        size = values.shape[1] // step, values.shape[0] // step
        total, weights = (
            cv2.GaussianBlur(
                cv2.resize(plane, size, interpolation=cv2.INTER_AREA),
                (0, 0),
                sigma / step,
            )
            for plane in ((values * weight).astype(np.float32), weight)
        )
        mean = total / np.maximum(weights, 1e-4)
        return cv2.resize(mean, values.shape[::-1], interpolation=cv2.INTER_LINEAR)


def enclosed(skin: np.ndarray) -> np.ndarray:
    """Return the holes in the skin: highlights, but also eyes and mouth."""
    count, labels = cv2.connectedComponents((~skin).astype(np.uint8))
    inner = np.ones(count, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        inner[edge] = False
    return inner[labels] & ~skin


def ellipse(name: str) -> np.ndarray:
    """Return where an area is, whatever is seen there."""
    x, y, across, down = ELLIPSES[name]
    columns = np.arange(SIZE[0]) / EYES + LEFT
    rows = np.arange(SIZE[1])[:, None] / EYES + TOP
    inside = ((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 <= 1
    if name != "forehead":
        return inside
    return inside & ((rows < BROWS) | (np.abs(columns) < BETWEEN_BROWS))


def disc(radius: int) -> np.ndarray:
    side = 2 * radius + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def lab(linear: np.ndarray) -> np.ndarray:
    """Return CIELAB of linear sRGB light, white D65 (CIE 15)."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ],
        np.float32,
    )
    white = np.array([0.95047, 1.0, 1.08883], np.float32)
    xyz = np.maximum(linear @ to_xyz.T / white, 0)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
