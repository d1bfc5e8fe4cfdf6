"""Fabric: clothes without creases."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.fields import lightness, shift_layer
from imaging.providers.local.retouch.layers import Drawing
from imaging.providers.local.retouch.people import silhouette
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Slider, Untouched
from imaging.providers.local.retouch.smoothing import guided, ramp, soft

# The strongest change of lightness, 0 to 1: a fold is drawn flatter, never away.
FARTHEST = 0.09


class Fabric(Plugin):
    """Flatten small creases in clothes; seams, prints and the weave stay.

    Clothes are what GrabCut takes for the person and is not skin, below the face. A
    self-guided filter (He, Sun and Tang, 2010) makes their smooth light without
    washing over edges; only what is coarser than the weave is drawn to it.
    """

    key, name, label = "fabric", "Fabric", _("Fabric")
    help = _("Flattens small creases in clothes.")
    needs_face = True
    seconds = 0.26
    parameters = (Slider(_("strength"), most=2, initial=0.7),)

    def drawing(self, canvas: Canvas) -> Drawing:
        scene = canvas.scene
        clothes = silhouette(scene) * (1 - soft(scene.skin, 2)) * self._below(canvas)
        if clothes.mean() < 0.01:
            raise Untouched(_("no clothes were found below a face."))
        width = scene.small_faces[0].width
        light = lightness(canvas.small)
        weave = soft(light, 0.012 * width)
        flat = guided(weave, weave, max(2, round(0.12 * width)), 0.045**2)
        change = 0.55 * self.strength * (flat - weave)
        change = FARTHEST * np.tanh(change / FARTHEST)
        shift = np.repeat(change[..., None] * 255, 3, axis=2)
        return shift_layer(canvas, shift, clothes, scene.box, "normal")

    @staticmethod
    def _below(canvas: Canvas) -> np.ndarray:
        """Return 1 below the chin of the nearest face, 0 above."""
        height, width = canvas.small.shape[:2]
        rows, columns = np.indices((height, width), np.float32)
        below = np.zeros((height, width), np.float32)
        for face in canvas.scene.small_faces:
            near = np.abs(columns - face.box.centre[0]) < 3 * face.width
            chin = face.box.bottom + 0.15 * face.width
            down = ramp(rows, chin, chin + 0.2 * face.width)
            below = np.maximum(below, down * near)
        return below
