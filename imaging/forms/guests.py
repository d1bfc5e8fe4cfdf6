"""What guests of a share link fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.models import PickList


class PicksForm(forms.ModelForm):
    """Who has picked, and what they want to say about it."""

    class Meta:
        model = PickList
        fields = ("name", "note")
        widgets = {  # noqa: RUF012 - Django reads it as it stands
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {  # noqa: RUF012 - Django reads it as it stands
            "note": _("What shall be done with them, what matters to you.")
        }


class SenderForm(forms.Form):
    """Who adds pictures."""

    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
