"""Pictures out: originals and renditions to look at, downloads counted by one rule."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from imaging.delivery import archives
from imaging.delivery.archives import Archive, Member
from imaging.delivery.handover import release_connections
from imaging.delivery.transfer import Stored, send
from imaging.models import Blob, Download, Image, Taking, User

logger = logging.getLogger(__name__)

# Hundreds of downloads that end together starve each other at SQLite's one lock: in
# a thousand, 67 waited 20 seconds in vain. One at a time of each process never does.
COUNTING = threading.Lock()
# The database may end one of two changes that wait for each other.
TRIES = 3

# An address names an image, whose bytes never change; a browser may keep them a day.
KEEP = "private, max-age=86400, immutable"
KEEP_SHORTLY = "private, max-age=2"
KEEP_NOT = "private, no-store"

# What people also write for an extension of ours.
SPELLINGS = {
    ".jpeg": ".jpg",
    ".jpe": ".jpg",
    ".jfif": ".jpg",
    ".heif": ".heic",
    ".hif": ".heic",
    ".dib": ".bmp",
}


def original(request: HttpRequest, image: Image) -> HttpResponseBase:
    """Answer with the bytes that were given to us, to be looked at; not counted."""
    return send(request, original_of(image, KEEP), "inline")


def rendition(request: HttpRequest, image: Image, side: int) -> HttpResponseBase:
    """Answer with the rendition of `side` pixels, or what comes nearest; not counted.

    What stands in for one that is still being made is kept only shortly.
    """
    blob = image.blob
    final = blob.rendered or str(side) in blob.renditions
    cache = KEEP if final else KEEP_SHORTLY
    name = nearest(blob, side)
    stored = rendition_of(image, name, cache) if name else original_of(image, cache)
    return send(request, stored, "inline")


def download(
    request: HttpRequest, image: Image, *, user: User, door: str = "site"
) -> HttpResponseBase:
    """Answer with the bytes as a file to keep, counted when all of them were taken."""
    taken = partial(count, image, visitor_of(user), user=user, door=door)
    return send(request, original_of(image, KEEP_NOT), "attachment", taken)


def bundle(
    request: HttpRequest,
    images: Sequence[Image],
    name: str,
    *,
    user: User,
    door: str = "site",
) -> HttpResponseBase:
    """Answer with the bytes of many in one ZIP, counted when all of it was taken.

    Needs their blobs.
    """
    archive = Archive(member_of(original_of(image, KEEP_NOT)) for image in images)
    taken = partial(count_bundle, images, visitor_of(user), user=user, door=door)
    return archives.send(request, archive, name, taken)


def member_of(stored: Stored) -> Member:
    """Describe stored bytes as a file in an archive."""
    time = stored.modified or timezone.now()
    return Member(stored.key, stored.size, stored.name, time)


def visitor_of(user: User) -> str:
    """Name whoever takes a file, the same at every door and with every token."""
    return f"user:{user.pk}"


@contextmanager
def in_turn() -> Iterator[None]:
    """Hold this process's one place for counting, with a database connection in hand.

    Whoever had the place and waited for a connection would wait for those who have all
    of them, and wait for the place.
    """
    connection.ensure_connection()
    with COUNTING:
        yield


def count(
    image: Image, visitor: str, taking: Taking | None = None, **fields: Any
) -> None:
    """Count a download that has ended; whoever took the file hears of no trouble.

    What was held back of a link's limit for it is given back in the same moment.
    """
    act = partial(Download.objects.count_once, image, visitor, **fields)
    try:
        write(act, taking)
    except DatabaseError:
        logger.exception("Image %s was taken by %s, uncounted.", image.pk, visitor)


def count_bundle(
    images: Sequence[Image],
    visitor: str,
    taking: Taking | None = None,
    **fields: Any,
) -> None:
    """Count what was taken in one ZIP, as `count` does it for one picture."""
    act = partial(Download.objects.count_bundle, images, visitor, **fields)
    try:
        write(act, taking)
    except DatabaseError:
        logger.exception("%s images were taken by %s, uncounted.", len(images), visitor)


def write(act: Callable[[], object], taking: Taking | None) -> None:
    """Count and give back as one change; what met another is tried again."""
    for left in reversed(range(TRIES)):
        try:
            with in_turn(), transaction.atomic():
                act()
                if taking:
                    taking.settle()
            return
        except DatabaseError:
            if not left:
                raise
            release_connections()


def count_reported(image: Image, *, user: User, door: str) -> int:
    """Count a download that a program says it has made; return how many there are."""
    with in_turn():
        return Download.objects.count_reported(
            image, visitor_of(user), user=user, door=door
        )


def nearest(blob: Blob, side: int) -> str:
    """Name the smallest rendition of at least `side`, else the largest; "" if none."""
    names = sorted(blob.renditions, key=int)
    enough = (name for name in names if int(name) >= side)
    return next(enough, names[-1] if names else "")


def original_of(image: Image, cache: str) -> Stored:
    """Describe the bytes that were given to us; their name ends as their content is."""
    blob = image.blob
    name = image.name
    suffix = PurePosixPath(name).suffix.lower()
    if SPELLINGS.get(suffix, suffix) != blob.extension:
        name += blob.extension
    return Stored(
        key=blob.key,
        size=blob.size,
        content_type=blob.content_type,
        name=name,
        tag=blob.digest,
        modified=blob.created,
        cache=cache,
    )


def rendition_of(image: Image, name: str, cache: str) -> Stored:
    """Describe a rendition that has been made."""
    blob = image.blob
    made = blob.renditions[name]
    suffix = PurePosixPath(made["key"]).suffix
    return Stored(
        key=made["key"],
        size=made["size"],
        content_type=made["type"],
        name=f"{PurePosixPath(image.name).stem}-{name}{suffix}",
        tag=f"{blob.digest}-{name}",
        # A date cannot tell a stand-in from what it stands in for; the tag can.
        modified=blob.created if cache == KEEP else None,
        cache=cache,
    )
