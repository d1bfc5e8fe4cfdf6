"""Which teams may enter providers with the operator's own accounts."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from imaging import providers
from imaging.console.lists import as_id
from imaging.console.site import asked_name, page, show_page
from imaging.models import Team
from imaging.models.events import note_in_team
from imaging.providers.accounts import operators

# No more teams than these stand on a page; others are searched for.
SHOWN = 50


@page("providers-teams/", "provider_teams")
@require_http_methods(["GET", "HEAD", "POST"])
def provider_teams(request: HttpRequest) -> HttpResponse:
    """Show teams by name, those who may first; keep which of them are ticked."""
    search = asked_name(request)
    if request.method == "POST":
        count = allow(ids(request, "shown"), ids(request, "team"))
        said = ngettext("%d team is changed.", "%d teams are changed.", count)
        messages.success(request, said % count if count else _("Nothing was changed."))
        query = f"?{urlencode({'q': search})}" if search else ""
        return redirect(f"{reverse('admin:provider_teams')}{query}")
    rows = Team.objects.filter(name__icontains=search) if search else Team.objects.all()
    found = list(rows.order_by("-operator_accounts", "name", "pk")[: SHOWN + 1])
    asked = [one for one in providers.providers() if one.credentials]
    context: dict[str, Any] = {
        "teams": found[:SHOWN],
        "more": len(found) > SHOWN,
        "search": search,
        "entered": [one.label for one in asked if operators(one)],
    }
    return show_page(request, "admin/provider_teams.html", context)


def ids(request: HttpRequest, name: str) -> set[uuid.UUID]:
    """Return the ids that a form names; what is none is left out."""
    sent = request.POST.getlist(name)[: 2 * SHOWN]
    return {pk for one in sent if (pk := as_id(one))}


@transaction.atomic
def allow(shown: set[uuid.UUID], ticked: set[uuid.UUID]) -> int:
    """Let the ticked ones of the shown teams in, the others not; return the changed."""
    count = 0
    for team in Team.objects.filter(pk__in=shown).order_by("pk"):
        allowed = team.pk in ticked
        other = Team.objects.filter(pk=team.pk).exclude(operator_accounts=allowed)
        if other.update(operator_accounts=allowed):
            count += 1
            note_in_team("operator_accounts_set", team, allowed=allowed)
    return count
