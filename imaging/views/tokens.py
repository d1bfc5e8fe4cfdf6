"""The room of tokens: with what a person's programs call."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from imaging.forms.tokens import TokenForm
from imaging.middleware import SignedInRequest
from imaging.models import ApiToken

# Of what has ended so many are listed.
SHOWN = 50


@require_safe
def tokens(request: SignedInRequest) -> HttpResponse:
    """List a person's tokens; of none of them what opens something is shown."""
    return page(request, TokenForm(request.user))


def page(
    request: SignedInRequest, form: TokenForm, status: int = 200, **made: object
) -> HttpResponse:
    mine = list(ApiToken.objects.filter(user=request.user).order_by("-created"))
    context = {
        "form": form,
        "live": [one for one in mine if one.state == "live"],
        "ended": [one for one in mine if one.state != "live"][:SHOWN],
        **made,
    }
    return render(request, "tokens/page.html", context, status=status)


@require_POST
@reauthentication_required
def token_add(request: SignedInRequest) -> HttpResponse:
    """Make a token; this one answer shows it and its key pair."""
    form = TokenForm(request.user, request.POST)
    if not form.is_valid():
        return page(request, form, 422)
    with transaction.atomic():
        row, token = form.issue()
        row.note("token_made")
    return page(request, TokenForm(request.user), made=row, token=token)


@require_POST
def token_revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Let one token open nothing any more."""
    row = get_object_or_404(ApiToken, pk=pk, user=request.user)
    with transaction.atomic():
        if row.revoke():
            row.note("token_revoked")
    messages.success(request, _("%s is revoked.") % (row.name or row.last_four))
    return redirect("tokens")


@require_POST
def tokens_revoke(request: SignedInRequest) -> HttpResponse:
    """Let all tokens of a person open nothing any more."""
    with transaction.atomic():
        mine = ApiToken.objects.filter(user=request.user)
        count = mine.live().count()
        # Those that have expired, too: a vendor's login may be renewed for longer.
        for row in mine.filter(revoked=None):
            if row.revoke():
                row.note("token_revoked")
    said = ngettext("%d token is revoked.", "%d tokens are revoked.", count)
    messages.success(request, said % count)
    return redirect("tokens")
