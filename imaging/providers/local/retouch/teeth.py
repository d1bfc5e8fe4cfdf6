"""White Teeth."""

from __future__ import annotations

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

# Where the mouth is and half its size, in pupil distances from between the eyes.
MOUTH, HALF = (0.0, 1.08), (0.56, 0.3)
# The part of that place that teeth must fill to be taken for teeth.
LEAST = 0.03
# How much lighter and less red than lips, in L* and a* together.
DISTINCT = 16.0


class WhiteTeeth(CloseupPlugin):
    """Take the yellow out of teeth, and brighten them.

    Teeth are what is light and pale beside the skin in the mouth's place, between lips
    that are neither; in CIELAB, as whiteness of teeth is measured (Luo et al., WIO
    index, 2009): b* falls to a natural ivory, not to a sheet of paper's.
    """

    key, name, label = "white_teeth", "White Teeth", _("White teeth")
    help = _("Takes the yellow out of teeth; they stay ivory, not paper.")
    nothing = _("no teeth are to be seen.")
    seconds = 0.01
    reach = HALF[0] + 0.06
    parameters = (
        Slider(_("whiten"), initial=0.6),
        Slider(_("brighten"), initial=0.2, name="brighten"),
    )

    @property
    def idle(self) -> bool:
        return super().idle and not self.values.get("brighten")

    def _centres(self, face: Face) -> list[tuple[float, float]]:
        return [face.at(*MOUTH)]

    def _touch(self, canvas: Canvas, place: Closeup) -> Touch | None:
        teeth = found(place)
        if teeth is None:
            return None
        new = place.colours.copy()
        light, red, yellow = (new[..., channel] for channel in range(3))
        yellow -= 0.75 * self.strength * np.maximum(yellow - 3, 0)
        red -= 0.5 * self.strength * np.maximum(red - 1, 0)
        # Less and less where it is light already, so that nothing burns out.
        brighten = float(self.values.get("brighten", 0))
        light += 14 * brighten * ramp(light, 102, 60)
        return touched(canvas, place, rgb(new), teeth)


def found(place: Closeup) -> np.ndarray | None:
    """Return how much each pixel is a tooth, 0 to 1; None without any."""
    x, y = place.face.at(*MOUTH)
    mouth = place.ellipse(x, y, HALF[0] * place.apart, HALF[1] * place.apart)
    calm = soft(place.colours, 0.008 * place.apart)
    red = calm[..., 1] - place.skin[1]
    pale = ramp(place.paleness(), 0.16, 0.34) * ramp(red, 1, -4)
    light = ramp(calm[..., 0], 0.72 * place.skin[0], 0.88 * place.skin[0])
    teeth = cv2.morphologyEx(
        mouth * pale * light, cv2.MORPH_OPEN, disc(0.012 * place.apart)
    )
    teeth = _between_lips(teeth, calm, place.apart)
    if (teeth > 0.5).sum() < LEAST * mouth.sum():
        return None
    closed = cv2.morphologyEx(teeth, cv2.MORPH_CLOSE, disc(0.02 * place.apart))
    return soft(closed, 0.01 * place.apart) * mouth


def _between_lips(teeth: np.ndarray, colours: np.ndarray, apart: float) -> np.ndarray:
    """Keep the patch that stands out most from what is around it, as teeth from lips.

    Shine on a chin or a lip is pale, too, but fades into its surroundings.
    """
    joined = cv2.dilate((teeth > 0.4).astype(np.uint8), disc(0.03 * apart))
    count, labels = cv2.connectedComponents(joined)
    best, most = np.zeros_like(teeth), 0.0
    for label in range(1, count):
        patch = teeth * (labels == label)
        inside = patch > 0.4
        near = cv2.dilate(inside.astype(np.uint8), disc(0.07 * apart)) > 0
        around = near & (cv2.dilate(inside.astype(np.uint8), disc(0.02 * apart)) == 0)
        if not inside.any() or not around.any():
            continue
        off = np.median(colours[inside], axis=0) - np.median(colours[around], axis=0)
        distinct = float(off[0] - off[1])
        if distinct > DISTINCT and distinct * inside.sum() > most:
            best, most = patch, distinct * inside.sum()
    return best
