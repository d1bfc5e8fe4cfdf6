"""`upscale` as an operation: what people choose, which engine does it, how long."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from numpy.lib.format import open_memmap

from imaging.failures import ProviderError
from imaging.pictures import resizing
from imaging.providers.base import Estimate, Facts, Job, Range, Verdict
from imaging.providers.local import denoise, grain, models, neural, protection, upscale
from imaging.providers.local.network import Network, Unusable
from imaging.providers.local.operation import FileOptions, LocalOperation
from imaging.providers.local.recipes import (
    CATEGORIES,
    PLAIN,
    Missing,
    Recipe,
    engines,
    left_out,
    network_for,
    recipe_for,
)
from imaging.providers.local.upscale import LARGEST
from imaging.providers.sizes import SizeOptions, size_of

Progress = Callable[[float], None]
# An engine's worker gives up after an hour; other machines may be slower than ours.
LONGEST = 2_400
NO_NETWORKS = _(
    "No neural networks are installed here (they come for Python 3.11 and 3.12 on "
    "64-bit Linux and macOS): the classical engine does the work."
)
WHAT_DETAIL_IS = _(
    "How much a network may add, from 0 (nothing is invented) to 100. Left empty, what "
    "measured best for the content."
)


class Choice(forms.ChoiceField):
    """One that is not made is the one that it starts with."""

    def clean(self, value: Any) -> Any:
        return super().clean(value or self.initial)


def slider(label: Any) -> forms.IntegerField:
    """Return the field for a strength from 0 to 100 that starts at 0."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
        widget=Range,
    )


