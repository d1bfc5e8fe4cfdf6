"""`retouch` as an operation: its limits, its estimate, its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from imaging import pictures
from imaging.pictures import pixels
from imaging.providers.base import Estimate, Facts, Job, Output, ResultKind, Verdict
from imaging.providers.local.operation import (
    LocalOperation,
    encoded,
    read,
    wanted_format,
)
from imaging.providers.local.retouch.engine import Retouched, retouch
from imaging.providers.local.retouch.options import RetouchOptions, chosen
from imaging.providers.local.retouch.plugins import PLUGINS
from imaging.providers.plugins import LAYERS

# Layers lie side by side until all are written: so many megapixels of them may.
MOST_LAYERS = 500
# Seconds for faces and skin, for what each plugin looks at in the reduced copy, and
# for writing one megapixel of a layer.
LOOKING, EACH, WRITING = 1.0, 0.5, 0.25


class Retouch(LocalOperation):
    key = "retouch"
    label = _("Retouch")
    summary = _(
        "Skin, eyes, teeth, clothes, backdrop, colours: by classical methods, "
        "as one picture or in layers."
    )
    form = RetouchOptions

    def size(self, facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
        """Return the given size; a crop makes it less, nothing makes it more."""
        return facts.width, facts.height

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        verdict = super().check(facts, options)
        layers = facts.megapixels * len(chosen(options))
        if verdict.blocked or options["result"] != LAYERS or layers <= MOST_LAYERS:
            return verdict
        limit = f"{MOST_LAYERS} megapixels"
        reason = _t(
            "The layers would have %(measured).0f megapixels together; the limit is "
            "%(limit)s. Choose fewer plugins, or one picture as the result."
        ) % {"measured": layers, "limit": limit}
        return Verdict("blocked", reason, limit, f"{layers:.0f} megapixels")

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        plugins = chosen(options)
        each = sum(plugin.seconds for plugin in plugins)
        if options["result"] == LAYERS:
            each += WRITING * len(plugins)
        files = super().estimate(facts, options).seconds
        looking = LOOKING + EACH * len(plugins)
        return Estimate(files + looking + facts.megapixels * each)

    def make(self, given: np.ndarray, size: tuple[int, int], job: Job) -> np.ndarray:
        return self.retouched(given, job).pixels

    def retouched(self, given: np.ndarray, job: Job) -> Retouched:
        return retouch(
            given,
            chosen(job.options),
            job.scratch,
            person=int(job.options["person"]),
            keep_layers=job.options["result"] == LAYERS,
            progress=lambda fraction: job.progress(0.05 + 0.85 * fraction),
        )

    def run(self, job: Job) -> list[Output]:
        """Return the flat picture, with what was found and not found; then layers."""
        given = read(job)
        job.progress(0.05)
        result = self.retouched(given.array, job)
        job.progress(0.9)
        flat = None if result.changed else unchanged(job)
        flat = flat or encoded(job, given.with_array(result.pixels))
        stem = PurePath(job.facts.name).stem
        name = stem + flat.suffix
        picture = Output(
            ResultKind.IMAGE, name, flat, told(result), said=sentence(result)
        )
        return [picture, *written(result, given, stem, job)]


def unchanged(job: Job) -> Path | None:
    """Copy the original where nothing was done to it: not even encoded anew.

    None where another format is wanted, or the file cannot be had without metadata.
    """
    form = wanted_format(job)
    if form != job.facts.format:
        return None
    copy = job.scratch / f"result{pictures.FORMATS[form].extension}"
    with job.source() as path:
        turned = pictures.inspect(path).orientation
        kept = pictures.copy_without_metadata(path, copy, orientation=turned)
    return copy if kept else None


def sentence(result: Retouched) -> str:
    """Say which plugins changed the picture, which did not, and why."""
    labels = {plugin.name: str(plugin.label) for plugin in PLUGINS}
    said = []
    if result.faces:
        said.append(
            ngettext("%(n)d face found.", "%(n)d faces found.", result.faces)
            % {"n": result.faces}
        )
    if result.done:
        done = ", ".join(labels[name] for name in result.done)
        said.append(_t("Changed by: %(plugins)s.") % {"plugins": done})
    else:
        said.append(_t("Nothing was changed."))
    reasons: dict[str, list[str]] = {}
    for name, reason in result.notes:
        reasons.setdefault(str(reason), []).append(labels[name])
    said += [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return " ".join(said)


def told(result: Retouched) -> dict[str, Any]:
    """Return what the result tells about itself: notes, faces, cuts."""
    notes = [
        {"plugin": name, "note": _t("Left as it was: %s") % reason}
        for name, reason in result.notes
    ]
    return {"notes": notes, "plugins": result.metadata}


def written(
    result: Retouched, given: pixels.Pixels, stem: str, job: Job
) -> Iterator[Output]:
    """Write each layer as a PNG of the picture's size, in the picture's profile."""
    height, width = given.array.shape[:2]
    for index, layer in enumerate(result.layers):
        whole = layer.spread(width, height, job.scratch / "spread.npy")
        path = job.scratch / f"layer{index}.png"
        pixels.save(given.with_array(whole), path, format="png")
        job.progress(0.9 + 0.09 * (index + 1) / len(result.layers))
        yield Output(
            ResultKind.LAYER,
            f"{stem} {index + 1} {layer.plugin}.png",
            path,
            {"index": index, "blend_mode": layer.mode, "plugin": layer.plugin},
        )
