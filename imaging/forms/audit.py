"""What of the audit log is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from imaging.auditing.deeds import TOLD
from imaging.models import Team, User
from imaging.views.spans import midnight

# So many teams of one name are looked for at most.
NAMESAKES = 50
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
# Days that have a next one, and a midnight in every zone.
DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


def actions() -> list[tuple[str, Any]]:
    """Return each sentence once, with all the actions that it tells of."""
    found: dict[str, str] = {}
    for sentence, names in TOLD:
        said = str(sentence)
        found[said] = f"{found[said]} {names}" if said in found else names
    return [
        ("", _("All")),
        *sorted(((v, k) for k, v in found.items()), key=lambda o: o[1]),
    ]


class AuditForm(forms.Form):
    """Filters; each list takes those that it has columns for."""

    since = forms.DateField(
        label=_("From"), required=False, widget=DATE, validators=DAYS
    )
    until = forms.DateField(label=_("To"), required=False, widget=DATE, validators=DAYS)
    person = forms.CharField(label=_("Person (e-mail)"), required=False, max_length=254)
    team = forms.CharField(label=_("Team"), required=False, max_length=150)
    action = forms.ChoiceField(label=_("Action"), required=False)
    address = forms.GenericIPAddressField(label=_("Address"), required=False)
    token = forms.CharField(label=_("Token"), required=False, max_length=150)

    def __init__(self, fields: set[str], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name in set(self.fields) - fields:
            del self.fields[name]
        if "action" in self.fields:
            self.fields["action"].choices = actions()  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Any], columns: dict[str, str]) -> QuerySet[Any]:
        """Keep the rows that fit; `columns` says where they have person and team."""
        said = {name: one for name, one in self.cleaned_data.items() if one}
        if first := said.get("since"):
            rows = rows.filter(at__gte=midnight(first))
        if last := said.get("until"):
            rows = rows.filter(at__lt=midnight(last + timedelta(days=1)))
        if person := said.get("person"):
            rows = rows.filter(self.by(person.lower(), rows.model, columns["person"]))
        if team := said.get("team"):
            found = Team.objects.filter(name__iexact=team).values_list("pk", flat=True)
            rows = rows.filter(**{f"{columns['team']}__in": list(found[:NAMESAKES])})
        if names := said.get("action"):
            rows = rows.filter(action__in=names.split())
        same = {name: said[name] for name in ("address", "token") if name in said}
        return rows.filter(**same)

    @staticmethod
    def by(email: str, model: type[Model], column: str) -> Q:
        """Find what a person did; the deleted are known by how they were called."""
        if known := User.objects.filter(email=email).first():
            return Q(**{column: known.pk})
        return Q(who=email) if hasattr(model, "who") else Q(pk=None)
