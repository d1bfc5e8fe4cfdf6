"""Files for guests: neutral names, nothing that a camera wrote, counted and limited."""

from __future__ import annotations

import logging
import tempfile
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify

from imaging import delivery, pictures, pixels
from imaging.decoding.formats import FORMATS, JPEG, Format
from imaging.models import (
    Blob,
    Download,
    GalleryItem,
    ShareLink,
    ShareMode,
    Taking,
    User,
)
from imaging.transfer import Stored, send, with_name

log = logging.getLogger(__name__)
# A browser asks again each time, so that nothing outlives the link.
KEEP = "private, no-cache"
# Each may take a processor for seconds, and many guests may press at once.
MAKING = threading.BoundedSemaphore(2)


class LimitReachedError(Exception):
    """Nothing is left of a link's download limit."""


def address(request: HttpRequest, link: ShareLink) -> str:
    """Return the whole address that is passed on to guests."""
    return request.build_absolute_uri(reverse("share", args=[link.named]))


def name_of(item: GalleryItem, extension: str) -> str:
    """Return what a guest's file is called: after the gallery, not the camera."""
    return f"{slugify(item.gallery.name)[:60] or 'picture'}-{item.number:03}{extension}"


def screen(request: HttpRequest, item: GalleryItem, side: int) -> HttpResponseBase:
    """Answer with a rendition, never with the original; not counted."""
    image = item.image
    found = delivery.nearest(image.blob, side)
    if not found:
        raise Http404
    stored = delivery.rendition_of(image, found, KEEP)
    return send(
        request,
        replace(stored, name=name_of(item, Path(stored.key).suffix)),
        "inline",
    )


def download(
    request: HttpRequest,
    link: ShareLink,
    item: GalleryItem,
    visitor: str,
    user: User | None,
) -> HttpResponseBase:
    """Answer with a copy to keep, in the size of the link; counted when it was taken.

    Raises LimitReachedError.
    """
    if request.method == "HEAD":
        named = with_name("attachment", name_of(item, ""))
        return HttpResponse(headers={"Content-Disposition": named})
    repeat = Download.objects.is_repeat(item.image, visitor)
    taking = None if repeat else taken_of(link, item)
    taken = partial(
        delivery.count,
        item.image,
        visitor,
        taking,
        user=user,
        door="share",
        link=link,
    )
    end = (lambda _handed=0: taking.end()) if taking else None
    try:
        stored = copy_of(item, link.mode, parts=link.download_limit is None)
        answer = send(request, stored, "attachment", None if repeat else taken, end)
    except BaseException:
        if end:
            end()
        raise
    if not answer.streaming and end:
        end()
    return answer


def taken_of(link: ShareLink, item: GalleryItem) -> Taking | None:
    """Take one of the link's limit, if it has one. Raises LimitReachedError."""
    if link.download_limit is None:
        return None
    with delivery.COUNTING:
        taking = Taking.objects.begin(link, item.image)
    if taking is None:
        raise LimitReachedError
    return taking


def copy_of(item: GalleryItem, mode: str, *, parts: bool) -> Stored:
    """Make the copy that a guest gets. Raises Http404 when the bytes are not there."""
    blob = item.image.blob
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        copy = Path(folder) / "copy"
        try:
            with blob.local_copy() as path, MAKING:
                write = write_web if mode == ShareMode.WEB else write_full
                form = write(path, copy, blob)
        except FileNotFoundError as error:
            log.error("The bytes of %s are missing.", blob.key)
            raise Http404 from error
        return Stored(
            key=blob.key,
            size=copy.stat().st_size,
            content_type=form.content_type,
            name=name_of(item, form.extension),
            tag=f"{blob.digest}-{mode}",
            modified=None,
            cache=delivery.KEEP_NOT,
            copy=File(copy.open("rb")),
            parts=parts,
        )


def write_web(path: Path, to: Path, blob: Blob) -> Format:
    """Write a JPEG of at most 2048 pixels on a side."""
    [made] = pictures.render(path, [pictures.WEB])
    to.write_bytes(made.data)
    return JPEG


def write_full(path: Path, to: Path, blob: Blob) -> Format:
    """Write the original without what was noted in it: anew only where it must be."""
    if pictures.copy_without_metadata(path, to, orientation=blob.orientation):
        return FORMATS[blob.format]
    form = FORMATS["png" if blob.has_alpha else "jpeg"]
    made = pixels.load(path, to.parent)
    pixels.save(made, to, format=form.name, quality=95)
    return form
