"""Large files, sent in parts: what has arrived stays when the connection does not."""

from __future__ import annotations

import re
import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging import pictures
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Upload
from imaging.models.uploads import PART, Incomplete
from imaging.receiving import received_part
from imaging.views.ahead import is_digest
from imaging.views.upload import VIEWERS, may_add, refusal, stored

SIZE = re.compile(r"\d{1,15}")


@require_POST
def begin(request: SignedInRequest) -> JsonResponse:
    """Begin to send a file of this size and digest, or go on; say what is here."""
    size, digest = request.POST.get("size", ""), request.POST.get("digest", "")
    if not SIZE.fullmatch(size) or not is_digest(digest):
        message = _("A file needs its size and its SHA-256 to be sent in parts.")
        return JsonResponse({"code": "malformed", "message": message}, status=400)
    if not may_add(request):
        return JsonResponse({"code": "viewer", "message": VIEWERS}, status=403)
    try:
        upload = Upload.objects.resume(
            current_team(request),
            request.user,
            request.POST.get("name", ""),
            digest=digest,
            size=int(size),
        )
    except pictures.Refused as refused:
        return refusal(refused)
    said = {"id": str(upload.pk), "part_size": PART, "parts": upload.present()}
    return JsonResponse(said, status=201)


@require_http_methods(["PUT"])
def part(request: SignedInRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Keep one part of a file."""
    pending = Upload.objects.usable_by(request.user).pending()
    upload = get_object_or_404(pending, pk=pk)
    if number not in upload.parts:
        return over()
    try:
        with received_part(request, upload.part_size(number)) as content:
            kept = upload.add_part(number, content)
    except pictures.Refused as refused:
        return refusal(refused)
    return HttpResponse(status=204) if kept else over()


@require_POST
def complete(request: SignedInRequest, pk: uuid.UUID) -> JsonResponse:
    """Put the parts together; answer as for a file that was sent at once."""
    mine = Upload.objects.usable_by(request.user).select_related("team", "user")
    upload = get_object_or_404(mine.select_related("image__blob"), pk=pk)
    try:
        image = upload.complete()
    except pictures.Refused as refused:
        return refusal(refused)
    except Incomplete as incomplete:
        message = _("Some parts of this file are not here yet.")
        said = {"code": "incomplete", "message": message, "parts": incomplete.present}
        return JsonResponse(said, status=409)
    except Upload.DoesNotExist:
        return over()
    return stored(image)


@require_http_methods(["DELETE"])
def cancel(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Give up sending a file, and remove what has arrived."""
    get_object_or_404(Upload.objects.usable_by(request.user), pk=pk).cancel()
    return HttpResponse(status=204)


def over() -> JsonResponse:
    message = _("This upload is over. Send the file again.")
    return JsonResponse({"code": "over", "message": message}, status=404)
