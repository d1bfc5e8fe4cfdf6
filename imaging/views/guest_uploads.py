"""Pictures that guests have added, as the team sees them: approved, or thrown away."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from imaging.middleware import SignedInRequest
from imaging.models import Gallery, GuestUpload, Image
from imaging.views.chosen import is_uuid
from imaging.views.galleries import changeable

PAGE = 200


@require_http_methods(["GET", "HEAD", "POST"])
def guest_uploads(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what waits for a gallery; hang what is ticked, or throw it away."""
    gallery = changeable(request, pk)
    if request.method == "POST":
        asked = [
            uuid.UUID(one) for one in request.POST.getlist("upload") if is_uuid(one)
        ]
        if request.POST.get("act") == "trash":
            throw_away(request, gallery, asked)
        else:
            approve(request, gallery, asked)
        return redirect("guest_uploads", pk)
    found = list(GuestUpload.objects.waiting(gallery)[: PAGE + 1])
    context = {"gallery": gallery, "uploads": found[:PAGE], "more": len(found) > PAGE}
    return render(request, "picks/uploads.html", context)


def approve(request: SignedInRequest, gallery: Gallery, pks: list[uuid.UUID]) -> None:
    count = len(GuestUpload.objects.approve(gallery, pks, request.user))
    text = ngettext(
        "%d picture hangs in the gallery now.",
        "%d pictures hang in the gallery now.",
        count,
    )
    said = text % count if count else _("Nothing was ticked that still waits.")
    messages.info(request, said)


def throw_away(
    request: SignedInRequest, gallery: Gallery, pks: list[uuid.UUID]
) -> None:
    waiting = GuestUpload.objects.waiting(gallery).filter(pk__in=pks)
    images = list(waiting.values_list("image", flat=True))
    done = Image.objects.trash(images, request.user)
    count = len(done.moved)
    text = ngettext(
        "%d picture is in the trash.", "%d pictures are in the trash.", count
    )
    messages.info(request, text % count)
    if left := len(images) - count:
        text = ngettext(
            "%d stayed: it is being worked on, or not yours to throw away.",
            "%d stayed: they are being worked on, or not yours to throw away.",
            left,
        )
        messages.warning(request, text % left)
