"""What the address of the library asks for: which pictures, and how to say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from imaging import providers
from imaging.models import Image, Label, State, Task, Team, User
from imaging.models.galleries import GalleryItemQuerySet
from imaging.models.imagesets import ImageQuerySet
from imaging.models.states import OPEN
from imaging.views.spans import midnight

SHOW = {"results": _lazy("Results"), "all": _lazy("Everything")}
STATES = {
    "running": _lazy("In work"),
    "failed": _lazy("Failed"),
    "done": _lazy("Done"),
    "none": _lazy("Never processed"),
}
STATE_IN = {
    "running": OPEN,
    "failed": [State.ERROR],
    "done": [State.COMPLETED],
    "none": State.values,
}
# What a gallery shows of what hangs there.
HUNG = {"originals": _lazy("Originals"), "results": _lazy("Results")}
LABELS = [(str(one.value), one.label) for one in Label if one]


def provider_choices() -> list[tuple[str, str]]:
    return [(one.key, str(one.label)) for one in providers.providers()]


def operation_choices() -> list[tuple[str, str]]:
    """Return every operation, named with its provider where that needs saying."""
    found = providers.providers()
    return [
        (
            f"{one.key}:{each.key}",
            str(each.label) if len(found) == 1 else f"{one.label}: {each.label}",
        )
        for one in found
        for each in one.operations
    ]


@dataclass(frozen=True)
class Choice:
    """One entry of a menu: its value and words, where it leads, whether it is on."""

    value: str
    label: str
    address: str
    chosen: bool

    @property
    def number(self) -> int:
        return int(self.value)


class Filters(forms.Form):
    """The conditions in the library's address; what makes no sense is left out."""

    q = forms.CharField(max_length=150)
    show = forms.ChoiceField(choices=list(SHOW.items()))
    label = forms.ChoiceField(choices=LABELS)
    state = forms.ChoiceField(choices=list(STATES.items()))
    provider = forms.ChoiceField(choices=provider_choices)
    operation = forms.ChoiceField(choices=operation_choices)
    by = forms.ModelChoiceField(User.objects.none())
    since = forms.DateField(input_formats=["%Y-%m-%d"])
    until = forms.DateField(input_formats=["%Y-%m-%d"])
    taken = forms.ChoiceField(choices=[("no", _lazy("Not downloaded"))])
    hearts = forms.ChoiceField(choices=[("mine", _lazy("My favourites"))])
    chosen = forms.ChoiceField(choices=[("yes", _lazy("Chosen"))])

    # What is shown when nothing is said of it, and how to say something else.
    at_first = "originals"
    ways: ClassVar = {"": _lazy("Originals"), **SHOW}

    def __init__(self, query: QueryDict, team: Team, user: User) -> None:
        super().__init__(query)
        self.user = user
        here = Q(teams=team) | Exists(team.images.filter(owner=OuterRef("pk")))
        people = User.objects.filter(here).distinct()
        self.fields["by"].queryset = people  # type: ignore[attr-defined]
        self.people = list(team.members.order_by("name", "email"))
        self.full_clean()
        # A day of no calendar that the database knows is no condition either.
        days = {
            name: day
            for name in ("since", "until")
            if (day := self.cleaned_data.get(name)) and 1900 <= day.year <= 2999
        }
        kept = {n: v for n, v in self.cleaned_data.items() if n not in self._days}
        self.values: dict[str, Any] = kept | days

    _days = ("since", "until")

    @property
    def shown(self) -> str:
        return str(self.values.get("show", ""))

    @property
    def kind(self) -> str:
        """Return which are shown: "originals", "results" or "all"."""
        return self.shown or self.at_first

    @property
    def any(self) -> bool:
        """Say whether there is a condition beside originals or results."""
        return bool(self.values.keys() - {"show"})

    def apply(self, rows: ImageQuerySet) -> ImageQuerySet:
        """Return those of the rows that meet every condition."""
        values, rows = self.values, rows.whole()
        if self.kind != "all":
            rows = rows.filter(parent__isnull=self.kind == "originals")
        if text := values.get("q"):
            rows = rows.named(text)
        if label := values.get("label"):
            rows = rows.filter(label=int(label))
        if person := values.get("by"):
            rows = rows.filter(owner=person)
        if day := values.get("since"):
            rows = rows.filter(created__gte=midnight(day))
        if day := values.get("until"):
            rows = rows.filter(created__lt=midnight(day + timedelta(days=1)))
        if values.get("taken"):
            rows = rows.downloaded(ever=False)
        if values.get("hearts"):
            rows = rows.loved_by(self.user)
        if values.get("chosen"):
            rows = rows.filter(chosen=True)
        return self._worked_on(rows)

    def _worked_on(self, rows: ImageQuerySet) -> ImageQuerySet:
        """Choose by the work on a picture, or by the work that made it."""
        tasks = Task.objects.all()
        if provider := self.values.get("provider"):
            tasks = tasks.filter(provider=provider)
        if operation := self.values.get("operation"):
            provider, _colon, key = operation.partition(":")
            tasks = tasks.filter(provider=provider, operation=key)
        state = self.values.get("state")
        here = tasks.filter(image=OuterRef("pk"))
        on_it = Exists(here.filter(state__in=STATE_IN[state]) if state else here)
        if state:
            return rows.filter(~on_it if state == "none" else on_it)
        return rows.touched_by(tasks) if provider else rows

    def address(self, **changes: str) -> str:
        """Return the address with these conditions changed; "" takes one away."""
        now = {name: self._text(name) for name in self.values} | changes
        return "?" + urlencode({name: one for name, one in now.items() if one})

    def _text(self, name: str) -> str:
        value = self.values[name]
        return str(value.pk) if isinstance(value, User) else str(value)

    @property
    def here(self) -> str:
        """Return the address of the first page of this."""
        return self.address()

    @property
    def clear(self) -> str:
        """Return the address without any condition."""
        return f"?show={self.shown}" if self.shown else "?"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return what a search keeps, as names and values for its form."""
        return [(name, self._text(name)) for name in self.values if name != "q"]

    @property
    def undated(self) -> list[tuple[str, str]]:
        """Return what a choice of days keeps, as names and values for its form."""
        return [(n, self._text(n)) for n in self.values if n not in self._days]

    def menu(self, name: str) -> list[Choice]:
        """Return the entries of one menu; the chosen one leads to its end."""
        field = self.fields[name]
        options: Any = getattr(field, "choices", [])
        if name == "by":
            options = [(str(one.pk), str(one)) for one in self.people]
        now = self._text(name) if name in self.values else ""
        return [
            Choice(
                str(value),
                str(label),
                self.address(**{name: "" if str(value) == now else str(value)}),
                str(value) == now,
            )
            for value, label in options
        ]

    @property
    def menus(self) -> dict[str, list[Choice]]:
        names = ("label", "state", "provider", "operation", "by")
        return {name: self.menu(name) for name in names}

    @property
    def switches(self) -> dict[str, Choice]:
        """Return the conditions that are on or off, and are not on."""
        # Hearts and choices are for results as well, so these are looked at, too.
        every = {"show": self.shown or ("" if self.at_first == "all" else "all")}
        asked = {"hearts": every, "chosen": every, "taken": {}}
        found = {}
        for name, more in asked.items():
            if name not in self.values:
                ((value, label),) = self.fields[name].choices  # type: ignore[attr-defined]
                address = self.address(**{name: value}, **more)
                found[name] = Choice(value, str(label), address, False)
        return found

    @property
    def shows(self) -> list[Choice]:
        """Return the three ways to look at originals and results."""
        return [
            Choice(way, str(label), self.address(show=way), way == self.shown)
            for way, label in self.ways.items()
        ]

    @property
    def chips(self) -> Iterator[Choice]:
        """Say each condition in words, with the address that is without it."""
        for name in self.values:
            if name != "show":
                yield Choice(name, self._words(name), self.address(**{name: ""}), True)

    def _words(self, name: str) -> str:
        value = self.values[name]
        if name == "q":
            return _("“%s”") % value
        if name in self._days:
            words = _("from %s") if name == "since" else _("until %s")
            return words % date_format(value, "DATE_FORMAT")
        if name == "by":
            return _("by %s") % value
        return str(dict(self.fields[name].choices)[value])  # type: ignore[attr-defined]

    @property
    def days(self) -> dict[str, str]:
        return {name: self._text(name) for name in self._days if name in self.values}


class GalleryFilters(Filters):
    """The conditions in a gallery's address: at first all that hangs there is shown."""

    show = forms.ChoiceField(choices=list(HUNG.items()))
    at_first = "all"
    ways: ClassVar = {"": _lazy("Everything"), **HUNG}

    @property
    def as_hung(self) -> bool:
        """Say whether all is shown, and so can be put in another order."""
        return not self.values

    def among(self, items: GalleryItemQuerySet) -> GalleryItemQuerySet:
        """Return those whose pictures meet every condition."""
        if self.as_hung:
            return items
        found = self.apply(Image.objects.filter(pk=OuterRef("image")))
        return items.filter(Exists(found))
