"""The operation: what is taken, and from which side a picture shows the face."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.providers.base import (
    Facts,
    Operation,
    OptionsForm,
    ResultKind,
    Verdict,
)
from imaging.providers.haut import wire
from imaging.providers.limits import Limits

# The vendor names no formats; these are what every one of its samples is.
LIMITS = Limits(("jpeg", "png", "webp"), wire.MIN_SIDE, max_bytes=wire.MAX_BYTES)
BY_NAME = "name"
FRONT = "front"


class SkinOptions(OptionsForm):
    side = forms.ChoiceField(
        label=_("Seen from"),
        choices=[
            (FRONT, _("the front")),
            ("left", _("the left")),
            ("right", _("the right")),
            (BY_NAME, _("as each file's name says")),
        ],
        initial=FRONT,
        help_text=_(
            "As the names say: a file with “left” or “right” in its name is that side, "
            "any other the front, and the sides of a face are sent as one set."
        ),
    )
    masks = forms.BooleanField(
        label=_("Masks"),
        initial=True,
        required=False,
        help_text=_("The pictures that the analysis makes, shown over the face."),
    )


class SkinAnalysis(Operation):
    key = "skin-analysis"
    label = _("Skin analysis")
    summary = _("Scores of one face from one, two or three sides, with masks.")
    result = ResultKind.REPORT
    form = SkinOptions
    of_person = True

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        return LIMITS.verdict(facts)


def side_of(name: str, options: Mapping[str, Any]) -> str:
    """Return the side that a picture shows: as chosen, or as its file's name says."""
    chosen = str(options.get("side", FRONT))
    if chosen != BY_NAME:
        return chosen
    words = re.split(r"[\W\d_]+", PurePath(name).stem.lower())
    return next((side for side in wire.SIDES if side in words), FRONT)
