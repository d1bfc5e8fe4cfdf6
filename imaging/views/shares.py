"""Share links as their owners see them: made, listed, changed, switched off."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging import handout
from imaging.forms.links import ShareForm
from imaging.middleware import SignedInRequest
from imaging.models import ShareLink
from imaging.views.chosen import is_uuid
from imaging.views.galleries import changeable

PAGE = 50


@login_required
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
    place = None
    if is_uuid(asked := request.GET.get("after", "")):
        place = mine.filter(pk=asked).first()
    rows = mine.with_downloads().select_related("made_by", "gallery").before(place)
    found = list(rows[: PAGE + 1])
    context = {
        "gallery": gallery,
        "links": [(one, handout.address(request, one)) for one in found[:PAGE]],
        "last": found[PAGE - 1] if found[PAGE:] else None,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "links/page.html", context, status=status)


def changeable_link(request: SignedInRequest, pk: uuid.UUID) -> ShareLink:
    mine = ShareLink.objects.changeable_by(request.user).select_related("gallery")
    return get_object_or_404(mine, pk=pk)


@login_required
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


@login_required
@require_POST
def link_close(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch a link off, with every address that it has handed out."""
    found = changeable_link(request, pk)
    if found.revoke():
        messages.success(request, _("The link is switched off. It opens nothing now."))
    return redirect("links", found.gallery_id)
