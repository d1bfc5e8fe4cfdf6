"""Color Correction: exposure, white balance, contrast, without a person's eye."""

from __future__ import annotations

import cv2
import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.fields import lightness
from imaging.providers.local.retouch.geometry import Box
from imaging.providers.local.retouch.layers import Drawing, Tiled
from imaging.providers.local.retouch.plugin import (
    Canvas,
    Choice,
    Plugin,
    Slider,
    Untouched,
)
from imaging.providers.local.retouch.smoothing import soft

EXPOSURE, BALANCE, FULL = "exposure", "balance", "full"
# The Minkowski norm of shades of grey and of the grey edge.
NORM = 6
# The light's colour is believed only in part, and a channel is moved at most by this.
BELIEVED, FARTHEST = 0.6, 0.2
# The parts of the pixels that may become black and white, and the middle wanted.
DARKEST, LIGHTEST, MIDDLE = 0.2, 99.7, 0.44
# A face is not made lighter than this.
FACE = 0.6
LEAST_CHANGE = 1.0


class ColorCorrection(Plugin):
    """Correct exposure, then the light's colour, then contrast, as the mode says.

    Exposure: black and white at percentiles of lightness and a gamma towards a middle
    grey, all limited. White balance: the mean of shades of grey (Finlayson and Trezzi,
    2004) and grey edge (van de Weijer, Gevers and Gijsenij, 2007), over what is neither
    burnt out, nor black, nor strongly coloured, nor skin. It is one curve a channel.
    """

    key, name, label = "color_correction", "Color Correction", _("Color correction")
    help = _("Corrects exposure, white balance and contrast.")
    seconds = 0.14
    parameters = (
        Slider(_("strength"), initial=1),
        Choice(
            _("corrects"),
            "mode",
            (
                (EXPOSURE, _("exposure only")),
                (BALANCE, _("exposure and white balance")),
                (FULL, _("everything")),
            ),
            BALANCE,
        ),
    )

    def drawing(self, canvas: Canvas) -> Drawing:
        mode = str(self.values.get("mode", BALANCE))
        seen = canvas.small.astype(np.float32) / 255
        steps = np.linspace(0, 1, 256, dtype=np.float32)
        curves = np.repeat(steps[:, None], 3, axis=1)
        if mode in (BALANCE, FULL):
            gains = _gains(seen, canvas.scene.skin)
            curves, seen = curves * gains, np.clip(seen * gains, 0, 1)
        light = lightness(seen * 255)
        curves = _exposed(curves, light, light[canvas.scene.skin > 0.8])
        if mode == FULL:
            # A gentle sigmoid: black, white and the middle stay.
            curves = curves + 0.06 * np.sin(2 * np.pi * (curves - 0.5)) / np.pi
        table = np.rint(curves * 255).clip(0, 255).astype(np.uint8)
        if np.abs(table - np.arange(256)[:, None]).max() <= LEAST_CHANGE:
            raise Untouched(_("the exposure and the colours are fine as they are."))
        opacity = round(255 * self.strength)

        def paint(tile: np.ndarray, box: Box) -> np.ndarray:
            out = np.full((*tile.shape[:2], 4), opacity, np.uint8)
            out[..., :3] = cv2.LUT(tile, table[None])
            return out

        return Tiled(canvas.scene.box, paint)


def _exposed(curves: np.ndarray, light: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Stretch the curves to the used range and bend them to a good middle."""
    low, high = np.percentile(light, [DARKEST, LIGHTEST])
    low, high = min(float(low), 0.08), max(float(high), 0.72)
    face = float(np.median(skin)) if skin.size else 0.0
    if face > low:
        # What is dark about a well-lit face is meant to be dark.
        high = min(1.0, max(high, low + (face - low) / max(face, FACE)))

    def stretched(values: np.ndarray) -> np.ndarray:
        return np.clip((values - low) / (high - low), 0, 1)

    middle = float(np.median(stretched(light).clip(0.01, 0.99)))
    # A third of the way at most: a night stays a night.
    gamma = (np.log(MIDDLE) / np.log(middle)) ** 0.33
    if skin.size:
        seen = float(np.median(stretched(skin)).clip(0.05, 0.99))
        gamma = max(gamma, min(1.0, np.log(max(seen, FACE)) / np.log(seen)))
    return stretched(curves) ** np.clip(gamma, 0.75, 1.2)


def _gains(seen: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Return what each channel is multiplied by so that the light becomes white."""
    top, bottom = seen.max(axis=2), seen.min(axis=2)
    told = (top < 0.96) & (bottom > 0.04) & (skin < 0.3)
    told &= (top - bottom) < 0.45 * top
    if told.mean() < 0.05:
        return np.ones(3, np.float32)
    shades = _norm(seen[told])
    smooth = soft(seen, 1.5)
    edges = np.hypot(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))
    light = 0.5 * shades + 0.5 * _norm(edges[told])
    gains = (light.mean() / light.clip(1e-3)) ** BELIEVED
    gains = np.clip(gains, 1 - FARTHEST, 1 + FARTHEST)
    # What is neutral keeps its lightness.
    return (gains / (gains @ np.array([0.299, 0.587, 0.114]))).astype(np.float32)


def _norm(values: np.ndarray) -> np.ndarray:
    """Return each channel's Minkowski mean, as parts of their sum."""
    mean = (values.astype(np.float64) ** NORM).mean(axis=0) ** (1 / NORM)
    return mean / max(mean.sum(), 1e-9)
