"""Skin Tone: one complexion for the whole face."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.pictures.blending import soft_light_towards
from imaging.providers.local.retouch import skin as colours
from imaging.providers.local.retouch.fields import Skin, feathered, soft_light_layer
from imaging.providers.local.retouch.layers import Drawing
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Slider
from imaging.providers.local.retouch.smoothing import soft_inside

# How far a colour may be moved, in a* and b*.
FARTHEST = 9.0


class SkinTone(Plugin):
    """Draw the colour of skin towards its median, and smooth it; lightness stays.

    In CIELAB, where colour and lightness are apart, after the colour transfer of
    Reinhard et al. (2001) with a person's own median for the target and only the
    smooth part moved. A blush larger than a fifth of the face is left half its colour.
    """

    key, name, label = "skin_tone", "Skin Tone", _("Skin tone")
    help = _("Evens out redness and patches of colour on skin.")
    needs_face = True
    seconds = 0.13
    parameters = (
        Slider(_("strength"), most=2, initial=0.6),
        Slider(_("smoothing"), most=2, name="smoothing"),
    )

    def drawing(self, canvas: Canvas) -> Drawing:
        return soft_light_layer(canvas, self._correct)

    def _correct(self, skin: Skin) -> tuple[np.ndarray, np.ndarray]:
        seen = soft_inside(colours.lab(skin.pixels), skin.mask, 0.02 * skin.width)
        colour = seen[..., 1:]
        around = soft_inside(colour, skin.mask, 0.2 * skin.width)
        weight = skin.mask > 0.9
        middle = np.median(colour[weight], axis=0) if weight.any() else around
        change = 0.35 * (middle - around) + 0.7 * (around - colour)
        smoothing = self.strength * float(self.values.get("smoothing", 0))
        near = soft_inside(colour, skin.mask, 0.08 * skin.width)
        change = self.strength * change + 0.4 * smoothing * (near - colour)
        wanted = seen.copy()
        wanted[..., 1:] += FARTHEST * np.tanh(change / FARTHEST)
        base = colours.rgb(seen) / 255
        light = soft_light_towards(base, colours.rgb(wanted) / 255)
        return light, feathered(skin.mask, skin.width)
