"""Light on skin: Dodge Burn, Portrait Volumes, Mattifier."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.fields import (
    Skin,
    everybody,
    feathered,
    lightness,
    lit,
    shift_layer,
    soft_light_layer,
)
from imaging.providers.local.retouch.layers import Drawing
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Slider, Untouched
from imaging.providers.local.retouch.smoothing import ramp, soft_inside, spread


class DodgeBurn(Plugin):
    """Even out patches of light and shade: lighten what is darker than around it.

    A band of the frequency separation that retouchers use: between pores, finer than
    1 % of the face's width, and the face's own shape, coarser than 5 %, lightness is
    drawn towards the coarse one. Normalised convolution keeps hair and lips out.
    """

    key, name, label = "dodge_burn", "Dodge Burn", _("Dodge & burn")
    help = _("Evens out patches of light and shade on skin; pores stay.")
    chosen = needs_face = True
    seconds = 0.09
    parameters = (
        Slider(_("strength"), most=2, initial=1),
        Slider(_("warmth"), name="warmth"),
    )

    def drawing(self, canvas: Canvas) -> Drawing:
        return soft_light_layer(canvas, self._correct)

    def _correct(self, skin: Skin) -> tuple[np.ndarray, np.ndarray]:
        light = lightness(skin.pixels)
        fine = soft_inside(light, skin.mask, 0.01 * skin.width)
        shape = soft_inside(light, skin.mask, 0.05 * skin.width)
        change = 0.65 * self.strength * (shape - fine)
        colours = lit(fine, change)
        # Lightened shade looks pale; warmth gives it back some of its colour.
        warmth = float(self.values.get("warmth", 0)) * np.maximum(change, 0)
        colours[..., 0] += warmth
        colours[..., 2] -= 1.5 * warmth
        return colours.clip(0, 1), feathered(skin.mask, skin.width)


class PortraitVolumes(Plugin):
    """Deepen a face's large forms: its light parts lighter, its shaded ones darker.

    Local contrast by an unsharp mask of very large radius (5 % against 40 % of the
    face's width) within the skin; details have no part in it.
    """

    key, name, label = "portrait_volumes", "Portrait Volumes", _("Portrait volumes")
    help = _("Gives the face more depth by its own light and shade.")
    needs_face = True
    seconds = 0.08
    parameters = (Slider(_("strength"), most=2, initial=0.5),)

    def drawing(self, canvas: Canvas) -> Drawing:
        return soft_light_layer(canvas, self._correct)

    def _correct(self, skin: Skin) -> tuple[np.ndarray, np.ndarray]:
        light = lightness(skin.pixels)
        form = soft_inside(light, skin.mask, 0.05 * skin.width)
        even = soft_inside(light, skin.mask, 0.4 * skin.width)
        change = 0.45 * self.strength * (form - even)
        return lit(form, change), feathered(skin.mask, skin.width)


class Mattifier(Plugin):
    """Take the shine off skin.

    In the dichromatic model (Shafer, "Using color to separate reflection components",
    1985) shine adds the light's colour to the skin's. Where skin is much lighter than
    its median, and paler, its smooth part is drawn down to the skin's own colour; what
    is finer, the pores, stays on it. Nothing is made lighter.
    """

    key, name, label = "mattifier", "Mattifier", _("Mattifier")
    help = _("Takes the shine off skin.")
    needs_face = True
    seconds = 0.12
    parameters = (Slider(_("strength"), initial=0.6),)

    def drawing(self, canvas: Canvas) -> Drawing:
        shift, opacity, box = everybody(canvas, self._correct)
        if not opacity.any():
            raise Untouched(_("no shine was found on skin."))
        return shift_layer(canvas, shift, opacity, box, "darken")

    def _correct(self, skin: Skin) -> tuple[np.ndarray, np.ndarray]:
        smooth = soft_inside(
            skin.pixels.astype(np.float32), skin.mask, 0.01 * skin.width
        )
        light = lightness(smooth)
        core = skin.mask > 0.9
        if core.sum() < 32:
            return np.zeros_like(smooth), np.zeros_like(light)
        middle, usual = np.median(light[core]), max(spread(light[core]), 0.03)
        colour = np.median(smooth[core], axis=0) / middle
        limit = middle + 0.7 * usual
        matt = limit + (light - limit) * (1 - 0.9 * self.strength)
        shine = ramp(light, limit, limit + 0.8 * usual) * self._pale(smooth, core)
        shine *= feathered(skin.mask, skin.width)
        towards = np.clip(colour * matt[..., None], 0, 255)
        # Not the skin's own colour alone, also what is there: no flat paint.
        there = smooth * (matt / light.clip(0.01))[..., None]
        towards = 0.65 * towards + 0.35 * there
        shift = np.minimum(towards - smooth, 0) * shine[..., None]
        return shift, (shift.min(axis=2) < -0.5).astype(np.float32)

    @staticmethod
    def _pale(smooth: np.ndarray, core: np.ndarray) -> np.ndarray:
        """Return 1 where colour is weaker than the skin's median, as in shine."""
        top = smooth.max(axis=2).clip(1)
        strong = (top - smooth.min(axis=2)) / top
        usual = float(np.median(strong[core]))
        if usual < 0.02:
            # A picture without colours has only lightness to go by.
            return np.ones_like(top)
        return ramp(strong, 1.02 * usual, 0.8 * usual)
