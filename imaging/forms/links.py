"""What people fill in about share links."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.models import Gallery, ShareLink, User
from imaging.models.shares import DAYS

# What is written as it was filled in.
PLAIN = ("name", "mode", "download_limit", "picks", "uploads", "as_they_are")


class ShareForm(forms.ModelForm):
    """What a link allows, until when, and with which password."""

    until = forms.DateField(
        label=_("Open until the end of"),
        required=False,
        help_text=_("Left empty, it stays open until you switch it off."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    no_password = forms.BooleanField(label=_("Take the password away"), required=False)

    class Meta:
        model = ShareLink
        fields = PLAIN

    field_order = (
        "name",
        "mode",
        "until",
        "password",
        "no_password",
        "download_limit",
        "picks",
        "uploads",
        "as_they_are",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        link = self.instance
        self.fields["name"].help_text = _(
            "For yourselves: who gets it. Guests do not see it."
        )
        self.fields["download_limit"].help_text = _(
            "So many downloads altogether. Left empty, there is no limit."
        )
        self.fields["picks"].help_text = _("They mark what they like, and send it.")
        self.fields["uploads"].help_text = _(
            "What they add waits until you approve it; nobody else sees it before."
        )
        self.fields["as_they_are"].help_text = _(
            "Otherwise files are called after the gallery, and say nothing of place, "
            "camera or time."
        )
        self.fields["download_limit"].widget.attrs["min"] = 1
        if link.password:
            self.fields["password"].help_text = _(
                "It has one. Left empty, it stays as it is."
            )
        else:
            del self.fields["no_password"]
            self.fields["password"].help_text = _("Left empty, the address is enough.")
        if link._state.adding:
            self.initial["until"] = timezone.localdate() + timedelta(days=DAYS)
        elif link.expires:
            last = timezone.localtime(link.expires - timedelta(microseconds=1))
            self.initial["until"] = last.date()

    def clean_until(self) -> Any:
        day = self.cleaned_data["until"]
        if day and "until" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError(_t("That day is over."))
        if day and day.year > 2999:
            raise forms.ValidationError(_t("That is too far away."))
        return day

    def clean_download_limit(self) -> int | None:
        limit: int | None = self.cleaned_data["download_limit"]
        if limit == 0:
            raise forms.ValidationError(
                _t("At least 1. For none at all, let guests look only.")
            )
        return limit

    @property
    def ends(self) -> datetime | None:
        """Return the last moment of the chosen day, where this site is."""
        day = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None

    def make(self, gallery: Gallery, user: User) -> ShareLink:
        """Make a new link to this gallery."""
        fields = {name: self.cleaned_data[name] for name in (*PLAIN, "password")}
        return ShareLink.objects.make(gallery, user, expires=self.ends, **fields)

    def change(self) -> None:
        """Write what was changed; the address stays."""
        link, said = self.instance, self.cleaned_data
        if "until" in self.changed_data:
            link.expires = self.ends
        link.save(update_fields=[*PLAIN, "expires"])
        link.prepare()
        if said["password"]:
            link.change_password(said["password"])
        elif said.get("no_password"):
            link.change_password("")
