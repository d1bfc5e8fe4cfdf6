"""What people fill in about galleries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.models import Gallery, Team, User, Visibility


class GalleryForm(forms.ModelForm):
    """What a gallery is called, and who sees it."""

    class Meta:
        model = Gallery
        fields = ("name", "description", "visibility")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["description"].help_text = _("Guests read it, too.")
        # Whoever made a gallery of somebody else's private would lose it.
        if self.instance.team_id and self.instance.owner_id != user.pk:
            choices = [(Visibility.TEAM.value, Visibility.TEAM.label)]
            self.fields["visibility"].choices = choices  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        if name := " ".join(self.cleaned_data["name"].split()):
            return name
        raise forms.ValidationError(_t("A gallery needs a name."))

    def make(self, team: Team) -> Gallery:
        """Make a new gallery of this team."""
        gallery: Gallery = self.save(commit=False)
        gallery.team, gallery.owner = team, self.user
        gallery.save()
        return gallery
