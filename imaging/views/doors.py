"""Who does the work that programs ask for: an owner's choice for each API."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from imaging.forms.doors import DoorsForm
from imaging.middleware import SignedInRequest
from imaging.models import Role, Team
from imaging.models.events import note_in_team
from imaging.views.accounts import cards, page, usable


@require_POST
def doors_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep what an owner has chosen; what runs goes on where it was begun."""
    team = get_object_or_404(Team.objects.visible_to(request.user, Role.OWNER), pk=pk)
    found = cards(team, owner=True)
    form = DoorsForm(team, usable(found), request.POST)
    if not form.is_valid():
        return page(request, team, found, form, 422)
    with transaction.atomic():
        note_in_team("doors_set", team, served_by=form.save())
    request.session["team"] = str(team.pk)
    messages.success(request, _("What programs ask for is done as you have chosen."))
    return redirect("provider_accounts")
