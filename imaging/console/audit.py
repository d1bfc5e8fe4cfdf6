"""The audit log: changes, downloads and calls of providers, looked at and exported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from imaging.auditing.deeds import sentence
from imaging.console.site import page, show_page
from imaging.forms.audit import AuditForm
from imaging.models import AuditEvent, Download, TaskRequest
from imaging.models.paging import Place, following
from imaging.views.sheets import BOM, CHUNK, line, written

PAGE = 50
# Of so many kinds of things it is looked whether they are still there.
KINDS = 6
# What stands in a cell, and the thing to which that leads: its kind and id.
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Listing:
    """One of the lists: its rows, its columns, and which filters it takes."""

    key: str
    label: Promise
    model: type[Any]
    related: tuple[str, ...]
    columns: dict[str, Promise]
    filters: set[str]
    # Where a row has its person and its team.
    places: dict[str, str]
    cells: Callable[[Any], list[Cell]]


def plain(said: object) -> Cell:
    return "" if said is None else str(said), "", ""


def to(row: Model | None, kind: str, pk: object, name: str = "") -> Cell:
    """Name a thing, which may be gone, by its own name."""
    return name or str(row or ""), kind, str(pk or "")


def moment(at: datetime) -> Cell:
    return plain(timezone.localtime(at).isoformat(sep=" ", timespec="seconds"))


def of_change(row: AuditEvent) -> list[Cell]:
    short = f"{row.subject_type} {row.subject_id[:8]}".strip()
    who = row.who or _("A guest") * ("link" in row.data)
    return [
        moment(row.at),
        to(row.user, "user", row.user_id, who),
        plain(sentence(row.action)),
        to(None, row.subject_type, row.subject_id, short),
        to(row.team, "team", row.team_id),
        plain(row.token),
        plain(row.address),
        plain(json.dumps(row.data, ensure_ascii=False) if row.data else ""),
    ]


def of_download(row: Download) -> list[Cell]:
    guest = _("Guest %d") % row.guest if row.guest else ""
    name = row.image.name if row.image else _("A deleted picture")
    return [
        moment(row.at),
        to(row.user, "user", row.user_id, row.user.email if row.user else guest),
        to(row.image, "image", row.image_id, name),
        to(row.link, "sharelink", row.link_id),
        plain(row.door),
        to(row.team, "team", row.team_id),
    ]


def of_call(row: TaskRequest) -> list[Cell]:
    return [
        moment(row.at),
        plain(row.provider),
        plain(f"{row.method} {row.endpoint}"),
        plain(row.status or row.error),
        plain(row.times),
        plain(f"{row.seconds:.2f}"),
        to(None, "task", row.task_id, str(row.task_id)[:8]),
        to(row.task.team, "team", row.task.team_id),
    ]


PEOPLE = {"since", "until", "person", "team"}
WHEN, WHO, TEAM = _lazy("When"), _lazy("Who"), _lazy("Team")
CHANGES = Listing(
    "changes",
    _lazy("Changes"),
    AuditEvent,
    ("user", "team"),
    {
        "at": WHEN,
        "who": WHO,
        "what": _lazy("What was done"),
        "subject": _lazy("To what"),
        "team": TEAM,
        "token": _lazy("Token"),
        "address": _lazy("Address"),
        "data": _lazy("More"),
    },
    PEOPLE | {"action", "address", "token"},
    {"person": "user", "team": "team"},
    of_change,
)
DOWNLOADS = Listing(
    "downloads",
    _lazy("Downloads"),
    Download,
    ("user", "image", "link__gallery", "team"),
    {
        "at": WHEN,
        "who": WHO,
        "picture": _lazy("Picture"),
        "link": _lazy("Share link"),
        "door": _lazy("By which way"),
        "team": TEAM,
    },
    PEOPLE,
    {"person": "user", "team": "team"},
    of_download,
)
CALLS = Listing(
    "calls",
    _lazy("Provider calls"),
    TaskRequest,
    ("task__team",),
    {
        "at": WHEN,
        "provider": _lazy("Provider"),
        "request": _lazy("Request"),
        "answer": _lazy("Answer"),
        "times": _lazy("Times"),
        "seconds": _lazy("Seconds"),
        "task": _lazy("Task"),
        "team": TEAM,
    },
    PEOPLE,
    {"person": "task__batch__user", "team": "task__team"},
    of_call,
)
LISTS = {one.key: one for one in (CHANGES, DOWNLOADS, CALLS)}


def asked(request: HttpRequest, key: str) -> tuple[Listing, AuditForm, QuerySet[Any]]:
    """Return a list, its filters, and the rows that fit: none of bad filters."""
    if (listing := LISTS.get(key)) is None:
        raise Http404
    form = AuditForm(listing.filters, request.GET)
    rows = listing.model._default_manager.select_related(*listing.related)
    if form.is_valid():
        return listing, form, form.narrow(rows, listing.places)
    return listing, form, rows.none()


def place(listing: Listing, text: str) -> Place | None:
    """Read where a page begins; what makes no sense is the beginning."""
    at, _tilde, pk = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if not moment.tzinfo:
            return None
        return moment.astimezone(UTC), listing.model._meta.pk.to_python(pk)
    except (ValueError, ValidationError, OverflowError):
        return None


@page("audit/<slug:key>/", "audit_list")
@require_safe
def audit_list(request: HttpRequest, key: str) -> HttpResponse:
    """Show a page of one list, newest first."""
    listing, form, rows = asked(request, key)
    begin = place(listing, request.GET.get("after", ""))
    found = list(following(rows, begin, "-at")[: PAGE + 1])
    last = found[PAGE - 1] if found[PAGE:] else None
    said = request.GET.copy()
    said.pop("after", None)
    first = said.urlencode()
    if last:
        said["after"] = f"{last.at.isoformat()}~{last.pk}"
    context = {
        "title": _("Audit log"),
        "listing": listing,
        "lists": LISTS.values(),
        "form": form,
        "rows": linked([listing.cells(one) for one in found[:PAGE]]),
        "more": said.urlencode() if last else "",
        "first": first,
        "begun": begin,
        "stamp": timezone.now(),
    }
    return show_page(request, "admin/audit.html", context)


@page("audit/", "audit", _lazy("Audit log"))
def audit(request: HttpRequest) -> HttpResponseBase:
    """Show the changes."""
    return audit_list(request, key="changes")


def linked(rows: list[list[Cell]]) -> list[list[tuple[str, str]]]:
    """Lead each cell to its thing in the console, where that is still there."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        for _said, kind, pk in row:
            if kind and pk:
                wanted.setdefault(kind, set()).add(pk)
    known = {
        (kind, pk): reverse(f"admin:imaging_{kind}_change", args=[pk])
        for kind, pks in list(wanted.items())[:KINDS]
        for pk in there(kind, pks)
    }
    return [
        [(said or pk[:8], known.get((kind, pk), "")) for said, kind, pk in row]
        for row in rows
    ]


