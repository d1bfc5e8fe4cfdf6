"""How often a person wants to hear by e-mail of what the site tells them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from imaging.models import MailPace, User


class MailForm(forms.ModelForm):
    """How often mail comes."""

    mail_pace = forms.ChoiceField(
        label=_("Email about your work"),
        choices=MailPace,
        help_text=_(
            "Of batches, of what guests send, and of share links that end soon. What "
            "you have read here is not sent. Once a day is at eight in the morning, in "
            "your time zone."
        ),
    )

    class Meta:
        model = User
        fields = ("mail_pace",)

    def save(self, commit: bool = True) -> User:
        """Write this column alone."""
        self.instance.save(update_fields=["mail_pace"])
        return self.instance
