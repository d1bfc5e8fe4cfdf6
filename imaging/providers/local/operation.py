"""What the built-in operations have in common: picture in, picture out, and limits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import pictures
from imaging.failures import ProviderError
from imaging.pictures import pixels
from imaging.providers.base import (
    Estimate,
    Facts,
    Job,
    Operation,
    OptionsForm,
    Output,
    ResultKind,
    Verdict,
)

MIN_SIDE = pictures.MIN_SIDE
FORMATS = [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WebP"), ("bmp", "BMP")]
QUALITY = _("Of JPEG and WebP: 92 looks like the original, 80 is half the size.")
# Reading and writing a picture, measured with the engines on one core.
SECONDS_PER_MEGAPIXEL = 0.06


class FileOptions(OptionsForm):
    """How a result is written."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("same", _("as the original")), *FORMATS],
        initial="same",
    )
    quality = forms.IntegerField(
        label=_("Quality"), min_value=1, max_value=100, initial=92, help_text=QUALITY
    )


class Engine(Operation):
    """An operation that this machine carries out itself."""

    @abstractmethod
    def run(self, job: Job) -> list[Output]:
        """Do the work, and return what it produced."""


class LocalOperation(Engine):
    """An operation whose result is one picture of a size known beforehand."""

    @abstractmethod
    def size(self, facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
        """Return width and height of the result."""

    @abstractmethod
    def make(self, given: np.ndarray, size: tuple[int, int], job: Job) -> np.ndarray:
        """Return the result's pixels, of this size."""

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        """Refuse results that could not be stored here."""
        width, height = self.size(facts, options)
        megapixels = width * height / 1e6
        if megapixels > settings.MAX_MEGAPIXELS:
            limit = f"{settings.MAX_MEGAPIXELS:g} megapixels"
            reason = _t(
                "The result would have %(width)d × %(height)d pixels, that is "
                "%(measured).1f megapixels; the limit is %(limit)s."
            ) % {
                "width": width,
                "height": height,
                "measured": megapixels,
                "limit": limit,
            }
            return Verdict("blocked", reason, limit, f"{megapixels:.1f} megapixels")
        if min(width, height) < MIN_SIDE:
            reason = _t(
                "The result would have %(width)d × %(height)d pixels; each side needs "
                "at least %(limit)d."
            ) % {"width": width, "height": height, "limit": MIN_SIDE}
            return Verdict("blocked", reason, f"{MIN_SIDE} px", f"{width} × {height}")
        return Verdict()

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        width, height = self.size(facts, options)
        megapixels = facts.megapixels + width * height / 1e6
        return Estimate(megapixels * SECONDS_PER_MEGAPIXEL + 0.2)

    def run(self, job: Job) -> list[Output]:
        """Decode, make, encode; the pixels lie in files, so memory stays small."""
        given = read(job)
        job.progress(0.05)
        made = self.make(given.array, self.size(job.facts, job.options), job)
        job.progress(0.9)
        result = encoded(job, given.with_array(made))
        name = PurePath(job.facts.name).stem + result.suffix
        return [Output(ResultKind.IMAGE, name, result, said=self.said(job))]

    def said(self, job: Job) -> str:
        """Return a sentence on what was done, where the options do not tell it."""
        return ""


def read(job: Job) -> pixels.Pixels:
    """Return the original's pixels; raise ProviderError when it has none."""
    try:
        with job.source() as path:
            return pixels.load(path, job.scratch)
    except pictures.Refused as error:
        raise ProviderError(error.message, error.code, permanent=True) from error


def encoded(job: Job, made: pixels.Pixels) -> Path:
    """Write a result's pixels in the format of the result; return the file."""
    format, quality = wanted_format(job), int(job.options["quality"])
    result = job.scratch / f"result{pictures.FORMATS[format].extension}"
    pixels.save(made, result, format=format, quality=quality)
    return result


def wanted_format(job: Job) -> str:
    """Return the format of the result; a phone's HEIC becomes what opens anywhere."""
    asked = str(job.options["format"])
    if asked == "same":
        asked = job.facts.format
    if asked in dict(FORMATS):
        return asked
    return "png" if job.facts.has_alpha else "jpeg"
