"""What the address of the activity page asks for: which downloads, in words too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, Min, OuterRef, Q
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from imaging import providers
from imaging.models import Download, Gallery, Image, ShareLink, Team, User
from imaging.models.downloads import USER
from imaging.models.downloadsets import DownloadQuerySet
from imaging.views.chosen import is_uuid
from imaging.views.filters import Choice
from imaging.views.spans import EARLIEST, Span

DAYS = {
    "7": _lazy("7 days"),
    "30": _lazy("30 days"),
    "90": _lazy("90 days"),
    "365": _lazy("A year"),
    "all": _lazy("All time"),
}
USUAL = "30"


def doors() -> dict[str, str]:
    """Name the ways by which pictures are taken."""
    ours = {"site": _("This site"), "share": _("Share links"), "api": _("The API")}
    ways = {
        one: _("The API of %s") % providers.get(one).label for one in providers.doors()
    }
    return ours | ways


def as_day(text: str) -> date | None:
    """Read a day; None for what is none, or lies where no download can."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return day if EARLIEST <= day < date(2999, 1, 1) else None


class Asked:
    """The conditions in an address. Raises Http404 where one names what is not there.

    Days and doors that make no sense are left out.
    """

    def __init__(self, query: QueryDict, team: Team, user: User) -> None:
        self.team, self.user = team, user
        # What they are counted by, kept when the days or ways change.
        self.by = ""
        # The team in use is one of this person's own.
        self.mine = Download.objects.filter(team=team)
        self.values: dict[str, Any] = {}
        for name in ("picture", "link", "gallery", "person"):
            if text := query.get(name, ""):
                if not is_uuid(text):
                    raise Http404
                found = getattr(self, f"_{name}s")()
                self.values[name] = get_object_or_404(found, pk=text)
        guest = query.get("guest", "")
        if "link" in self.values and guest.isdecimal() and len(guest) < 10:
            self.values["guest"] = int(guest)
        if (door := query.get("door", "")) in doors():
            self.values["door"] = door
        for name in ("since", "until"):
            if day := as_day(query.get(name, "")):
                self.values[name] = day
        if (days := query.get("days", "")) in DAYS and not self.dated:
            self.values["days"] = days

    def _pictures(self) -> Any:
        return Image.objects.filter(team=self.team)

    def _links(self) -> Any:
        mine = ShareLink.objects.visible_to(self.user).filter(team=self.team)
        return mine.select_related("gallery").distinct()

    def _gallerys(self) -> Any:
        return Gallery.objects.visible_to(self.user).filter(team=self.team).distinct()

    def _persons(self) -> Any:
        theirs = self.mine.known_to(self.user).filter(user=OuterRef("pk"))
        known = Q(Exists(theirs)) | Q(pk=self.user.pk)
        return User.objects.filter(known)

    @property
    def dated(self) -> bool:
        return "since" in self.values or "until" in self.values

    @cached_property
    def span(self) -> Span:
        """Return the days that are asked for."""
        today = timezone.localdate()
        days = self.values.get("days", USUAL)
        if self.dated or days == "all":
            last = min(self.values.get("until", today), today)
            return Span(self.values.get("since") or self._first(), last)
        return Span(date.fromordinal(today.toordinal() - int(days) + 1), today)

    def _first(self) -> date:
        """Return the day of the first download that fits."""
        at = self.fitting.aggregate(first=Min("at"))["first"]
        return timezone.localdate(at) if at else timezone.localdate()

    @cached_property
    def fitting(self) -> DownloadQuerySet:
        """Return what fits, of any day."""
        rows, values = self.mine, self.values
        for name, column in (("picture", "image"), ("link", "link"), ("door", "door")):
            if name in values:
                rows = rows.filter(**{column: values[name]})
        if gallery := values.get("gallery"):
            rows = rows.filter(link__in=gallery.links.values("pk"))
        if person := values.get("person"):
            rows = rows.filter(visitor=f"{USER}{person.pk}").known_to(self.user)
        if "guest" in values:
            rows = rows.filter(guest=values["guest"]).known_to(self.user)
        return rows

    @cached_property
    def rows(self) -> DownloadQuerySet:
        """Return what fits, of the days that are asked for."""
        begin, end = self.span.times
        return self.fitting.filter(at__gte=begin, at__lt=end)

    def address(self, **changes: object) -> str:
        """Return the address with these conditions changed; "" takes one away."""
        now = {name: self._text(name) for name in self.values} | changes
        return "?" + urlencode({name: one for name, one in now.items() if one})

    def _text(self, name: str) -> str:
        value = self.values[name]
        return str(getattr(value, "pk", value))

    @property
    def here(self) -> str:
        return self.address()

    @property
    def undated(self) -> str:
        return self.address(days="", since="", until="")

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return what a choice of days keeps, as names and values for its form."""
        dates = {"days", "since", "until"}
        kept = [(name, self._text(name)) for name in self.values if name not in dates]
        return [*kept, ("by", self.by)] if self.by else kept

    @property
    def periods(self) -> list[Choice]:
        now = "" if self.dated else self.values.get("days", USUAL)
        dates = {"since": "", "until": "", "by": self.by}
        return [
            Choice(
                days, str(label), self.address(**dates | {"days": days}), days == now
            )
            for days, label in DAYS.items()
        ]

    @property
    def doors(self) -> list[Choice]:
        now = self.values.get("door", "")
        return [
            Choice(
                door,
                label,
                self.address(door="" if door == now else door, by=self.by),
                door == now,
            )
            for door, label in doors().items()
        ]

    @property
    def chips(self) -> Iterator[Choice]:
        """Say each condition in words, with the address that is without it."""
        for name in self.values:
            if name not in {"days", "since", "until"}:
                less = {name: ""} | ({"guest": ""} if name == "link" else {})
                yield Choice(name, self._words(name), self.address(**less), True)
        if self.dated:
            yield Choice("days", self.span.label, self.undated, True)

    def _words(self, name: str) -> str:
        value = self.values[name]
        said = {
            "picture": _("Picture: %s"),
            "link": _("Link: %s"),
            "gallery": _("Gallery: %s"),
            "person": _("Taken by %s"),
            "guest": _("Guest %s"),
            "door": "%s",
        }
        return said[name] % (doors()[value] if name == "door" else value)
