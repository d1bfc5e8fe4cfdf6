"""The room where pictures come in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from imaging import pictures
from imaging.decoding.refusals import MAX_BYTES
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Image, Refusal
from imaging.models.uploads import IN_PARTS_ABOVE
from imaging.receiving import ReceivedFile, refused_files
from imaging.views.ahead import described
from imaging.views.chosen import is_uuid
from imaging.views.near import tell_alike
from imaging.views.offers import ordering
from imaging.views.orders import AT_ONCE, begin, named

VIEWERS = _lazy("Viewers cannot add pictures. Ask an owner of the team.")


@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Take pictures and begin work on them in the same step (needs no script)."""
    if request.method == "GET":
        return page(request)
    images = named(request)
    refused: list[tuple[str, pictures.Refused]] = []
    try:
        before = len(images)
        refused = store_all(request, images)
        if not images:
            return page(request, refused=refused)
        answer = begin(request, images)
    except Refusal as refusal:
        # What was stored stays in the form, so nobody has to send it again.
        return page(request, refusal.message, images, refused)
    tell_refused(request, refused)
    tell_alike(request, images[before:])
    return answer


def page(
    request: SignedInRequest,
    problem: str = "",
    images: Sequence[Image] = (),
    refused: Sequence[tuple[str, pictures.Refused]] = (),
) -> HttpResponse:
    """Show the form; when something is wrong, as it was filled in."""
    wrong = bool(problem or refused)
    context = {
        **ordering(current_team(request), request.POST if wrong else None),
        "problem": problem,
        "images": images,
        "refused": refused,
        "may_add": may_add(request),
        "min_side": pictures.MIN_SIDE,
        "max_megapixels": f"{settings.MAX_MEGAPIXELS:g}",
        "max_megabytes": MAX_BYTES >> 20,
        "most_pixels": int(settings.MAX_MEGAPIXELS * 1e6),
        "in_parts_above": IN_PARTS_ABOVE,
        "at_once": AT_ONCE,
    }
    status = 422 if wrong else 200
    return render(request, "upload/page.html", context, status=status)


@require_POST
def upload_file(request: SignedInRequest) -> JsonResponse:
    """Take one picture, for the upload panel; answer what became of it.

    Sent again with the same `key`, because the answer was lost, it is stored once.
    """
    sent = cast(ReceivedFile | None, request.FILES.get("file"))
    refused = [error for _name, error in refused_files(request)]
    if sent is None and not refused:
        problem = _("No file came with this request. Choose a picture.")
        return JsonResponse({"code": "empty", "message": problem}, status=400)
    if not may_add(request):
        return JsonResponse({"code": "viewer", "message": VIEWERS}, status=403)
    try:
        if sent is None:
            raise refused[0]
        image = store_once(request, sent)
    except pictures.Refused as error:
        return refusal(error)
    return stored(image)


def refusal(refused: pictures.Refused) -> JsonResponse:
    said = {"code": refused.code, "message": read_out(refused.message)}
    return JsonResponse(said, status=refused.status)


def stored(image: Image) -> JsonResponse:
    """Say of a picture what it is, and where to ask for others that look like it."""
    alike = reverse("image_alike", args=[image.pk])
    return JsonResponse(described(image) | {"alike": alike}, status=201)


def store_once(request: SignedInRequest, sent: ReceivedFile) -> Image:
    """Store one sent file under an id that follows from who sent it and the key."""
    key = request.POST.get("key", "")
    if not is_uuid(key):
        return store(request, sent)
    pk = uuid.uuid5(request.user.pk, f"{current_team(request).pk} {key} {sent.digest}")
    try:
        return store(request, sent, id=pk)
    except IntegrityError:
        return Image.objects.select_related("blob").get(pk=pk)


def store_all(
    request: SignedInRequest, images: list[Image]
) -> list[tuple[str, pictures.Refused]]:
    """Add every file that was sent to the images; return what was refused and why."""
    refused = list(refused_files(request))
    sent = cast(list[ReceivedFile], request.FILES.getlist("files"))
    if (sent or refused) and not may_add(request):
        raise Refusal(str(VIEWERS))
    for file in sent:
        try:
            images.append(store(request, file))
        except pictures.Refused as error:
            refused.append((pictures.clean_name(file.name or ""), error))
    if not images and not refused:
        raise Refusal(_("Choose at least one picture first."))
    return refused


def store(request: SignedInRequest, sent: ReceivedFile, **fields: Any) -> Image:
    """Put one sent file through the one way in."""
    return Image.objects.store(
        Path(sent.temporary_file_path()),
        team=current_team(request),
        owner=request.user,
        name=sent.name or "",
        digest=sent.digest,
        **fields,
    )


def tell_refused(
    request: SignedInRequest, refused: Sequence[tuple[str, pictures.Refused]]
) -> None:
    """Say of each refused file why, on the next page."""
    for name, error in refused[:10]:
        messages.error(request, f"{name}: {read_out(error.message)}")
    if more := len(refused[10:]):
        messages.error(request, _("And %d more files were refused.") % more)


def may_add(request: SignedInRequest) -> bool:
    """Say whether this person may add pictures to the team in use."""
    return current_team(request).takes_from(request.user)
