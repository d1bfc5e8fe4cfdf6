"""The form for a webhook: where to, and of what it is told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.failures import ProviderError
from imaging.language.readout import read_out
from imaging.models import Webhook
from imaging.models.webhooks import Event
from imaging.targets import check_target


class WebhookForm(forms.Form):
    """The address and the events of a webhook, a new one or one that is there."""

    url = forms.CharField(
        label=_("Address"),
        max_length=1_000,
        widget=forms.URLInput(
            attrs={"autocomplete": "off", "placeholder": "https://example.com/hook"}
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("Told of"),
        choices=Event.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, data: Any = None, *, webhook: Webhook | None = None) -> None:
        known: dict[str, Any] = {"events": [Event.TASK_COMPLETED, Event.TASK_ERROR]}
        if webhook:
            known = {"url": webhook.url, "events": webhook.events}
        super().__init__(data, initial=known)

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            check_target(url)
        except ProviderError as error:
            raise forms.ValidationError(read_out(error.message)) from error
        return url
