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
        fields = ("name", "description", "visibility", "people")
        widgets = {  # noqa: RUF012
            "description": forms.Textarea(attrs={"rows": 3}),
            "people": forms.CheckboxSelectMultiple,
        }

    def __init__(self, user: User, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.team = user, team
        self.fields["description"].help_text = _("Guests read it, too.")
        new = self.instance._state.adding
        maker = user.pk if new else self.instance.owner_id
        people = self.fields["people"]
        people.label = _("Who else sees it while it is private")
        people.queryset = team.members.exclude(pk=maker)  # type: ignore[attr-defined]
        if not people.queryset:  # type: ignore[attr-defined]
            del self.fields["people"]
        # Whoever made a gallery of somebody else's private would lose it.
        if maker != user.pk and self.instance.visibility != Visibility.PRIVATE:
            choices = [(Visibility.TEAM.value, Visibility.TEAM.label)]
            self.fields["visibility"].choices = choices  # type: ignore[attr-defined]
            self.fields.pop("people", None)

    def clean_name(self) -> str:
        if name := " ".join(self.cleaned_data["name"].split()):
            return name
        raise forms.ValidationError(_t("A gallery needs a name."))

    def make(self) -> Gallery:
        """Make a new gallery of this team."""
        self.instance.team, self.instance.owner = self.team, self.user
        gallery: Gallery = self.save()
        return gallery
