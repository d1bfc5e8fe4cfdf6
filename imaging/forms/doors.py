"""The form by which a team says who does the work that programs ask for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _t

from imaging import providers
from imaging.models import Team

LOCAL = "local"


class DoorsForm(forms.Form):
    """For each API that is answered here: a provider that can do the same.

    `usable` are the providers with which the team has an account.
    """

    def __init__(self, team: Team, usable: Collection[str], data: Any = None) -> None:
        super().__init__(data, prefix="door")
        self.team = team
        for door, operation in providers.doors().items():
            now = team.served_by.get(door, LOCAL)
            self.fields[door] = forms.ChoiceField(
                label=providers.get(door).label,
                help_text=providers.operation(door, operation).label,
                choices=choices(operation, usable, now),
                initial=now,
            )

    def save(self) -> dict[str, str]:
        """Keep what was chosen; return it without what is done here anyway."""
        chosen = {door: one for door, one in self.cleaned_data.items() if one != LOCAL}
        # What other processes have changed of the team stays.
        Team.objects.filter(pk=self.team.pk).update(served_by=chosen)
        return chosen


def choices(operation: str, usable: Collection[str], now: str) -> list[tuple[str, str]]:
    """Return who can do an operation; `now` too, even if it has no account any more.

    That may be nobody yet.
    """
    found = []
    for one in providers.providers():
        able = operation in {offered.key for offered in one.operations}
        if able and (one.key in usable or not one.credentials):
            found.append((one.key, str(one.label)))
        elif one.key == now:
            found.append((now, _t("%(name)s: no account") % {"name": one.label}))
    if now and now not in dict(found):
        found.append((now, _t("%(name)s: not here any more") % {"name": now}))
    return found