def there(kind: str, pks: set[str]) -> set[str]:
    """Return those of these things that the console can show."""
    try:
        model = apps.get_model("imaging", kind)
        read = model._meta.pk.to_python
        found = [read(pk) for pk in pks]
    except (LookupError, ValidationError):
        return set()
    if not admin.site.is_registered(model):
        return set()
    rows = model._base_manager.filter(pk__in=found).values_list("pk", flat=True)
    return {str(pk) for pk in rows}


@page("audit/<slug:key>/export/<slug:form>/", "audit_export")
@require_POST
def audit_export(request: HttpRequest, key: str, form: str) -> StreamingHttpResponse:
    """Send all that fits, newest first: as a table, or a line of JSON for each row."""
    listing, filters, rows = asked(request, key)
    if form not in FORMS or not filters.is_valid():
        raise Http404
    said = {name: str(one) for name, one in filters.cleaned_data.items() if one}
    AuditEvent.objects.note("audit_exported", list=key, form=form, filters=said)
    as_form, head, kind = FORMS[form]
    begin = BOM + line(list(listing.columns)) if head else ""

    def write(found: list[Any]) -> str:
        return "".join(as_form(listing, listing.cells(row)) for row in found)

    name = f"{key}-{timezone.localdate()}.{form}"
    return StreamingHttpResponse(
        written(begin, some_of(rows), write),
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def some_of(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    last = None
    while found := list(following(rows, last, "-at")[:CHUNK]):
        yield found
        last = found[-1].at, found[-1].pk


def as_table(_listing: Listing, cells: list[Cell]) -> str:
    return line([said or pk for said, _kind, pk in cells])


def as_json(listing: Listing, cells: list[Cell]) -> str:
    said = {
        name: {"name": text, "kind": kind, "id": pk} if kind else text
        for name, (text, kind, pk) in zip(listing.columns, cells, strict=True)
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


FORMS = {
    "csv": (as_table, True, "text/csv"),
    "jsonl": (as_json, False, "application/jsonl"),
}
