"""Files for guests: neutral names, nothing that a camera wrote, counted and limited."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Sum
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify

from imaging.delivery import archives, copies, downloads
from imaging.delivery.archives import Archive, Member
from imaging.delivery.transfer import Stored, send
from imaging.models import (
    Blob,
    Download,
    GalleryItem,
    Image,
    ShareLink,
    ShareMode,
    Taking,
    User,
)
from imaging.models.galleries import GalleryItemQuerySet

log = logging.getLogger(__name__)
# A browser asks again each time, so that nothing outlives the link.
KEEP = "private, no-cache"
# So long a guest waits for copies that nobody has made yet.
PATIENCE = 10
# In seconds: names of pictures may change, which no sum shows.
REMEMBERED = 60
HEAVY = tuple(f"image__blob__{one}" for one in ("descriptor", "placeholder"))


class LimitReachedError(Exception):
    """Nothing is left of a link's download limit."""


class NotReadyError(Exception):
    """Not all copies are made yet that are wanted in one file."""


@dataclass(frozen=True)
class Visit:
    """Who takes files through a link: the browser's name, and the user if known."""

    visitor: str
    user: User | None


@dataclass(frozen=True)
class Parcel:
    """All that a link lets its guests take home, as one ZIP.

    Not `ready` while copies are still being made; then it is yet to grow.
    """

    number: int
    bytes: int
    ready: bool


def address(request: HttpRequest, link: ShareLink) -> str:
    """Return the whole address that is passed on to guests."""
    return request.build_absolute_uri(reverse("share", args=[link.named]))


def name_of(item: GalleryItem, extension: str) -> str:
    """Return what a guest's file is called: after the gallery, not the camera."""
    return f"{stem_of(item.gallery.name, 'picture')}-{item.number:03}{extension}"


def stem_of(name: str, default: str) -> str:
    return slugify(name)[:60].strip("-_") or default


def screen(request: HttpRequest, item: GalleryItem, side: int) -> HttpResponseBase:
    """Answer with a rendition, never with the original; not counted."""
    image = item.image
    found = downloads.nearest(image.blob, side)
    if not found:
        raise Http404
    stored = downloads.rendition_of(image, found, KEEP)
    name = name_of(item, Path(stored.key).suffix)
    return send(request, replace(stored, name=name), "inline")


