"""Many pictures in one file: what was selected, or all that hangs in a gallery."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from imaging.delivery import downloads
from imaging.middleware import SignedInRequest
from imaging.models import Image
from imaging.views.chosen import chosen_ids
from imaging.views.galleries import visible


@require_http_methods(["GET", "HEAD", "POST"])
def images_zip(request: SignedInRequest) -> HttpResponseBase:
    """Hand out the chosen pictures, as they stand in the selection."""
    pks = list(dict.fromkeys(chosen_ids(request)))
    seen = Image.objects.visible_to(request.user).lean().in_bulk(pks)
    images = [seen[pk] for pk in pks if pk in seen]
    if not images:
        raise Http404
    name = f"pictures-{timezone.localdate()}.zip"
    return downloads.bundle(request, images, name, user=request.user)


@require_safe
def gallery_zip(request: SignedInRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Hand out all that hangs in a gallery, in its order.

    With `which=original` each as it was uploaded, with `which=chosen` the one of its
    family that was chosen, where there is one.
    """
    found = visible(request, pk)
    images = found.delivered(request.GET.get("which", ""))
    if not images:
        raise Http404
    return downloads.bundle(request, images, f"{found.name}.zip", user=request.user)
