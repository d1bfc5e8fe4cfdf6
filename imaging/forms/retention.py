"""What the operator fills in about retention: periods for all, rules of teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.forms.teams import LONGEST_KEPT
from imaging.models import Period, Team
from imaging.models.periods import BOUNDS

# What each period is about, and why it is kept at all.
TITLES = {
    "trash": _("Trash"),
    "events": _("History of tasks"),
    "requests": _("Requests to providers"),
    "audit": _("Audit log"),
    "notices": _("Notices"),
    "messages": _("Messages of webhooks"),
    "tokens": _("Ended tokens of programs"),
}
ABOUT = {
    "trash": _("Pictures that people threw away, to take back."),
    "events": _("What happened to a task, line by line. Open tasks keep theirs."),
    "requests": _("What was asked of a provider, to be told to its support."),
    "audit": _("Who did what. Deleting from it takes away what can be proven."),
    "notices": _("What people were told, once they have read it."),
    "messages": _("What was sent to other programs, and can be sent again."),
    "tokens": _("Shown as ended for so long."),
}


class PeriodForm(forms.Form):
    """For how many days one thing is kept; empty for good, where that may be."""

    def __init__(self, name: str, data: Any = None) -> None:
        now = Period.objects.days(name)
        super().__init__(data, initial={"days": now}, auto_id=f"id_{name}_%s")
        bounds = BOUNDS[name]
        self.name, self.now = name, now
        self.title, self.about, self.bounds = TITLES[name], ABOUT[name], bounds
        self.fields["days"] = forms.IntegerField(
            label=_t("Days"),
            min_value=bounds.low,
            max_value=bounds.high,
            required=not bounds.forever,
        )


class RuleForm(forms.Form):
    """After how many days a team's pictures are deleted; empty for never."""

    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=LONGEST_KEPT, required=False
    )

    def __init__(self, team: Team, data: Any = None) -> None:
        initial = {"days": team.retention_days}
        super().__init__(data, initial=initial, auto_id=f"id_{team.pk}_%s")
        self.team = team
