"""A team's settings, for its owners: name, what is kept, who is offered first, face."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging import providers
from imaging.forms.teams import BrandingForm, PreferredForm, TeamForm
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Branding, Image, ProviderAccount, Role, Team
from imaging.models.events import note_in_team
from imaging.receiving import refused_files
from imaging.views.people import used


@require_http_methods(["GET", "HEAD"])
def team_settings(request: SignedInRequest) -> HttpResponse:
    """Show the settings of the team in use."""
    team = current_team(request)
    if team.role_of(request.user) != Role.OWNER:
        raise PermissionDenied
    return page(request, team)


def page(request: SignedInRequest, team: Team, **sent: Any) -> HttpResponse:
    """Show all settings; forms that were `sent` stay as they are."""
    face = Branding.objects.of(team)
    pictures = Image.objects.filter(team=team)
    context = {
        "team": team,
        "form": TeamForm(instance=team),
        "preferred": PreferredForm(team, accounts_of(team)),
        "branding": BrandingForm(face),
        "face": face,
        "dated": pictures.exclude(expires=None).count(),
        "undated": pictures.filter(expires=None).count(),
        **used(team),
        **sent,
    }
    status = 422 if sent else 200
    return render(request, "people/team_settings.html", context, status=status)


def accounts_of(team: Team) -> set[str]:
    """Name the providers that the team has an account with."""
    asked = [one for one in providers.providers() if one.credentials]
    return set(ProviderAccount.objects.every(team, asked))


def owned(request: SignedInRequest, pk: UUID) -> Team:
    """Return the team, if this person owns it. Raises Http404."""
    mine = Team.objects.visible_to(request.user, Role.OWNER)
    return get_object_or_404(mine, pk=pk)


def done(request: SignedInRequest, team: Team, said: str) -> HttpResponse:
    """Go back to the settings of this team, which may not have been the one in use."""
    request.session["team"] = str(team.pk)
    messages.success(request, said)
    return redirect("team_settings")


@require_POST
def team_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep the name, and for how long pictures are kept that come from now on."""
    form = TeamForm(request.POST, instance=owned(request, pk))
    if not form.is_valid():
        return page(request, owned(request, pk), form=form)
    with transaction.atomic():
        team = form.save()
        days = team.retention_days
        note_in_team("team_changed", team, name=team.name, retention_days=days)
    return done(request, team, _("The settings are saved."))


@require_POST
def team_preferred_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep which provider is offered first for which operation."""
    team = owned(request, pk)
    form = PreferredForm(team, accounts_of(team), request.POST)
    if not form.is_valid():
        return page(request, team, preferred=form)
    with transaction.atomic():
        note_in_team("preferred_set", team, preferred=form.save())
    return done(request, team, _("What you prefer is offered first from now on."))


@require_POST
def branding_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep how guests see the team."""
    team = owned(request, pk)
    form = BrandingForm(Branding.objects.of(team), request.POST, request.FILES)
    form.full_clean()
    for _name, refused in refused_files(request):
        form.add_error("picture", read_out(refused.message))
    if not form.is_valid():
        return page(request, team, branding=form)
    with transaction.atomic():
        face = form.save()
        logo = face.logo_digest[:8]
        note_in_team("branding_set", team, accent=face.accent, logo=logo)
    return done(request, team, _("Guests see the team like this from now on."))
