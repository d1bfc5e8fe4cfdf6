"""How a team looks: its logo and its accent, for its guests and for itself."""

from __future__ import annotations

import hashlib
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from imaging.middleware import SignedInRequest
from imaging.models import Branding, ShareLink, Team
from imaging.views import accents
from imaging.views.guests import guest_view

# The part of the settings page that shows how guests see the team.
PREVIEW = ".brand-preview"


@require_safe
@guest_view
def share_logo(request: HttpRequest, link: ShareLink) -> HttpResponse:
    return logo(request, link.team)


@require_safe
@guest_view
def share_accent(request: HttpRequest, link: ShareLink) -> HttpResponse:
    return accent(request, link.team, ":root")


@require_safe
def team_logo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return logo(request, mine(request, pk))


@require_safe
def team_accent(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return accent(request, mine(request, pk), PREVIEW)


def mine(request: SignedInRequest, pk: UUID) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), pk=pk)


def logo(request: HttpRequest, team: Team) -> HttpResponse:
    """Answer with the logo. Raises Http404 where there is none."""
    face = Branding.objects.of(team)
    if not face.logo:
        raise Http404
    return kept(request, bytes(face.logo), "image/png")


def accent(request: HttpRequest, team: Team, where: str) -> HttpResponse:
    """Answer with the sheet of the accent; one that was not chosen is an empty one."""
    sheet = accents.sheet(Branding.objects.of(team).accent, where)
    return kept(request, sheet.encode(), "text/css; charset=utf-8")


def kept(request: HttpRequest, data: bytes, kind: str) -> HttpResponse:
    """Let a browser keep it that asks each time whether it is still so, and still its.

    What a link handed out ends with the link.
    """
    tag = quote_etag(hashlib.sha256(data).hexdigest())
    answer = HttpResponse(data, kind, headers={"ETag": tag})
    answer["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=tag, response=answer)
    return cast(HttpResponse, found)
