"""What is chosen where plugins retouch: one picture or layers, and what comes first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.providers.base import OptionsForm, Range

FLAT, LAYERS = "flat", "layers"
PERSON = (
    (0, _("automatic")),
    (1, _("face close-up")),
    (2, _("half body")),
    (3, _("full body")),
)


class PluginOptions(OptionsForm):
    """A box for each plugin, its parameters after it; 1 is 100 %.

    `order` names those of `plugins` that shall be applied first, in that order; the
    rest follows in the recommended one.
    """

    plugins: ClassVar[Collection[str]]

    result = forms.ChoiceField(
        label=_("Result"),
        choices=[(FLAT, _("one picture")), (LAYERS, _("and its layers"))],
        initial=FLAT,
        widget=forms.RadioSelect,
    )
    order = forms.CharField(
        max_length=300, required=False, initial="", widget=forms.HiddenInput
    )

    def clean_order(self) -> str:
        keys = self.cleaned_data["order"].split()
        if unknown := [key for key in keys if key not in self.plugins]:
            raise forms.ValidationError(
                _t("There is no plugin %(names)s.") % {"names": ", ".join(unknown)}
            )
        return " ".join(keys)


def slider(label: Any, most: float, initial: float) -> forms.FloatField:
    """Return the field for a parameter of a plugin, from 0 on."""
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=most,
        initial=initial,
        widget=Range(attrs={"step": "0.05"}),
    )
