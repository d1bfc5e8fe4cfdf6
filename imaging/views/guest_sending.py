"""Pictures that guests of a link add: sent, looked at, taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from imaging import pictures
from imaging.api.callers import NotAllowed, limit, source_of
from imaging.delivery import downloads
from imaging.delivery.handout import KEEP
from imaging.delivery.transfer import send
from imaging.forms.guests import SenderForm
from imaging.language.readout import read_out
from imaging.models import GuestUpload, ShareLink
from imaging.models.blobs import STORAGE_FULL
from imaging.receiving import ReceivedFile, admit, refused_files
from imaging.views.chosen import wants_data
from imaging.views.guest_picks import busy
from imaging.views.guests import as_guest, guest_of, guest_view, kept, may_enter

# What one source may send in an hour, and through one link altogether.
FILES, ALL_FILES, HOUR = 300, 3_000, 3600
# What one form may have altogether, in bytes; a script sends each file by itself.
FORM = 512 << 20
SHOWN = 200
Refusals = Sequence[tuple[str, pictures.Refused]]


# The token in the form is looked at where the form is read, and not before it is
# known that anything may be sent here.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@guest_view
def share_uploads(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """Take pictures of a guest, which wait until the team has looked at them."""
    if not link.uploads:
        raise Http404
    if not may_enter(request, link):
        if request.method == "POST":
            raise Http404
        return redirect("share", link.named)
    if request.method != "POST":
        return page(request, link)
    try:
        take_turn(request, link)
        GuestUpload.objects.check_number(link)
        check_length(request, link)
    except NotAllowed as refusal:
        return busy(request, link, refusal)
    except pictures.Refused as error:
        return told(request, link, [], [("", error)])
    admit(request)
    answer: HttpResponseBase = receive(request, link)
    return answer


def take_turn(request: HttpRequest, link: ShareLink) -> None:
    """Count one file. Raises NotAllowed."""
    limit(f"uploads:{link.pk}:{source_of(request)}", FILES, HOUR)
    limit(f"uploads:{link.pk}", ALL_FILES, HOUR)


def check_length(request: HttpRequest, link: ShareLink) -> None:
    """Refuse what is too much to be read at all. Raises pictures.Refused."""
    said = request.META.get("CONTENT_LENGTH") or ""
    size = int(said) if said.isdecimal() and len(said) < 16 else 0
    if size > FORM:
        text = _(
            "That is %(size)d MB at once; at most %(most)d MB are taken. Send fewer "
            "pictures at a time."
        )
        facts = {"size": size >> 20, "most": FORM >> 20}
        raise pictures.Refused(
            "too_many_bytes", text % facts, limit=FORM, measured=size, status=413
        )
    if link.team.bytes_used + size > link.team.max_bytes:
        raise pictures.Refused("storage_full", STORAGE_FULL, status=413)


@csrf_protect
def receive(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Read the form, and store every file of it that can be taken."""
    form = SenderForm(request.POST)
    by = form.cleaned_data["name"] if form.is_valid() else ""
    guest = guest_of(request)
    refused = list(refused_files(request))
    made: list[GuestUpload] = []
    for file in cast(list[ReceivedFile], request.FILES.getlist("files")):
        try:
            if made:
                take_turn(request, link)
            made.append(stored(link, guest, by, file))
        except NotAllowed as error:
            said = _("That were too many at once. Send the others later.")
            over = pictures.Refused("too_many_calls", said, status=error.status)
            refused.append((file.name or "", over))
        except pictures.Refused as error:
            refused.append((file.name or "", error))
    if not made and not refused:
        said = _("Choose at least one picture first.")
        refused.append(("", pictures.Refused("empty", said, status=400)))
    return as_guest(request, told(request, link, made, refused))


def stored(link: ShareLink, guest: str, by: str, file: ReceivedFile) -> GuestUpload:
    """Put one file through the one way in. Raises pictures.Refused."""
    return GuestUpload.objects.store(
        link,
        guest,
        Path(file.temporary_file_path()),
        name=file.name or "",
        digest=file.digest,
        by=by,
    )


def told(
    request: HttpRequest,
    link: ShareLink,
    made: Sequence[GuestUpload],
    refused: Refusals,
) -> HttpResponse:
    """Say what became of each file."""
    status = refused[0][1].status if refused and not made else 201
    if wants_data(request):
        said = [
            {
                "name": name,
                "code": error.code,
                "message": read_out(error.message),
                "limit": error.limit,
                "measured": error.measured,
            }
            for name, error in refused
        ]
        return JsonResponse(
            {"stored": [str(one.pk) for one in made], "refused": said}, status=status
        )
    if refused:
        return page(request, link, refused, len(made), status)
    return redirect("share_uploads", link.named)


def page(
    request: HttpRequest,
    link: ShareLink,
    refused: Refusals = (),
    made: int = 0,
    status: int = 200,
) -> HttpResponse:
    """Show the form, and what this guest has added."""
    mine = GuestUpload.objects.seen_by(link, kept(request, "guest"))
    last = mine.exclude(name="").first()
    context = {
        "link": link,
        "uploads": mine[:SHOWN],
        "form": SenderForm(initial={"name": last.name if last else ""}),
        "refused": refused,
        "made": made,
        "max_megabytes": pictures.MAX_BYTES >> 20,
        "max_megapixels": f"{settings.MAX_MEGAPIXELS:g}",
        "min_side": pictures.MIN_SIDE,
    }
    return render(request, "share/uploads.html", context, status=status)


def own(request: HttpRequest, link: ShareLink, pk: uuid.UUID) -> GuestUpload:
    """Return what this guest has added. Raises Http404."""
    if not link.uploads or not may_enter(request, link):
        raise Http404
    mine = GuestUpload.objects.seen_by(link, kept(request, "guest"))
    found: GuestUpload = get_object_or_404(mine, pk=pk)
    return found


@require_safe
@guest_view
def share_upload_rendition(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID
) -> HttpResponseBase:
    image = own(request, link, pk).image
    found = downloads.nearest(image.blob, 320)
    if not found:
        raise Http404
    stored = downloads.rendition_of(image, found, KEEP)
    return send(request, replace(stored, name=image.name), "inline")


@require_POST
@guest_view
def share_upload_remove(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID
) -> HttpResponseBase:
    """Let a guest take back what nobody has approved yet."""
    if own(request, link, pk).take_back():
        return redirect("share_uploads", link.named)
    said = _("It was approved meanwhile. Ask %s to take it down.") % link.team
    context = {"link": link, "problem": said}
    return render(request, "share/problem.html", context, status=409)
