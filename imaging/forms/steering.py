"""The forms with which the operator steers providers."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.forms.accounts import Bounding
from imaging.models import Mode, ProviderControl
from imaging.providers.base import Provider

FASTEST, SLOWEST = 1_000, 0.01


class LimitsForm(forms.Form):
    """How much a provider is given at once, and how often it is asked."""

    most_at_once = forms.IntegerField(
        label=_("At most at once"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_("Tasks of all teams together. Left empty: as many as there are."),
    )
    rate = forms.FloatField(
        label=_("Polls a second"),
        required=False,
        min_value=SLOWEST,
        max_value=FASTEST,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )

    def __init__(
        self, provider: Provider, control: ProviderControl, data: object = None
    ) -> None:
        known = {"most_at_once": control.most_at_once, "rate": control.rate}
        super().__init__(data, initial=known, prefix=provider.key)  # type: ignore[arg-type]
        said = _t("For each account. Left empty: the provider's own, %(rate)s.")
        self.fields["rate"].help_text = said % {"rate": f"{provider.rate:g}"}
        if provider.queue == "engine":
            # Nobody is asked: it is done here.
            del self.fields["rate"]


class ModeForm(forms.Form):
    mode = forms.ChoiceField(choices=Mode)


class LimitForm(Bounding):
    """Of which team, and how much."""

    team = forms.UUIDField()
