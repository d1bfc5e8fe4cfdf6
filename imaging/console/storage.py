"""The console's page of storage: what is used, by whom, what lies in the trash."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from imaging.console.site import asked_name, page, show_page
from imaging.forms.storage import QuotaForm
from imaging.middleware import SignedInRequest
from imaging.models import Checkup, Team
from imaging.models.events import note_in_team
from imaging.operating import storage

PAGE = 25
ORDERS = {
    "used": _("Used"),
    "full": _("Share of quota"),
    "pictures": _("Pictures"),
    "trash_bytes": _("Trash"),
    "grown": _("Growth in 30 days"),
    "name": _("Name"),
}


@page("storage/", "storage", _("Storage"))
@require_safe
def storage_page(request: SignedInRequest) -> HttpResponse:
    """Show what the storage is used for, and by which teams."""
    return shown(request)


def shown(
    request: SignedInRequest, form: QuotaForm | None = None, status: int = 200
) -> HttpResponse:
    said = storage.figures()
    query, by = asked_name(request), request.GET.get("by", "")
    by = by if by in ORDERS else "used"
    asked = request.GET.get("page", "1")
    number = max(int(asked), 1) if asked.isdecimal() and len(asked) < 7 else 1
    rows = Team.objects.filter(name__icontains=query) if query else Team.objects.all()
    pks = storage.teams_sorted(rows, by, said.shares)
    start = PAGE * (number - 1)
    some = pks[start : start + PAGE]
    if form and form.team.pk not in some:
        some = [form.team.pk, *some]
    teams = Team.objects.in_bulk(some)
    context = {
        "title": _t("Storage"),
        "figures": said,
        "lines": [line(teams[pk], said, form) for pk in some if pk in teams],
        "teams": len(pks),
        "query": query,
        "by": by,
        "orders": ORDERS,
        "newer": other(query, by, number - 1) if number > 1 else "",
        "older": other(query, by, number + 1) if pks[start + PAGE :] else "",
        "checkup": Checkup.objects.last(),
    }
    return show_page(request, "admin/storage.html", context, status)


def line(
    team: Team, said: storage.Figures, form: QuotaForm | None = None
) -> dict[str, Any]:
    """Return what the table says of one team."""
    full = round(100 * team.bytes_used / team.max_bytes) if team.max_bytes else 100
    mine = form if form and form.team.pk == team.pk else QuotaForm(team)
    return {
        "team": team,
        "share": said.shares.get(team.pk, storage.Share()),
        "percent": full,
        "form": mine,
    }


def other(query: str, by: str, number: int) -> str:
    """Return the address of another page of the same list."""
    return "?" + urlencode({"q": query, "by": by, "page": str(number)})


@page("storage/refresh/", "storage_refresh")
@require_POST
def storage_refresh(request: SignedInRequest) -> HttpResponse:
    """Sum everything up anew."""
    storage.figures(anew=True)
    return redirect("admin:storage")


@page("storage/quota/<uuid:pk>/", "storage_quota")
@require_POST
def storage_quota(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Set how many bytes a team may have from now on."""
    team = get_object_or_404(Team, pk=pk)
    form = QuotaForm(team, request.POST)
    if not form.is_valid():
        return shown(request, form, 422)
    with transaction.atomic():
        Team.objects.filter(pk=pk).update(max_bytes=form.bytes)
        note_in_team("quota_set", team, before=team.max_bytes, after=form.bytes)
    said = _t("%(team)s may have %(gib)s GiB from now on.")
    messages.success(request, said % {"team": team, "gib": form.cleaned_data["gib"]})
    if form.bytes < team.bytes_used:
        text = _t("It has more already: nothing is deleted, and nothing can be added.")
        messages.warning(request, text)
    return redirect(reverse("admin:storage") + "?" + urlencode({"q": team.name}))


@page("storage/trash/<uuid:pk>/", "storage_trash")
def storage_trash(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Empty a team's trash early: what that means is said first."""
    team = get_object_or_404(Team, pk=pk)
    if request.method == "POST" and (done := emptied(request, team)):
        return done
    context = {
        "title": _t("Empty a team's trash"),
        "team": team,
        "trash": storage.trash_of(team),
        "changed": request.method == "POST",
    }
    status = 409 if request.method == "POST" else 200
    return show_page(request, "admin/storage_trash.html", context, status)


def emptied(request: SignedInRequest, team: Team) -> HttpResponse | None:
    """Empty the trash as it was stated; None where it is another one by now."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
        number = int(request.POST.get("number", ""))
        if not until or not until.tzinfo or number < 1:
            return None
        until = until.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    with transaction.atomic():
        if not storage.empty_trash(team, until, number):
            return None
        note_in_team("trash_emptied", team, pictures=number)
    text = ngettext(
        "%d picture is deleted for good; its file goes in the background.",
        "%d pictures are deleted for good; their files go in the background.",
        number,
    )
    messages.success(request, text % number)
    storage.figures(anew=True)
    return redirect("admin:storage")
