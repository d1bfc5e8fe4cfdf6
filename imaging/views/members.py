"""Who is in a team: their roles, who owns it, who leaves it, a new one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from allauth.decorators import rate_limit
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from imaging.forms.teams import NewTeamForm, RoleForm
from imaging.middleware import SignedInRequest
from imaging.models import Membership, Role, Team
from imaging.models.events import note_in_team
from imaging.models.people import MOST_OWNED


@contextmanager
def held(rows: QuerySet[Membership], **which: object) -> Iterator[Membership]:
    """Lend one of these members while nobody else changes the team. Raises Http404."""
    with transaction.atomic():
        rows = rows.select_related("team", "user")
        get_object_or_404(rows, **which).team.hold()
        # Asked again: until it was held, everybody may have lost their role.
        yield get_object_or_404(rows, **which)


def owned(request: SignedInRequest) -> QuerySet[Membership]:
    """Return everybody in the teams that this person owns."""
    teams = Team.objects.visible_to(request.user, Role.OWNER)
    return Membership.objects.filter(team__in=teams)


@require_POST
def member_role_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Give a member another role; oneself too, while others own the team."""
    with held(owned(request), pk=pk) as member:
        before, form = member.role, RoleForm(request.POST, instance=member)
        if not form.is_valid():
            messages.error(request, _("Choose one of the roles."))
            return redirect("team")
        role = form.cleaned_data["role"]
        if role == before:
            return redirect("team")
        if not member.take_role(role):
            return refuse(request, member)
        note_in_team("role_changed", member, role=role, before=before)
    said = _("%(name)s is now in %(team)s as: %(role)s.")
    words = {"name": member.user, "team": member.team}
    messages.success(request, said % {**words, "role": member.get_role_display()})
    return redirect("team")


@require_POST
def ownership_hand_over(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Let another member own the team in one's place."""
    with held(owned(request), pk=pk) as heir:
        own = heir.team.memberships.get(user=request.user)
        if own.pk == heir.pk or not own.hand_over(heir):
            return refuse(request, heir)
        note_in_team("ownership_handed_over", heir, email=heir.user.email)
    said = _("%(name)s now owns %(team)s. You go on there as an editor.")
    messages.success(request, said % {"name": heir.user, "team": heir.team})
    return redirect("team")


@require_POST
def member_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a person out of a team, with the invitations that they have open there."""
    with held(owned(request), pk=pk) as member:
        if member.user == request.user or not member.end():
            return refuse(request, member)
        note_in_team("member_removed", member, email=member.user.email)
    said = _("%(name)s is no longer in %(team)s.")
    messages.success(request, said % {"name": member.user, "team": member.team})
    return redirect("team")


@require_POST
def team_leave(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Leave a team; what one has made there stays."""
    mine = Membership.objects.filter(user=request.user)
    with held(mine, team=pk) as member:
        if not member.end():
            return refuse(request, member)
        note_in_team("left", member, role=member.role)
    if request.session.get("team") == str(pk):
        del request.session["team"]
    messages.success(request, _("You have left %(team)s.") % {"team": member.team})
    return redirect("team")


@require_POST
@rate_limit(action="team")
def team_add(request: SignedInRequest) -> HttpResponse:
    """Make a team, and use it from now on."""
    form = NewTeamForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the team a name of at most 150 characters."))
        return redirect("team")
    with transaction.atomic():
        team = Team.objects.found(form.cleaned_data["name"], request.user)
        if team:
            note_in_team("team_made", team)
    if team is None:
        said = _("You own %d teams, which is the most. Hand one over first.")
        messages.error(request, said % MOST_OWNED)
        return redirect("team")
    request.session["team"] = str(team.pk)
    said = _("%(team)s is made, and you own it. Invite the others here.")
    messages.success(request, said % {"team": team})
    return redirect("team")


def refuse(request: SignedInRequest, member: Membership) -> HttpResponse:
    """Say why things stay as they are."""
    if member.team.personal:
        said = _("%(team)s is a personal team: it stays its person's.")
    elif not member.user.is_active:
        said = _("The account of %(name)s is switched off.")
    elif member.is_needed:
        said = _("%(team)s needs an owner: let somebody else own it first.")
    else:
        said = _("That is not possible for yourself.")
    messages.error(request, said % {"team": member.team, "name": member.user})
    return redirect("team")
