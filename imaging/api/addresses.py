"""Addresses of files that open for a short time, without a token; never counted."""

from __future__ import annotations

from django.core import signing
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from imaging import pictures
from imaging.delivery import downloads
from imaging.models import Image, User

SALT = "imaging.api.addresses"
SECONDS = 900
ORIGINAL = 0


def address(request: HttpRequest, image: Image, user: User, side: int = 0) -> str:
    """Return where the original, or the rendition of `side` pixels, can be fetched.

    Good for a quarter of an hour, and for as long as this person may see the picture.
    """
    stored = downloads.original_of(image, downloads.KEEP)
    return address_of(request, image.pk, stored.name, user, side)


def address_of(
    request: HttpRequest, pk: object, name: str, user: User, side: int = 0
) -> str:
    """Return the address of an image that may still have to be made.

    With its name as it will be shown: one with `..` in it would lead elsewhere.
    """
    name = pictures.clean_name(name)
    named = signing.dumps([str(pk), str(user.pk), side], salt=SALT, compress=True)
    return request.build_absolute_uri(reverse("signed_file", args=[named, name]))


@require_safe
def signed_file(request: HttpRequest, named: str, name: str) -> HttpResponseBase:
    """Answer with the file that an address names. `name` is decoration."""
    try:
        pk, person, side = signing.loads(named, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    user = get_object_or_404(User.objects.filter(is_active=True), pk=person)
    seen = Image.objects.visible_to(user).select_related("blob")
    image = get_object_or_404(seen, pk=pk)
    if side == ORIGINAL:
        return downloads.original(request, image)
    return downloads.rendition(request, image, side)
