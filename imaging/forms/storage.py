"""What the operator fills in about storage: a team's bound."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.models import Team

GIB = 2**30
MOST = 2**20


class QuotaForm(forms.Form):
    """How many bytes a team may have, in gibibytes."""

    gib = forms.DecimalField(
        label=_("Quota (GiB)"), min_value=0, max_value=MOST, decimal_places=2
    )

    def __init__(self, team: Team, data: Any = None) -> None:
        super().__init__(data, initial={"gib": round(team.max_bytes / GIB, 2)})
        self.team = team
        self.auto_id = f"id_{team.pk}_%s"

    @property
    def bytes(self) -> int:
        return int(self.cleaned_data["gib"] * GIB)
