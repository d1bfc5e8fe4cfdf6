"""What people fill in: accounts, teams, who is in a picture."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core import context
from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.adapter import invited
from imaging.forms.teams import roles_of
from imaging.language.readers import zones
from imaging.models import Invitation, Notice, Refusal, Subject, Team, User
from imaging.models.subjects import CONSENT

EMAIL = _("Email address")


def name_field() -> forms.CharField:
    """Return the field for a person's name."""
    return forms.CharField(
        label=_("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignupForm(allauth_forms.SignupForm):
    """Sign-up; an invitation that was made out to an address fixes it."""

    name = name_field()
    field_order = ("email", "name", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = EMAIL
        invitation = invited(context.request)
        if invitation and invitation.email:
            self.initial["email"] = invitation.email
            self.fields["email"].disabled = True


class NewUserForm(BaseUserCreationForm):
    """A user with a password: for the first operator, and in the admin."""

    name = name_field()

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = EMAIL
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["password2"].label = _("Password (again)")
        self.fields["password2"].help_text = ""

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class ReaderForm(forms.ModelForm):
    """How a person is called, and in which language and time zone they read."""

    name = name_field()
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("For times in messages and files, and for filters by day."),
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unset = ("", _("As the browser says"))
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            unset,
            *settings.LANGUAGES,
        ]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", _("UTC; on pages as the browser says")),
            *((one, one.replace("_", " ")) for one in zones()),
        ]


class InvitationForm(forms.ModelForm):
    """An invitation into a team, to an address or as a link."""

    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))],
        initial=7,
    )

    class Meta:
        model = Invitation
        fields = ("email", "role")

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.fields["email"].label = EMAIL
        self.fields["email"].help_text = _(
            "The invitation is sent there, and nobody else can use it. Left empty, "
            "you get a link that whoever holds it can use, once."
        )
        self.fields["role"].choices = roles_of(team)  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email and self.team.memberships.filter(user__email=email).exists():
            raise forms.ValidationError(
                _t("%(email)s is in this team already.") % {"email": email}
            )
        return email

    @transaction.atomic
    def invite(self, by: User) -> tuple[Invitation, str]:
        """Make the invitation; the second value is shown once and not kept.

        An earlier one to the same address ends.
        """
        invitation = self.save(commit=False)
        invitation.team, invitation.invited_by = self.team, by
        days = timedelta(days=self.cleaned_data["days"])
        invitation.expires = timezone.now() + days
        token = invitation.new_token()
        if invitation.email:
            self.team.invitations.filter(email=invitation.email).close()
        invitation.save()
        Notice.objects.tell_invited(invitation)
        return invitation, token


class PersonForm(forms.Form):
    """Who is measured by an order, and that they have agreed."""

    # It stands beside other orders, which measure nobody.
    use_required_attribute = False

    subject = forms.CharField(
        label=_("Person in the pictures"),
        max_length=Subject.LONGEST,
        help_text=_(
            "One person for all pictures of an order. Type a name that is known here, "
            "or a new one."
        ),
        error_messages={"required": _("Say who is in the pictures.")},
        widget=forms.TextInput(attrs={"list": "subjects"}),
    )
    consent = forms.BooleanField(
        label=_("They have agreed"),
        required=False,
        help_text=format_lazy(
            "{} {}",
            CONSENT,
            _("Needed once for each person; we keep who confirmed it."),
        ),
    )

    def obtain(self, team: Team, user: User) -> Subject:
        """Return the one who is measured, with consent recorded. Raises Refusal."""
        if not self.is_valid():
            raise Refusal(" ".join(map(str, self.errors["subject"])))
        name, agreed = self.cleaned_data["subject"], self.cleaned_data["consent"]
        return Subject.objects.obtain(team, name, agreed=agreed, user=user)


class SubjectForm(forms.ModelForm):
    """What a person in pictures is called, and what the team notes about them."""

    class Meta:
        model = Subject
        fields = ("name", "notes")
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def save(self, commit: bool = True) -> Subject:
        """Write these columns alone: consent may be withdrawn meanwhile."""
        found = super().save(commit=False)
        if commit:
            found.save(update_fields=["name", "folded", "notes"])
        return found
