"""The room of archives: many pictures in one ZIP, of a size known before it is made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema

from imaging.api.callers import NotAllowed
from imaging.api.galleries import seen
from imaging.api.items import Images, need_all
from imaging.api.native import Call
from imaging.delivery import downloads
from imaging.models import Image
from imaging.models.galleries import Which

router = Router(tags=["Archives"])
ZIP = {
    "responses": {
        200: {
            "description": "The ZIP; `Content-Length` is exact.",
            "content": {
                "application/zip": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    }
}


class Chosen(Schema):
    images: Images


class Wanted(Schema):
    which: Which = Which.HUNG


@router.post(
    "/images/archive",
    response={200: None},
    openapi_extra=ZIP,
    summary="Download pictures in one ZIP",
)
def download_images(request: Call, said: Chosen) -> HttpResponseBase:
    """In the order that is sent. Each counts when all of the ZIP was taken."""
    pks = list(dict.fromkeys(said.images))
    found = Image.objects.visible_to(request.user).lean().in_bulk(pks)
    need_all(pks, found)
    name = f"pictures-{timezone.localdate()}.zip"
    images = [found[pk] for pk in pks]
    return downloads.bundle(request, images, name, user=request.user, door="api")


@router.api_operation(
    ["GET", "HEAD"],
    "/galleries/{uuid:gallery}/archive",
    response={200: None},
    openapi_extra=ZIP,
    summary="Download a gallery in one ZIP",
)
def download_gallery(request: Call, gallery: UUID, asked: Query[Wanted]) -> Any:
    """As it hangs, each as it was uploaded, or the one chosen of each family."""
    found = get_object_or_404(seen(request), pk=gallery)
    images = found.delivered(asked.which)
    if not images:
        raise NotAllowed(404, "empty", "Nothing hangs in this gallery.")
    name = f"{found.name}.zip"
    return downloads.bundle(request, images, name, user=request.user, door="api")
