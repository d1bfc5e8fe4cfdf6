"""The files of pictures: renditions and originals to look at, downloads to keep."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from imaging.delivery import downloads
from imaging.middleware import SignedInRequest
from imaging.models import Image

SIDES = {320, 640, 1600}
# All that is told of a picture that is looked at; sixty of them stand on one page.
TOLD = ("digest", "team", "size", "content_type", "extension", "created", "rendered")
LOOKED_AT = ("name", "blob__renditions", *(f"blob__{one}" for one in TOLD))


def visible_image(request: HttpRequest, pk: UUID, *columns: str) -> Image:
    """Return the image with its blob; a foreign one is as absent as none.

    Where `columns` are named, it knows those alone.
    """
    if not request.user.is_authenticated:
        raise Http404
    images = Image.objects.visible_to(request.user).select_related("blob")
    return get_object_or_404(images.only(*columns) if columns else images, pk=pk)


@require_safe
def rendition(request: HttpRequest, pk: UUID, name: int) -> HttpResponseBase:
    if name not in SIDES:
        raise Http404
    return downloads.rendition(request, visible_image(request, pk, *LOOKED_AT), name)


@require_safe
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return downloads.original(request, visible_image(request, pk, *LOOKED_AT))


@require_safe
def download(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    image = visible_image(request, pk)
    return downloads.download(request, image, user=request.user)
