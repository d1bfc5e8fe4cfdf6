"""Eyes: Eye Vessels in the white, Eye Brilliance in the iris."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.closeups import (
    Closeup,
    CloseupPlugin,
    Touch,
    touched,
)
from imaging.providers.local.retouch.faces import Face
from imaging.providers.local.retouch.plugin import Canvas, Slider
from imaging.providers.local.retouch.skin import rgb
from imaging.providers.local.retouch.smoothing import disc, ramp, soft

# An iris is 11.7 mm wide and the pupils of grown-ups are 63 mm apart: its radius is
# 0.093 of that (Rüfer, Schröder and Erb, "White-to-white corneal diameter", 2005).
RADII = (0.078, 0.085, 0.093, 0.101, 0.109)
# How far from where the cascade saw the eye its iris may be, in pupil distances.
STRAY = 0.11
# Half an eye's opening, in pupil distances.
OPENING = (0.25, 0.1)
# Eyes are searched in this many pixels between the pupils, at most.
SEARCHED = 160
# The least white, as a part of the square of the pupils' distance.
LEAST_WHITE = 0.002


@dataclass(frozen=True)
class Iris:
    x: float
    y: float
    radius: float


class EyePlugin(CloseupPlugin):
    """What both plugins share: each eye is retouched by itself."""

    seconds = 0.03
    reach = 0.36

    def _centres(self, face: Face) -> Sequence[tuple[float, float]]:
        return face.eyes


class EyeVessels(EyePlugin):
    """Take red veins out of the whites of the eyes.

    The white is what is pale beside the skin, inside the eye's opening and outside the
    iris. There redness falls to the white's own lowest fifth, or to two fifths of the
    skin's, and fine dark lines are lifted by a closing: the black top-hat by which
    vessels are found in retinas (Zana and Klein, 2001).
    """

    key, name, label = "eye_vessels", "Eye Vessels", _("Eye vessels")
    help = _("Takes redness and veins out of the whites of the eyes.")
    parameters = (Slider(_("strength"), initial=0.7),)
    nothing = _("no white of an eye could be made out.")

    def _touch(self, canvas: Canvas, place: Closeup) -> Touch | None:
        white = _white(place, _iris(place))
        inner = white > 0.5
        if inner.sum() < LEAST_WHITE * place.apart**2:
            return None
        new = place.colours.copy()
        for channel, part, of_skin in ((1, 20, 0.4), (2, 35, 0.6)):
            usual = float(np.percentile(new[..., channel][inner], part))
            usual = min(usual, of_skin * float(place.skin[channel]))
            over = np.maximum(new[..., channel] - max(usual, 0), 0)
            new[..., channel] -= 0.9 * over
        size = disc(0.02 * place.apart)
        closed = cv2.morphologyEx(new[..., 0], cv2.MORPH_CLOSE, size)
        new[..., 0] += 0.7 * np.minimum(closed - new[..., 0], 18)
        return touched(canvas, place, rgb(new), white * self.strength)


class EyeBrilliance(EyePlugin):
    """Make the iris clearer: more contrast and colour, light in its lower half.

    The iris is found by Daugman's integro-differential operator ("How Iris Recognition
    Works", 2004): the circle at whose edge lightness rises most. An unsharp mask works
    in it, and what light does in an iris: it brightens opposite to where it comes from.
    """

    key, name, label = "eye_brilliance", "Eye Brilliance", _("Eye brilliance")
    help = _("Gives the irises more contrast, colour and light.")
    parameters = (Slider(_("strength"), most=2, initial=0.6),)
    nothing = _("the eyes are too small or closed.")

    def _touch(self, canvas: Canvas, place: Closeup) -> Touch | None:
        iris = _iris(place)
        rows, columns = np.indices(place.colours.shape[:2], np.float32)
        off = np.hypot(columns - iris.x, rows - iris.y) / iris.radius
        opening = soft(_opening(place, iris), 0.08 * iris.radius)
        amount = ramp(off, 1.0, 0.8) * opening * _not_lid(place, iris)
        if (amount > 0.5).sum() < 0.5 * iris.radius**2:
            return None
        new = place.colours.copy()
        light = new[..., 0]
        detail = light - soft(light, 0.35 * iris.radius)
        low = np.clip((rows - iris.y) / iris.radius, -0.3, 1)
        ring = ramp(off, 0.35, 0.5) * (low + 0.3) / 1.3
        gain = 0.35 * np.clip(detail, -14, 18) + 12 * ring * (light < 70)
        new[..., 0] = np.clip(light + self.strength * gain, 0, 100)
        new[..., 1:] *= 1 + 0.22 * self.strength * ring[..., None]
        return touched(canvas, place, rgb(new), amount)


def _iris(place: Closeup) -> Iris:
    """Return the circle near the middle that is darkest inside, lightest outside."""
    scale = min(1.0, SEARCHED / place.apart)
    light = soft(place.colours[..., 0], 0.012 * place.apart)
    view = cv2.resize(light, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    apart = place.apart * scale
    middle = view.shape[1] / 2, view.shape[0] / 2
    reach = STRAY * apart
    steps = np.arange(-reach, reach + 0.1, max(1.0, 0.018 * apart))
    best, most = Iris(*middle, RADII[2] * apart), -np.inf
    for radius in (one * apart for one in RADII):
        for dx in steps:
            for dy in steps:
                gain = _edge(view, middle[0] + dx, middle[1] + dy, radius)
                # A little homesick: of equal circles the nearer is the iris.
                gain -= 4 * np.hypot(dx, dy) / reach
                if gain > most:
                    best, most = Iris(middle[0] + dx, middle[1] + dy, radius), gain
    return Iris(best.x / scale, best.y / scale, best.radius / scale)


# The lids cover an iris above and below, so only its sides are looked at.
ANGLES = np.radians([-35, -20, -5, 10, 25, 40, 140, 155, 170, 185, 200, 215])
SIDES = np.stack([np.cos(ANGLES), np.sin(ANGLES)])


def _edge(light: np.ndarray, x: float, y: float, radius: float) -> float:
    """Return by how much it is lighter just outside this circle, and dark inside."""

    def mean(part: float) -> float:
        columns, rows = np.rint(np.array([[x], [y]]) + SIDES * radius * part).astype(
            int
        )
        rows = rows.clip(0, light.shape[0] - 1)
        return float(light[rows, columns.clip(0, light.shape[1] - 1)].mean())

    inside = mean(0.55)
    return mean(1.18) - mean(0.88) + 0.5 * (mean(1.18) - inside) - 0.3 * inside


def _opening(place: Closeup, iris: Iris) -> np.ndarray:
    """Return the eye's opening, 0 or 1, about its iris."""
    half = (part * place.apart for part in OPENING)
    return place.ellipse(iris.x, iris.y, *half)


def _white(place: Closeup, iris: Iris) -> np.ndarray:
    """Return how much each pixel is the white of this eye, 0 to 1."""
    pale = ramp(place.paleness(red=0.5), 0.2, 0.4)
    light = soft(place.colours[..., 0], 0.012 * place.apart)
    bright = ramp(light, 0.5 * place.skin[0], 0.7 * place.skin[0])
    outside = 1 - place.ellipse(iris.x, iris.y, 1.06 * iris.radius, 1.06 * iris.radius)
    white = pale * bright * outside * _opening(place, iris)
    solid = cv2.morphologyEx(white, cv2.MORPH_OPEN, disc(0.008 * place.apart))
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, disc(0.03 * place.apart))
    return soft(closed * outside, 0.008 * place.apart) * outside


def _not_lid(place: Closeup, iris: Iris) -> np.ndarray:
    """Return 0 on the lids' skin, 1 in the eye."""
    pale = place.paleness()
    light = soft(place.colours[..., 0], 0.01 * place.apart)
    dark = ramp(light, 0.95 * place.skin[0], 0.75 * place.skin[0])
    return np.maximum(dark, ramp(pale, 0.3, 0.5))