def download(
    request: HttpRequest, link: ShareLink, item: GalleryItem, visit: Visit
) -> HttpResponseBase:
    """Answer with a copy to keep, in the size of the link; counted when it was taken.

    Raises LimitReachedError.
    """
    try:
        if link.copied:
            copies.copy_of(item.image.blob, link.copied)
    except (FileNotFoundError, Blob.DoesNotExist) as error:
        log.error("The bytes of %s are missing.", item.image.blob.key)
        raise Http404 from error
    stored = file_of(link, item)
    if stored is None:
        raise Http404
    act = partial(send, request, stored, "attachment")
    if request.method == "HEAD":
        return act()
    repeat = is_repeated(link, [item.image], visit)
    taking = None if repeat else begun(link, item.image, visit)
    count = partial(counted, downloads.count, item.image, link, visit, taking)
    return limited(taking, stored.size // 2, partial(act, None if repeat else count))


def parcel(link: ShareLink) -> Parcel | None:
    """Say what a link lets its guests take home in one file; None where nothing.

    Thousands take a while to be measured; it is remembered until they change.
    """
    if link.mode == ShareMode.VIEW or link.gallery is None:
        return None
    shown = link.shown().aggregate(Count("pk"), Max("added"), Sum("image__blob__size"))
    facts = (link.mode, link.as_they_are, link.gallery.name, sorted(shown.items()))
    mark = hashlib.sha256(repr(facts).encode()).hexdigest()
    key = f"parcel:{link.pk}:{mark}"
    found: Parcel | None = cache.get(key)
    if found is None:
        found = measured(link)
        if found and found.ready:
            cache.set(key, found, REMEMBERED)
    return found


def measured(link: ShareLink) -> Parcel | None:
    """Measure what a link lets its guests take home in one file."""
    found = items_of(link)
    files = files_of(link, found)
    whole = Archive(member_of(item, file) for item, file in files).size
    kind = link.copied
    ready = not kind or all(kind in one.image.blob.copies for one in found)
    return Parcel(len(files), whole, ready) if found else None


def bundle(request: HttpRequest, link: ShareLink, visit: Visit) -> HttpResponseBase:
    """Answer with all that a link lets its guests take home, in one ZIP.

    It counts each picture when all of it was taken, and once of a limit. Raises
    LimitReachedError, NotReadyError, Http404 where there is nothing.
    """
    if not copies.make_missing(link, PATIENCE):
        link.prepare()
        raise NotReadyError
    files = files_of(link, items_of(link))
    if not files:
        raise Http404
    archive = Archive(member_of(item, file) for item, file in files)
    act = partial(archives.send, request, archive, name_of_zip(link))
    images = [item.image for item, _file in files]
    repeat = is_repeated(link, images, visit) or request.method == "HEAD"
    taking = None if repeat else begun(link, None, visit)
    count = partial(counted, downloads.count_bundle, images, link, visit, taking)
    # Whoever has most of the first file has something already.
    return limited(taking, files[0][1].size // 2, partial(act, count))


def items_of(link: ShareLink) -> list[GalleryItem]:
    shown: GalleryItemQuerySet = link.shown().select_related("gallery").in_order()
    return list(shown.defer(*HEAVY))


def files_of(
    link: ShareLink, items: list[GalleryItem]
) -> list[tuple[GalleryItem, Stored]]:
    """Return what guests get of each, where that is made and can be made."""
    found = ((item, file_of(link, item)) for item in items)
    return [(item, file) for item, file in found if file]


def file_of(link: ShareLink, item: GalleryItem) -> Stored | None:
    """Describe what guests get of a picture; None while there is no copy."""
    if link.mode == ShareMode.VIEW:
        return None
    image, parts = item.image, link.download_limit is None
    original = downloads.original_of(image, downloads.KEEP_NOT)
    if not link.copied:
        return replace(original, parts=parts)
    made = image.blob.copies.get(link.copied)
    if not made or not made["key"]:
        return None
    extension = PurePosixPath(made["key"]).suffix
    kept = f"{PurePosixPath(image.name).stem}{extension}"
    return Stored(
        key=made["key"],
        size=made["size"],
        content_type=made["type"],
        name=kept if link.as_they_are else name_of(item, extension),
        tag=f"{image.blob.digest}-{PurePosixPath(made['key']).stem}",
        modified=None,
        cache=downloads.KEEP_NOT,
        parts=parts,
    )


def member_of(item: GalleryItem, file: Stored) -> Member:
    """Describe it as a file in an archive, of the time when it was stored here."""
    return Member(file.key, file.size, file.name, item.image.created)


def name_of_zip(link: ShareLink) -> str:
    name = link.gallery.name if link.gallery else ""
    return f"{stem_of(name, 'pictures')}.zip"


def is_repeated(link: ShareLink, images: list[Image], visit: Visit) -> bool:
    """Say whether this visitor took all of these just now, and may do it again.

    What was taken through another link is still to be taken of this one's limit.
    """
    through = {} if link.download_limit is None else {"link": link}
    found = Download.objects.repeats(images, visit.visitor, **through)
    return len(found) == len({image.pk for image in images})


def begun(link: ShareLink, image: Image | None, visit: Visit) -> Taking | None:
    """Take one of the link's limit, if it has one. Raises LimitReachedError."""
    if link.download_limit is None:
        return None
    with downloads.in_turn():
        taking = Taking.objects.begin(link, image, visit.visitor)
    if taking is None:
        raise LimitReachedError
    return taking


def counted(
    count: Any, what: Any, link: ShareLink, visit: Visit, taking: Taking | None
) -> None:
    """Count what a guest has taken, and give back what was held of a limit for it."""
    count(what, visit.visitor, taking, user=visit.user, door="share", link=link)


def limited(taking: Taking | None, most: int, act: Any) -> HttpResponseBase:
    """Answer; what was taken of a limit is given back where little was handed over.

    From `most` bytes on it is kept for its visitor.
    """
    if taking is None:
        return act(None)
    answer = None
    try:
        answer = act(lambda handed: taking.break_off(most=handed >= most))
    finally:
        if answer is None or not answer.streaming:
            taking.end()
    return answer
