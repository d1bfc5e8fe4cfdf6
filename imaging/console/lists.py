"""Lists over tables that grow without end: bounded pages, search by index, filters."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from imaging import providers
from imaging.console.site import Shown
from imaging.models import Team
from imaging.models.fields import fold
from imaging.models.states import State

# A list has so many rows at most; what is further down is found by its filters.
MOST = 1_000


class Bounded(Paginator):
    """Pages of the first rows; nobody counts how many there are beyond."""

    @cached_property
    def found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST)

    @property
    def has_more(self) -> bool:
        return self.found > MOST


class Ordered(ChangeList):
    """Rows in the list's own order, which an index has, whatever the address asks."""

    def get_ordering_field(self, field_name: Any) -> Any:
        if field_name not in (self.model_admin.sortable_by or ()):
            return None
        return super().get_ordering_field(field_name)


class Listed(Shown):
    """Rows without end: in one order, found by ids and by whole names."""

    paginator = Bounded
    sortable_by: ClassVar[tuple[str, ...]] = ()
    # Lookups for an id, and for any other text.
    ids: ClassVar[tuple[str, ...]] = ("pk",)
    texts: ClassVar[tuple[str, ...]] = ()
    folds = False
    search_fields = ("pk",)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return Ordered

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look an id up where ids are, anything else where names are; each by index."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        if pk := as_id(term):
            for lookup in self.ids:
                wanted |= Q(**{lookup: pk})
        else:
            for lookup in self.texts:
                wanted |= Q(**{lookup: fold(term) if self.folds else term})
        return queryset.filter(wanted), False


def as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class Chosen(admin.SimpleListFilter):
    """Values of a column, as an address names them: `?<column>=<value>`."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        known = value in dict(self.lookup_choices)
        return queryset.filter(**{self.column: value}) if known else queryset.none()


class OfState(Chosen):
    title = _("state")
    parameter_name = column = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return list(State.choices)


class OfProvider(Chosen):
    title = _("provider")
    parameter_name = column = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [(one.key, one.label) for one in providers.providers()]


class OfTeam(Chosen):
    """One team, chosen by following a row's team; teams without end are not listed."""

    title = _("team")
    parameter_name = column = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        pk = as_id(request.GET.get("team", ""))
        team = pk and Team.objects.filter(pk=pk).first()
        return [(str(pk), str(team))] if team else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        pk = as_id(self.value() or "")
        return queryset.filter(team=pk) if pk else queryset.none()


class Since(admin.SimpleListFilter):
    """The last hour, day, week or month; or what came after a moment, to the second."""

    column = ""
    spans: ClassVar[dict[str, tuple[Any, timedelta]]] = {
        "1h": (_("last hour"), timedelta(hours=1)),
        "24h": (_("last 24 hours"), timedelta(hours=24)),
        "7d": (_("last 7 days"), timedelta(days=7)),
        "30d": (_("last 30 days"), timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        named = [(key, label) for key, (label, _span) in self.spans.items()]
        if moment := as_moment(request.GET.get(str(self.parameter_name), "")):
            shown = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
            named.append((moment.isoformat(), _("since %s") % shown))
        return named

    def value(self) -> str | None:
        value = super().value()
        moment = as_moment(value or "")
        return moment.isoformat() if moment else value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        if value in self.spans:
            begin = timezone.now() - self.spans[value][1]
        elif moment := as_moment(value):
            begin = moment
        else:
            return queryset
        return queryset.filter(**{f"{self.column}__gt": begin})


def as_moment(text: str) -> datetime | None:
    """Read a moment of an address, in which a plus may have become a space."""
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None


def since(name: str, title: Any, parameter: str) -> type[Since]:
    """Return a filter by the moment in the column `name`."""
    options = {"title": title, "parameter_name": parameter, "column": name}
    return type(f"{name.title()}Since", (Since,), options)


def link(name: str, label: Any) -> Callable[..., str]:
    """Return a column that leads to the row that this one belongs to."""

    @admin.display(description=label, empty_value="–")
    def shown(_admin: Any, row: Model) -> Any:
        other = getattr(row, name)
        if other is None:
            return None
        place = f"admin:imaging_{other._meta.model_name}_change"
        return format_html(
            '<a href="{}">{}</a>', reverse(place, args=[other.pk]), other
        )

    return shown


@admin.display(description=_("team"), empty_value="–")
def team_link(_admin: Any, row: Any) -> Any:
    """Lead to the rows of the same team in this list."""
    if row.team_id is None:
        return None
    return format_html('<a href="?team={}">{}</a>', row.team_id, row.team)
