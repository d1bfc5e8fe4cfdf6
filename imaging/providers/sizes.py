"""How large an enlarged picture becomes: by a scale, or exactly so wide and high."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.providers.base import Facts, OptionsForm


class SizeOptions(OptionsForm):
    """By a scale, or by width and height, which then come first."""

    scale = forms.TypedChoiceField(
        label=_("Enlarge"),
        choices=[(2, "2 ×"), (3, "3 ×"), (4, "4 ×")],
        coerce=int,
        initial=2,
        widget=forms.RadioSelect,
    )
    width = forms.IntegerField(
        label=_("Width in pixels"),
        min_value=1,
        max_value=60_000,
        required=False,
        help_text=_("Instead of a scale; one of width and height is enough."),
    )
    height = forms.IntegerField(
        label=_("Height in pixels"), min_value=1, max_value=60_000, required=False
    )
    stretch = forms.BooleanField(
        label=_("Exactly this width and height"),
        required=False,
        initial=False,
        help_text=_("Even if it distorts. Otherwise the picture is fitted into them."),
    )


def size_of(facts: Facts, options: Mapping[str, Any]) -> tuple[int, int]:
    """Return the width and height that these options ask for."""
    width, height = int(options.get("width") or 0), int(options.get("height") or 0)
    if width and height and options.get("stretch"):
        return width, height
    if not (width or height):
        scale = int(options["scale"])
        return facts.width * scale, facts.height * scale
    if height and (not width or width * facts.height > height * facts.width):
        return max(1, round(facts.width * height / facts.height)), height
    return width, max(1, round(facts.height * width / facts.width))
