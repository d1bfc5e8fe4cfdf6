"""`convert` as an operation: its form, its limits, its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.pictures import resizing
from imaging.providers.base import Facts, Job
from imaging.providers.local.operation import MIN_SIDE, FileOptions, LocalOperation


class ConvertOptions(FileOptions):
    long_side = forms.IntegerField(
        label=_("Long side in pixels"),
        min_value=MIN_SIDE,
        max_value=30_000,
        required=False,
        help_text=_("Left empty, the size stays. Pictures are never enlarged by this."),
    )
    field_order = ("format", "long_side")


class Convert(LocalOperation):
    key = "convert"
    label = _("Convert")
    summary = _("Another format, a smaller size.")
    form = ConvertOptions

    def size(self, facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
        side = options["long_side"]
        if not side or side >= max(facts.width, facts.height):
            return facts.width, facts.height
        return resizing.fitted(facts.width, facts.height, side)

    def make(self, given: np.ndarray, size: tuple[int, int], job: Job) -> np.ndarray:
        return resizing.resized(given, size=size)
