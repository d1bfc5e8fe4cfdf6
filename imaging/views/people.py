"""The room of people: the team in use, invitations into it, one's own settings."""

from __future__ import annotations

from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.decorators import rate_limit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging.adapter import admit
from imaging.forms.notices import MailForm
from imaging.forms.people import InvitationForm, ReaderForm
from imaging.forms.teams import NewTeamForm, RoleForm
from imaging.language import readers
from imaging.letters import mail_arrives
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Invitation, Membership, Role, Task, Team, Upload, User
from imaging.models.events import note_in_team
from imaging.models.fields import token_digest
from imaging.models.invitations import InvitationQuerySet
from imaging.views.chosen import way_back

# Only the link in the letter is sealed: it shows that its holder reads that mail.
sealer = signing.Signer(salt="imaging.invitation", sep=".")


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="invite")
def team_page(request: SignedInRequest) -> HttpResponse:
    """Show the team in use: people, bounds; an owner also invites here."""
    team = current_team(request)
    role = team.role_of(request.user)
    owner = role == Role.OWNER
    if request.method == "POST" and not owner:
        raise PermissionDenied
    form = InvitationForm(team, request.POST or None)
    invitations = team.invitations.open().select_related("invited_by")
    context = {
        "form": form,
        "owner": owner,
        "keeps_accounts": role in {Role.OWNER, Role.EDITOR},
        "people": people_of(team),
        "invitations": invitations.order_by("created"),
        "waiting": invitations_to(request.user),
        "new_team": NewTeamForm(auto_id="new_team_%s"),
        **used(team),
    }
    if form.is_valid():
        context |= invite(request, form) | {"form": InvitationForm(team)}
    return render(request, "people/team.html", context)


def people_of(team: Team) -> list[tuple[Membership, RoleForm]]:
    """Return who is in a team, each with the form that changes what they may do."""
    rows = team.memberships.select_related("user").order_by("created")
    return [(member, RoleForm(instance=member)) for member in rows]


def invitations_to(user: User) -> InvitationQuerySet:
    """Return what waits for this person, if their address is known to be theirs."""
    known = EmailAddress.objects.filter(user=user, email=user.email, verified=True)
    waiting = Invitation.objects.waiting_for(user)
    return waiting if known.exists() else waiting.none()


def used(team: Team) -> dict[str, object]:
    """Return what a team has used of its bounds, beside the bytes."""
    return {
        "engine_minutes": Task.objects.engine_minutes(team),
        "pending_uploads": Upload.objects.filter(team=team).pending().count(),
    }


def invite(request: SignedInRequest, form: InvitationForm) -> dict[str, object]:
    """Make the invitation and send it; return what the page shows this once."""
    with transaction.atomic():
        form.team.hold()
        if form.team.role_of(request.user) != Role.OWNER:
            raise PermissionDenied
        invitation, token = form.invite(request.user)
        note_in_team("invited", invitation, email=invitation.email)
    return {
        "invited": invitation,
        "link": request.build_absolute_uri(reverse("invitation", args=[token])),
        "letter": send(invitation, token) if invitation.email else "",
    }


def send(invitation: Invitation, token: str) -> str:
    """Send the letter; return what became of it: sent, logged or failed."""
    path = reverse("invitation", args=[sealer.sign(token)])
    context = {"invitation": invitation, "invitation_url": settings.BASE_URL + path}
    try:
        get_adapter().send_mail("people/email/invitation", invitation.email, context)
    except ImmediateHttpResponse:
        return "failed"
    return "sent" if mail_arrives() else "logged"


@require_POST
def team_switch(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Use another of one's teams from now on."""
    team = get_object_or_404(Team.objects.visible_to(request.user), pk=pk)
    request.session["team"] = str(team.pk)
    return redirect(way_back(request))


@require_POST
def invitation_accept(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Join with an invitation to one's own address, without its letter."""
    invitation = get_object_or_404(invitations_to(request.user), pk=pk)
    if not admit(request, invitation, request.user):
        raise Http404
    said = _("You are now in the team %(team)s.")
    messages.success(request, said % {"team": invitation.team})
    return redirect("team")


@require_POST
def invitation_close(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Withdraw an invitation; its link says so from now on."""
    owned = Team.objects.visible_to(request.user, Role.OWNER)
    invitation = get_object_or_404(Invitation, pk=pk, team__in=owned)
    with transaction.atomic():
        if Invitation.objects.filter(pk=pk).close():
            note_in_team("invitation_closed", invitation, email=invitation.email)
            messages.success(request, _("The invitation is withdrawn."))
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites into what; a person who is signed in joins here."""
    token, mailed = unseal(token)
    invitation = Invitation.objects.by_token(token)
    if not invitation:
        return over(request, token)
    if not request.user.is_authenticated:
        # Opens the sign-up page; see imaging.adapter.
        request.session["invitation"] = [str(invitation.pk), mailed]
        return render(request, "people/invitation.html", {"invitation": invitation})
    member = bool(invitation.team.role_of(request.user))
    stranger = invitation.email not in ("", request.user.email)
    if request.method == "POST" and not member and not stranger:
        if not admit(request, invitation, request.user):
            return over(request, token)
        said = _("You are now in the team %(team)s.")
        messages.success(request, said % {"team": invitation.team})
        return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"invitation": invitation, "member": member, "stranger": stranger}
    refused = request.method == "POST" and stranger
    return render(
        request, "people/invitation.html", context, status=403 if refused else 200
    )


def unseal(token: str) -> tuple[str, bool]:
    """Return the bare token, and whether it came from the letter."""
    try:
        return sealer.unsign(token), True
    except signing.BadSignature:
        return token, False


def over(request: HttpRequest, token: str) -> HttpResponse:
    """Say why this invitation no longer works; unknown ones are not found."""
    ended = get_object_or_404(Invitation, digest=token_digest(token))
    context = {"invitation": ended}
    return render(request, "people/invitation_over.html", context, status=410)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    """Show and change how one is called, and reads; lead to the rest of the account."""
    form = ReaderForm(request.POST or None, instance=request.user)
    if form.is_valid():
        chosen = readers.language_of(form.save())
        translation.activate(chosen or translation.get_language_from_request(request))
        messages.success(request, _("Saved."))
        answer = redirect("settings")
        readers.remember(answer, chosen)
        return answer
    context = {
        "form": form,
        "mail": MailForm(instance=request.user),
        "mail_arrives": mail_arrives(),
        "second_factor": is_mfa_enabled(request.user),
    }
    return render(request, "people/settings.html", context)
