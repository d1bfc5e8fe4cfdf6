"""What a team's owner fills in: its people's roles, its name, what it keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import pictures, providers
from imaging.forms.doors import choices
from imaging.language.readout import read_out
from imaging.models import Branding, Membership, Role, Team

LONGEST_KEPT = 36_500
# What the field shows while a team has no accent of its own.
OURS = "#0e6499"


def roles_of(team: Team) -> list[tuple[str, str]]:
    """Return the roles that others may have in a team; a personal one has its owner."""
    return [
        (role, str(label))
        for role, label in Role.choices
        if not (team.personal and role == Role.OWNER)
    ]


class NewTeamForm(forms.ModelForm):
    """A team to be made."""

    class Meta:
        model = Team
        fields = ("name",)
        labels = {"name": _("Name of the new team")}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "name": _("You will own it, and invite the others.")
        }


class RoleForm(forms.ModelForm):
    """What a member may do from now on."""

    class Meta:
        model = Membership
        fields = ("role",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_{self.instance.pk}_%s"
        self.fields["role"].choices = roles_of(self.instance.team)  # type: ignore[attr-defined]


class TeamForm(forms.ModelForm):
    """What a team is called, and for how long it keeps pictures."""

    class Meta:
        model = Team
        fields = ("name", "retention_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the team")
        self.fields["retention_days"] = forms.IntegerField(
            label=_("Delete new pictures after (days)"),
            min_value=1,
            max_value=LONGEST_KEPT,
            required=False,
            help_text=_("Left empty, pictures are kept until somebody deletes them."),
        )

    def save(self, commit: bool = True) -> Team:
        """Write these columns alone: what is used is counted meanwhile."""
        found = super().save(commit=False)
        if commit:
            found.save(update_fields=["name", "retention_days"])
        return found


class PreferredForm(forms.Form):
    """For each operation that several providers do: which of them is offered first.

    `usable` are the providers with which the team has an account.
    """

    def __init__(self, team: Team, usable: Collection[str], data: Any = None) -> None:
        super().__init__(data, prefix="first")
        self.team = team
        for key, label in shared_operations().items():
            now = team.preferred.get(key, "")
            self.fields[key] = forms.ChoiceField(
                label=label,
                choices=[("", _t("No preference")), *choices(key, usable, now)],
                initial=now,
                required=False,
            )

    def save(self) -> dict[str, str]:
        """Keep what was chosen; return it."""
        chosen = {key: one for key, one in self.cleaned_data.items() if one}
        # What other processes have changed of the team stays.
        Team.objects.filter(pk=self.team.pk).update(preferred=chosen)
        return chosen


def shared_operations() -> dict[str, str]:
    """Return the operations that more than one provider does, with their names."""
    able: dict[str, list[str]] = {}
    for provider in providers.providers():
        for operation in provider.operations:
            able.setdefault(operation.key, []).append(str(operation.label))
    return {key: labels[0] for key, labels in able.items() if len(labels) > 1}


class BrandingForm(forms.ModelForm):
    """How guests see a team. The logo is read in a limited child."""

    accent = forms.CharField(
        label=_("Accent colour"),
        required=False,
        widget=forms.ColorInput(),
        help_text=_(
            "For links and buttons. Where it could not be read, a lighter or darker "
            "shade of it is used."
        ),
    )
    plain = forms.BooleanField(label=_("Take Darkroom's own colour"), required=False)
    picture = forms.FileField(
        label=_("New logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_(
            "Shown up to 640 × 160 pixels large, each side at least 64; a PNG with a "
            "transparent ground suits both light and dark."
        ),
    )
    bare = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Branding
        fields = ("name",)
        labels = {"name": _("Name shown to guests")}  # noqa: RUF012

    def __init__(self, face: Branding, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, instance=face)
        self.fields["name"].help_text = _("Left empty, it is the name of the team.")
        self.initial["accent"] = face.accent or OURS
        self.made: bytes | None = None
        if not face.accent:
            del self.fields["plain"]
        if not face.logo_digest:
            del self.fields["bare"]

    def clean_accent(self) -> str:
        said = self.cleaned_data["accent"].lower()
        if said and not re.fullmatch("#[0-9a-f]{6}", said):
            raise forms.ValidationError(_t("A colour is written as #rrggbb."))
        return said

    def clean_picture(self) -> Any:
        if sent := self.cleaned_data["picture"]:
            try:
                self.made = pictures.logo(Path(sent.temporary_file_path()))
            except pictures.Refused as refused:
                raise forms.ValidationError(read_out(refused.message)) from refused
        return sent

    def save(self, commit: bool = True) -> Branding:
        """Write what was chosen."""
        face = super().save(commit=False)
        accent = self.cleaned_data["accent"]
        ours = accent == OURS or self.cleaned_data.get("plain")
        face.accent = "" if ours else accent
        if self.made or self.cleaned_data.get("bare"):
            face.logo = self.made
            digest = hashlib.sha256(self.made).hexdigest() if self.made else ""
            face.logo_digest = digest
        if commit:
            face.save()
        return face
