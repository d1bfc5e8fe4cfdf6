"""Share links as their owners see them: made, listed, changed, switched off."""

from __future__ import annotations

import io
import uuid
from typing import Any

import qrcode
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from qrcode.image.svg import SvgPathFillImage

from imaging.delivery import handout
from imaging.forms.links import ShareForm
from imaging.middleware import SignedInRequest, current_team
from imaging.models import ShareLink
from imaging.models.shares import ShareLinkQuerySet
from imaging.views.chosen import last_seen, way_back
from imaging.views.galleries import changeable

PAGE = 50
STATES = {"open": _lazy("Open"), "soon": _lazy("End soon"), "over": _lazy("Over")}


@require_http_methods(["GET", "HEAD", "POST"])
def links(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """List a gallery's links, newest first; make a new one."""
    gallery = changeable(request, pk)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.make(gallery, request.user)
        messages.success(request, _("The link is open. Copy it below, and pass it on."))
        return redirect("links", pk)
    mine = ShareLink.objects.filter(gallery=gallery)
    context = {"gallery": gallery, "form": form, **page_of(request, mine)}
    status = 422 if request.method == "POST" else 200
    return render(request, "links/page.html", context, status=status)


def page_of(request: SignedInRequest, mine: ShareLinkQuerySet) -> dict[str, Any]:
    """Return one page of links, each with its address, and where the next begins."""
    rows = mine.with_downloads().select_related("made_by", "gallery")
    found = list(rows.newest(last_seen(request, mine))[: PAGE + 1])
    return {
        "links": [(one, handout.address(request, one)) for one in found[:PAGE]],
        "last": found[PAGE - 1] if found[PAGE:] else None,
    }


@require_safe
def team_links(request: SignedInRequest) -> HttpResponse:
    """List all links of the team in use, newest first; `state` is open, soon or over.

    Only those that this person may change: whoever has an address is let in by it.
    """
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else ""
    mine = ShareLink.objects.changeable_by(request.user)
    mine = mine.filter(team=current_team(request)).in_state(state)
    states = [("", _("All")), *STATES.items()]
    context = {"states": states, "state": state, **page_of(request, mine)}
    return render(request, "links/team.html", context)


@require_safe
def link_qr(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Draw a link's address as a QR code, to be printed or held up."""
    found = changeable_link(request, pk)
    if found.state != "open":
        raise Http404
    code = qrcode.make(handout.address(request, found), image_factory=SvgPathFillImage)
    file = io.BytesIO()
    code.save(file)
    return HttpResponse(file.getvalue(), content_type="image/svg+xml")


def changeable_link(request: SignedInRequest, pk: uuid.UUID) -> ShareLink:
    mine = ShareLink.objects.changeable_by(request.user).select_related("gallery")
    return get_object_or_404(mine, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Change what a link allows; its address stays the same."""
    found = changeable_link(request, pk)
    form = ShareForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.change()
        messages.success(request, _("Saved. The address stays the same."))
        return redirect("links", found.gallery_id)
    context = {"link": found, "gallery": found.gallery, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "links/edit.html", context, status=status)


@require_POST
def link_close(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch a link off, with every address that it has handed out."""
    found = changeable_link(request, pk)
    if found.revoke():
        messages.success(request, _("The link is switched off. It opens nothing now."))
    if request.POST.get("next"):
        return redirect(way_back(request))
    return redirect("links", found.gallery_id)
