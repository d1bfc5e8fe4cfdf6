"""Near-duplicates of what was just stored: pointed out, and nothing is held up.

The upload panel asks for them once a picture is stored. Without script they are named
on the next page, if this process has read what others look like already.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Image, User
from imaging.similar import INDEX, find

# Pictures that are named beside one that was stored.
NAMED = 3
TOLD = 10


@require_GET
def image_alike(request: SignedInRequest, pk: uuid.UUID) -> JsonResponse:
    """Name the pictures that are the same to the eye as one that was just stored."""
    mine = Image.objects.visible_to(request.user).select_related("blob")
    image = get_object_or_404(mine, pk=pk)
    return JsonResponse({"alike": alike(image, request.user)})


def alike(image: Image, user: User) -> list[dict[str, str]]:
    """Return name and address of what is the same to the eye as this, best first.

    Those of the very same bytes are left out: they are spoken of before sending.
    """
    descriptor = bytes(image.blob.descriptor)
    if not descriptor:
        return []
    mine = Image.objects.visible_to(user).filter(team=image.team_id)
    others = mine.whole().exclude(blob=image.blob_id)
    found = find(descriptor, others, [image.team_id], most=10 * NAMED)
    pks = [match.image for match in found if match.is_near][:NAMED]
    named = Image.objects.in_bulk(pks)
    return [
        {"name": named[pk].name, "url": reverse("image", args=[pk])}
        for pk in pks
        if pk in named
    ]


def tell_alike(request: SignedInRequest, images: Sequence[Image]) -> None:
    """Say on the next page which of these look like pictures that were here."""
    if not INDEX.is_read:
        return
    said = 0
    for image in images:
        found = alike(image, request.user)
        if not found:
            continue
        links = format_html_join(
            ", ", '<a href="{}">{}</a>', [(one["url"], one["name"]) for one in found]
        )
        words = _("%(name)s looks like a picture that is here already:")
        text = words % {"name": image.name}
        messages.warning(request, format_html("{} {}", text, links))
        said += 1
        if said == TOLD:
            break
