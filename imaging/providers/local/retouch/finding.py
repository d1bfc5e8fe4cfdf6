"""What only tells or shows something: Face Detection, Skin Mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch import skin
from imaging.providers.local.retouch.geometry import Box
from imaging.providers.local.retouch.layers import Drawing, Tiled, rgba
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Slider


class FaceDetection(Plugin):
    """Tell where faces and eyes are (see `faces`); the picture stays as it is.

    Age and sex are not told: nothing here could know them.
    """

    key, name, label = "face_detection", "Face Detection", _("Face detection")
    help = _("Writes down where faces and eyes are; changes nothing.")
    needs_face = True
    seconds = 0.0
    parameters = ()

    def drawing(self, canvas: Canvas) -> Drawing | None:
        return None

    def metadata(self, canvas: Canvas) -> dict[str, Any]:
        return {"faces": [face.dump() for face in canvas.scene.faces]}


class SkinMask(Plugin):
    """Show where skin is, as white of that opacity (see `skin`).

    A mask for people's own use among the layers: it is laid on nothing.
    """

    key, name, label = "skin_mask", "Skin Mask", _("Skin mask")
    help = _("A layer that shows where skin is; in one flat picture it does nothing.")
    needs_face = True
    seconds = 0.05
    parameters = (Slider(_("sensitivity"), most=2, initial=1),)

    def drawing(self, canvas: Canvas) -> Drawing:
        scene = canvas.scene
        masks = [
            skin.mask_of(scene.small, face, self.strength) for face in scene.small_faces
        ]
        mask = np.max(masks, axis=0)

        def paint(seen: np.ndarray, box: Box) -> np.ndarray:
            return rgba(np.full(seen.shape, 255.0), scene.enlarged(mask, box))

        return Tiled(scene.box, paint, "none")
