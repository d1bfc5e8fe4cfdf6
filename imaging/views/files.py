"""The files of pictures: renditions and originals to look at, downloads to keep."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from imaging.delivery import downloads
from imaging.middleware import SignedInRequest
from imaging.models import Image

SIDES = {320, 640, 1600}


def visible_image(request: HttpRequest, pk: UUID) -> Image:
    """Return the image with its blob; a foreign one is as absent as none."""
    if not request.user.is_authenticated:
        raise Http404
    images = Image.objects.visible_to(request.user).select_related("blob")
    return get_object_or_404(images, pk=pk)


@require_safe
def rendition(request: HttpRequest, pk: UUID, name: int) -> HttpResponseBase:
    if name not in SIDES:
        raise Http404
    return downloads.rendition(request, visible_image(request, pk), name)


@require_safe
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return downloads.original(request, visible_image(request, pk))


@require_safe
@login_required
def download(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    image = visible_image(request, pk)
    return downloads.download(request, image, user=request.user)
