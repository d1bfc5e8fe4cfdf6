"""The form by which a person makes a token for a program."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.models import ApiToken, Scope, User
from imaging.models.tokens import MOST

DATE, NEVER = "date", "never"
LAST_YEAR = 2_999
USUAL = [Scope.READ, Scope.UPLOAD, Scope.PROCESS]


class TokenForm(forms.Form):
    """What a token is for, what it may do, and until when."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        help_text=_("The program or the machine that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=USUAL,
        error_messages={"required": _("Tick at least one thing that it may do.")},
        widget=forms.CheckboxSelectMultiple,
    )
    expiry = forms.ChoiceField(
        label=_("Ends"),
        choices=[
            ("30", _("after 30 days")),
            ("90", _("after 90 days")),
            ("365", _("after a year")),
            (NEVER, _("never, until it is revoked")),
            (DATE, _("on a day of my choice")),
        ],
        initial="90",
    )
    date = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user

    def clean(self) -> None:
        day = self.cleaned_data.get("date")
        if self.cleaned_data.get("expiry") == DATE and "date" not in self.errors:
            if not day:
                self.add_error("date", _("Choose the last day."))
            elif day < timezone.localdate():
                self.add_error("date", _("That day is over."))
            elif day.year > LAST_YEAR:
                words = _t("Choose a day no later than the year %d.")
                self.add_error("date", words % LAST_YEAR)
        if self.user.api_tokens.live().count() >= MOST:
            words = _t("You have %d tokens. Revoke one that is not used any more.")
            raise forms.ValidationError(words % MOST)

    @property
    def expires(self) -> datetime | None:
        """Return when the token that is asked for ends."""
        chosen = self.cleaned_data["expiry"]
        if chosen == NEVER:
            return None
        if chosen != DATE:
            return timezone.now() + timedelta(days=int(chosen))
        last = datetime.combine(self.cleaned_data["date"], time.max)
        return timezone.make_aware(last)

    def issue(self) -> tuple[ApiToken, str]:
        """Make the token; the second value is shown once and not kept."""
        asked = self.cleaned_data
        return ApiToken.objects.issue(
            self.user, asked["name"], asked["scopes"], expires=self.expires
        )
