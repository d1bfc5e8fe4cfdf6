"""What a team's owner fills in: its people's roles, its name, what it keeps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.models import Membership, Role, Team


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
