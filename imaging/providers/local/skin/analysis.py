"""The operation: one face in, a report and masks out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms

from imaging.pictures import pixels
from imaging.providers.base import (
    Estimate,
    Facts,
    Job,
    OptionsForm,
    Output,
    ResultKind,
    Verdict,
)
from imaging.providers.local.operation import Engine, read
from imaging.providers.local.skin.colour import (
    Pigmentation,
    Redness,
    Shine,
    Tone,
    UnderEyes,
)
from imaging.providers.local.skin.face import Face, lay_down
from imaging.providers.local.skin.masks import Canvas
from imaging.providers.local.skin.measure import Measure, Unmeasured
from imaging.providers.local.skin.portrait import Portrait
from imaging.providers.local.skin.quality import Issue, examine, look
from imaging.providers.local.skin.relief import Lines, Pores, Texture
from imaging.providers.local.skin.report import failed, measured, report

LEAST = 256
MEASURES: tuple[Measure, ...] = (
    Redness(),
    Pigmentation(),
    Texture(),
    Pores(),
    Lines(),
    UnderEyes(),
    Shine(),
    Tone(),
)
# One core at 2.5 GHz: what every face takes, its search included, and reading.
SECONDS, SECONDS_OF_MASKS, SECONDS_PER_MEGAPIXEL = 1.0, 0.3, 0.03


class SkinOptions(OptionsForm):
    masks = forms.BooleanField(
        label=_("Masks"),
        initial=True,
        required=False,
        help_text=_("A transparent picture for each measure, shown over the face."),
    )


class SkinAnalysis(Engine):
    key = "skin-analysis"
    label = _("Skin analysis")
    summary = _(
        "Scores of what the camera sees on one face, each defined; no diagnosis."
    )
    result = ResultKind.REPORT
    form = SkinOptions
    of_person = True

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        if min(facts.width, facts.height) < LEAST:
            reason = _t(
                "The picture has %(width)d × %(height)d pixels; skin analysis needs at "
                "least %(least)d × %(least)d."
            ) % {"width": facts.width, "height": facts.height, "least": LEAST}
            limit = f"{LEAST} × {LEAST}"
            return Verdict("blocked", reason, limit, f"{facts.width} × {facts.height}")
        return Verdict()

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        masks = SECONDS_OF_MASKS if options.get("masks", True) else 0
        return Estimate(SECONDS + masks + facts.megapixels * SECONDS_PER_MEGAPIXEL)

    def run(self, job: Job) -> list[Output]:
        """Look, examine, measure, paint; a picture that cannot be measured says why."""
        given = read(job)
        job.progress(0.1)
        face, issues = look(given.array)
        job.progress(0.3)
        portrait = None
        if face and not issues:
            portrait = Portrait(
                in_srgb(lay_down(given.array, face), given.icc), face.mm
            )
            for issue in examine(portrait, face):
                issues.append(issue)
                if issue.blocking:
                    break
        return Analysis(job, face, portrait, issues).outputs()


class Analysis:
    """One face being measured, step by step."""

    def __init__(
        self,
        job: Job,
        face: Face | None,
        portrait: Portrait | None,
        issues: list[Issue],
    ) -> None:
        self.job, self.face, self.portrait, self.issues = job, face, portrait, issues
        self.canvas = Canvas.of(job.facts)
        self.masks: list[dict[str, Any]] = []
        self.layers: list[Output] = []

    def outputs(self) -> list[Output]:
        """Return the report, and the masks after it."""
        blocking = next((one for one in self.issues if one.blocking), None)
        entries = []
        for number, measure in enumerate(MEASURES):
            self.job.progress(0.35 + 0.6 * number / len(MEASURES))
            entries.append(
                failed(measure, blocking) if blocking else self.entry(measure)
            )
        data = report(self.job.facts, self.face, self.issues, entries, self.masks)
        name = f"{PurePath(self.job.facts.name).stem}.json"
        taken = {"n": sum(one["is_ok"] for one in entries), "all": len(entries)}
        said = _t("%(n)d of %(all)d measures were taken.") % taken
        if blocking:
            said = f"{said} {blocking.message}"
        return [Output(ResultKind.REPORT, name, data=data, said=said), *self.layers]

    def entry(self, measure: Measure) -> dict[str, Any]:
        """Take one measure; a failure of it is its own, and says why."""
        assert self.portrait is not None  # noqa: S101  # nosec B101
        try:
            reading = measure.read(self.portrait)
        except Unmeasured as why:
            return failed(measure, why)
        if self.job.options.get("masks", True):
            self.paint(measure, reading.mask)
        return measured(measure, reading)

    def paint(self, measure: Measure, mask: np.ndarray) -> None:
        """Write one mask, and note it for the report."""
        assert self.face is not None  # noqa: S101  # nosec B101
        painted = self.canvas.paint(mask, measure.colour, self.face)
        path = self.job.scratch / f"{measure.key}.png"
        pixels.save(pixels.Pixels(painted), path, format="png")
        name = f"{PurePath(self.job.facts.name).stem[:100]} {measure.key}.png"
        data = {
            "algorithm_family_tech_name": measure.key,
            "name": name,
            "width": self.canvas.width,
            "height": self.canvas.height,
            "factor": self.canvas.factor,
            "colour": "#{:02x}{:02x}{:02x}".format(*measure.colour),
        }
        self.masks.append(data)
        self.layers.append(Output(ResultKind.LAYER, name, path, data))


def in_srgb(rgb: np.ndarray, icc: bytes) -> np.ndarray:
    """Return colours as sRGB has them; a profile that cannot be read is left out."""
    if not icc:
        return rgb
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        srgb = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(Image.fromarray(rgb), profile, srgb)
    except (OSError, ImageCms.PyCMSError):
        return rgb
    return rgb if made is None else np.asarray(made)
