"""Run plugins one after the other: each draws a layer on what those before have left.

Pixels in, pixels out; the working copy and the layers lie in files of a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.lib.format import open_memmap

from imaging.providers.local.retouch.crop import Crop
from imaging.providers.local.retouch.layers import Layer, Progress, drawn
from imaging.providers.local.retouch.plugin import Canvas, Plugin, Untouched
from imaging.providers.local.retouch.scene import Scene

# Rows that are copied at once.
BAND = 512
# What looking at a picture costs beside a plugin, and drawing beside laying.
LOOKING, DRAWING = 0.1, 0.7


@dataclass
class Retouched:
    """What came of it: the flat picture, its layers, and what there is to say.

    `changed` says whether any pixel is another one, or somewhere else.
    `done` are the names of the plugins that changed it, `notes` (name, reason) of those
    that left it untouched; `faces` is how many were found.
    """

    pixels: np.ndarray
    changed: bool = False
    faces: int = 0
    done: list[str] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    notes: list[tuple[str, Any]] = field(default_factory=list)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)


def retouch(
    given: np.ndarray,
    plugins: Sequence[Plugin],
    scratch: Path,
    *,
    person: int = 0,
    keep_layers: bool = False,
    progress: Progress = lambda fraction: None,
) -> Retouched:
    """Apply plugins in their order to 8-bit RGB or RGBA pixels (height, width, 3 or 4).

    `given` stays as it is. Opacity is kept. A plugin of strength 0 is left out. A crop
    comes last, wherever it stands; with `keep_layers` it only says what it would cut,
    since layers have the picture's own size. `progress` gets the fraction done after
    each tile; what it raises ends the work. `person` is as in `faces.find`.
    """
    result = Retouched(_copied(given, scratch / "retouched.npy"))
    plugins = [plugin for plugin in plugins if not plugin.idle]
    if not plugins:
        return result
    progress(0)
    scene = Scene.of(given, person=person)
    result.faces = len(scene.small_faces)
    progress(LOOKING)
    crops = [plugin for plugin in plugins if isinstance(plugin, Crop)]
    others = [plugin for plugin in plugins if not isinstance(plugin, Crop)]
    share = (1 - LOOKING) / len(plugins)
    for at, plugin in enumerate(others):
        step = _part(progress, LOOKING + at * share, share)
        _apply(plugin, scene, result, scratch / f"layer{at}.npy", keep_layers, step)
    for crop in crops[-1:]:
        step = _part(progress, 1 - share, share)
        _cut(crop, scene, result, None if keep_layers else scratch / "cut.npy", step)
    progress(1)
    return result


def _apply(
    plugin: Plugin,
    scene: Scene,
    result: Retouched,
    to: Path,
    keep: bool,
    progress: Progress,
) -> None:
    """Draw one plugin's layer, and lay it on the picture."""
    canvas = Canvas(scene, result.pixels)
    try:
        if plugin.needs_face and not scene.faces:
            raise Untouched(_("no face was found."))
        drawing = plugin.drawing(canvas)
    except Untouched as untouched:
        result.notes.append((plugin.name, untouched.reason))
        return
    if told := plugin.metadata(canvas):
        result.metadata[plugin.name] = told
    if drawing is None or (drawing.mode == "none" and not keep):
        return
    progress(0)
    layer = drawn(drawing, result.pixels, plugin.name, to, _part(progress, 0, DRAWING))
    laying = _part(progress, DRAWING, 1 - DRAWING)
    if layer.lay(result.pixels, laying):
        result.changed = True
        result.done.append(plugin.name)
    elif drawing.mode != "none":
        result.notes.append((plugin.name, _("there was nothing to do.")))
    if keep:
        result.layers.append(layer)
    else:
        to.unlink()


def _cut(
    crop: Crop, scene: Scene, result: Retouched, to: Path | None, progress: Progress
) -> None:
    """Cut the picture into the file `to`; without one only say what would be cut."""
    try:
        cut = crop.cut(Canvas(scene, result.pixels))
    except Untouched as untouched:
        result.notes.append((crop.name, untouched.reason))
        return
    result.metadata[crop.name] = cut.dump()
    if to is not None:
        result.pixels = cut.made(result.pixels, to, progress)
        result.changed = True
        result.done.append(crop.name)


def _copied(given: np.ndarray, to: Path) -> np.ndarray:
    copy = open_memmap(to, "w+", np.uint8, given.shape)
    for top in range(0, len(given), BAND):
        copy[top : top + BAND] = given[top : top + BAND]
    return copy


def _part(progress: Progress, start: float, share: float) -> Callable[[float], None]:
    """Return a progress that counts for `share` of another one, from `start` on."""
    return lambda fraction: progress(start + share * fraction)