class UpscaleOptions(SizeOptions, FileOptions):
    category = Choice(label=_("Content"), choices=CATEGORIES, initial="general")
    patience = Choice(
        label=_("Patience"),
        choices=[("fast", _("fast")), ("best", _("best: minutes for each megapixel"))],
        initial="fast",
    )
    engine = forms.ChoiceField(
        label=_("Engine"), choices=engines, initial="", required=False
    )
    any_size = forms.BooleanField(
        label=_("Also beyond four times, or smaller"),
        required=False,
        initial=False,
        help_text=_("What lies beyond is only resampled."),
    )
    detail = forms.IntegerField(
        label=_("Detail"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=WHAT_DETAIL_IS,
    )
    denoise = slider(_("Remove noise"))
    grain = slider(_("Add film grain"))
    field_order = (
        *("category", "patience"),
        *SizeOptions.base_fields,
        *("any_size", "engine", "detail", "denoise", "grain"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not models.installed():
            self.fields["patience"].help_text = NO_NETWORKS


class Upscale(LocalOperation):
    key = "upscale"
    label = _("Upscale")
    summary = _("Up to four times as large, by a neural network or classically.")
    form = UpscaleOptions
    paced_by = ("category", "patience", "engine")

    def said(self, job: Job) -> str:
        """Name the engine that has done it."""
        size = self.size(job.facts, job.options)
        if is_resampled(job.facts, size, job.options):
            return _t("Only resampled.")
        recipe = recipe_for(job.options, job.facts.megapixels)
        if recipe is None:
            return _t("Enlarged by the classical engine.")
        return _t("Enlarged with the network %(name)s.") % {"name": recipe.model.name}

    def size(self, facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
        return size_of(facts, options)

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        size = self.size(facts, options)
        anyhow = options.get("any_size") or options.get("engine") == PLAIN
        for verdict in (
            Verdict() if anyhow else within(facts, size),
            super().check(facts, options),
        ):
            if verdict.blocked:
                return verdict
        if is_resampled(facts, size, options):
            return Verdict()
        try:
            recipe = network_for(options)
        except Missing as missing:
            return Verdict("blocked", not_here(missing))
        if recipe and left_out(recipe, options, facts.megapixels):
            return by_the_other(facts, recipe)
        return in_time(facts, recipe)

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        size = self.size(facts, options)
        seconds = super().estimate(facts, options).seconds
        if is_resampled(facts, size, options):
            return Estimate(seconds)
        try:
            recipe = recipe_for(options, facts.megapixels)
        except Missing:
            recipe = None
        seconds += upscale.estimate_seconds(facts.width, facts.height, size)
        seconds += facts.megapixels * recipe.seconds if recipe else 0
        if options.get("denoise"):
            seconds += facts.megapixels * denoise.SECONDS_PER_MEGAPIXEL
        return Estimate(seconds)

    def make(self, given: np.ndarray, size: tuple[int, int], job: Job) -> np.ndarray:
        """Clean, enlarge as far as engines go, resample, lay grain over it."""
        options = job.options
        if strength := options.get("denoise"):
            room = open_memmap(job.scratch / "clean.npy", "w+", np.uint8, given.shape)
            part = between(job.progress, 0.05, 0.15)
            denoise.denoise(given, strength / 100, out=room, progress=part)
            given = room
        if is_resampled(job.facts, size, options):
            out = np.array(resizing.resized(given, size=size))
        else:
            width, height = reached(job.facts, size)
            shape = (height, width, *given.shape[2:])
            out = open_memmap(job.scratch / "result.npy", "w+", np.uint8, shape)
            enlarge(given, out, options, between(job.progress, 0.15, 0.88))
            out = resizing.resized(out, size=size)
        if strength := options.get("grain"):
            seed = zlib.crc32(job.facts.name.encode())
            part = between(job.progress, 0.88, 0.9)
            grain.add(out, strength / 100, seed, progress=part)
        return out


def enlarge(
    given: np.ndarray, out: np.ndarray, options: Mapping[str, Any], progress: Progress
) -> None:
    """Fill `out` by the engine that these options ask for."""
    size = out.shape[1], out.shape[0]
    try:
        recipe = recipe_for(options, given.shape[0] * given.shape[1] / 1e6)
        if recipe is None:
            upscale.upscale(given, size, out=out, progress=progress)
        else:
            by_network(given, out, recipe, progress)
    except Missing as missing:
        raise ProviderError(not_here(missing), "no_model", permanent=True) from missing
    except Unusable as error:
        raise ProviderError(str(error), "bad_model", permanent=True) from error


def by_network(
    given: np.ndarray, out: np.ndarray, recipe: Recipe, progress: Progress
) -> None:
    """Fill `out` with what a network makes, small faces held back."""
    found: list[protection.Face] = []
    if recipe.protects_faces:
        found = protection.small_faces(given, progress=between(progress, 0, 0.1))
    scale = out.shape[1] / given.shape[1], out.shape[0] / given.shape[0]
    neural.upscale(
        given,
        Network(recipe.model),
        tile=recipe.model.tile,
        faithful=recipe.faithful,
        share=protection.share_around(found, scale, recipe.share),
        out=out,
        progress=between(progress, 0.1, 1),
    )


def between(progress: Progress, start: float, stop: float) -> Progress:
    """Return what shows a part's progress as a stretch of the whole's."""
    return lambda fraction: progress(start + (stop - start) * fraction)


def reached(facts: Facts, size: tuple[int, int]) -> tuple[int, int]:
    """Return the size that is nearest to this one, and that engines can make."""
    width, height = (
        min(max(one, wanted), LARGEST * one)
        for one, wanted in zip((facts.width, facts.height), size, strict=True)
    )
    return width, height


def is_resampled(
    facts: Facts, size: tuple[int, int], options: Mapping[str, Any]
) -> bool:
    """Say whether no engine takes part: nobody wants one, or nothing is enlarged."""
    smaller = reached(facts, size) == (facts.width, facts.height) != size
    return smaller or options.get("engine") == PLAIN


def within(facts: Facts, size: tuple[int, int]) -> Verdict:
    """Refuse to make a picture smaller, or more than four times as large."""
    given = facts.width, facts.height
    if all(
        one <= wanted <= LARGEST * one for one, wanted in zip(given, size, strict=True)
    ):
        return Verdict()
    most = f"{LARGEST * facts.width} × {LARGEST * facts.height}"
    reason = _t(
        "The result would have %(width)d × %(height)d pixels; this picture can become "
        "at most %(most)s, and is not made smaller than its own %(least)s."
    ) % {
        "width": size[0],
        "height": size[1],
        "most": most,
        "least": f"{facts.width} × {facts.height}",
    }
    return Verdict("blocked", reason, most, f"{size[0]} × {size[1]}")


def in_time(facts: Facts, recipe: Recipe | None) -> Verdict:
    """Refuse what would take longer than an engine may."""
    if recipe is None or facts.megapixels * recipe.seconds <= LONGEST:
        return Verdict()
    limit = LONGEST / recipe.seconds
    reason = _t(
        "With this patience and content at most %(limit).1f megapixels can be "
        "enlarged, and the picture has %(measured).1f. Choose another patience."
    ) % {"limit": limit, "measured": facts.megapixels}
    said = f"{facts.megapixels:.1f} megapixels"
    return Verdict("blocked", reason, f"{limit:.1f} megapixels", said)


def by_the_other(facts: Facts, recipe: Recipe) -> Verdict:
    """Say that the classical engine does what a network would take minutes for."""
    minutes = max(2, round(facts.megapixels * recipe.seconds / 60))
    reason = _t(
        "By the classical engine, as a network would take about %(minutes)d minutes."
    ) % {"minutes": minutes}
    return Verdict("adapted", reason)


def not_here(missing: Missing) -> str:
    return _t("The network %(name)s does not lie in the folder for models.") % {
        "name": missing
    }
