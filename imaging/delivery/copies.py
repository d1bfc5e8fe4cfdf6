"""Copies for guests: made once of what a link shows, kept while one is open for it.

They do not count against a team's storage, as renditions do not: nobody chooses them,
and they go by themselves.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef

from imaging import pictures
from imaging.decoding.formats import FORMATS, Format
from imaging.delivery.handover import release_connections
from imaging.models import Blob, GalleryItem, ShareLink, ShareMode
from imaging.pictures import pixels
from imaging.wakeup import wake

log = logging.getLogger(__name__)
KINDS = (ShareMode.WEB, ShareMode.FULL)
# Each may take a processor for seconds, and many guests may press at once.
MAKING = threading.BoundedSemaphore(2)
# After so many seconds a worker lets others have their turn.
TURN = 20


def copy_of(blob: Blob, kind: str) -> dict[str, Any]:
    """Return a blob's copy of a kind, made now where there is none yet.

    Its key is empty where none can be made. Raises FileNotFoundError where the bytes
    are gone, Blob.DoesNotExist where the picture was deleted meanwhile.
    """
    if kind in blob.copies:
        return blob.copies[kind]
    # Many may wait here, and the database's connections are few.
    release_connections()
    with MAKING:
        # Somebody else may have made it while this one waited.
        blob.copies = Blob.objects.values_list("copies", flat=True).get(pk=blob.pk)
        if kind not in blob.copies:
            make(blob, kind)
    return blob.copies[kind]


def make(blob: Blob, kind: str) -> None:
    """Make a blob's copy of a kind, and keep it.

    Where it is the original, byte for byte, that serves.
    """
    made: dict[str, Any] = {"key": "", "size": 0}
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        copy = Path(folder) / "copy"
        write = write_web if kind == ShareMode.WEB else write_full
        try:
            release_connections()
            with blob.local_copy() as path:
                form, (width, height) = write(path, copy, blob)
        except pictures.Refused as error:
            log.warning("blob %s has no copy for guests: %s", blob.pk, error.message)
        else:
            key, size = stored(blob, kind, copy, form.extension), copy.stat().st_size
            made = {"key": key, "type": form.content_type, "size": size}
            made |= {"width": width, "height": height}
    keep(blob, kind, made)


def stored(blob: Blob, kind: str, copy: Path, extension: str) -> str:
    """Store a copy; return its key."""
    if pictures.digest_of(copy) == blob.digest:
        return blob.key
    # Of two makers each has its own name, so that nobody reads half a file.
    key = f"{blob.folder}/{kind}-{uuid.uuid4().hex[:12]}{extension}"
    with copy.open("rb") as source:
        blob.save_file(key, File(source, name=str(copy)))
    return key


def keep(blob: Blob, kind: str, made: dict[str, Any]) -> None:
    """Note a copy, unless another is kept by now: then that is used."""
    with transaction.atomic():
        mine = Blob.objects.select_for_update(no_key=True).filter(stored=True)
        held = mine.filter(pk=blob.pk).first()
        if held:
            held.copies.setdefault(kind, made)
            held.save(update_fields=["copies"])
    if held is None or held.copies[kind] != made:
        remove(blob, made)
    if held is None:
        raise Blob.DoesNotExist
    blob.copies = held.copies


def drop(blob: Blob, kind: str) -> None:
    """Forget a copy, and remove its file."""
    with transaction.atomic():
        held = Blob.objects.hold(pk=blob.pk)
        made = held.copies.pop(kind, {"key": ""})
        held.save(update_fields=["copies"])
    remove(blob, made)


def remove(blob: Blob, made: dict[str, Any]) -> None:
    if made["key"] not in {"", blob.key}:
        default_storage.delete(made["key"])


def write_web(path: Path, to: Path, blob: Blob) -> tuple[Format, tuple[int, int]]:
    """Write a JPEG of at most 2048 pixels on a side."""
    [made] = pictures.render(path, [pictures.WEB])
    to.write_bytes(made.data)
    return FORMATS["jpeg"], (made.width, made.height)


def write_full(path: Path, to: Path, blob: Blob) -> tuple[Format, tuple[int, int]]:
    """Write the original without what was noted in it: anew only where it must be."""
    size = blob.width, blob.height
    if pictures.copy_without_metadata(path, to, orientation=blob.orientation):
        return FORMATS[blob.format], size
    form = FORMATS["png" if blob.has_alpha else "jpeg"]
    made = pixels.load(path, to.parent)
    pixels.save(made, to, format=form.name, quality=95)
    return form, size


def missing(link: ShareLink) -> list[Any]:
    """Return the ids of blobs that a link shows without a copy for its guests."""
    if not link.copied:
        return []
    shown = Blob.objects.filter(pk__in=link.shown().values("image__blob"))
    lacking = shown.exclude(copies__has_key=link.copied)
    return list(lacking.order_by("created", "pk").values_list("pk", flat=True))


def make_missing(link: ShareLink, seconds: float) -> bool:
    """Make what is missing for a link; False if the time was too short for all."""
    until = time.monotonic() + seconds
    for pk in missing(link):
        if time.monotonic() > until:
            return False
        # What cannot be read, or is gone by now, is left out.
        with suppress(FileNotFoundError, Blob.DoesNotExist):
            copy_of(Blob.objects.get(pk=pk), link.copied)
    return True


def prepare(pk: str) -> None:
    """Make the copies for the guests of one link, before they are asked for."""
    link = ShareLink.objects.open().filter(pk=pk).first()
    if link and not make_missing(link, TURN):
        wake("prepare", link.pk)


def drop_unneeded() -> int:
    """Remove the copies of pictures that no open link hands out; return how many."""
    count = 0
    for kind in KINDS:
        links = ShareLink.objects.open().filter(mode=kind)
        items = GalleryItem.objects.filter(gallery__in=links.values("gallery"))
        needed = Exists(items.filter(image__blob=OuterRef("pk")))
        for blob in Blob.objects.filter(~needed, stored=True, copies__has_key=kind):
            # Its last picture may have been deleted meanwhile, and all files with it.
            with suppress(Blob.DoesNotExist):
                drop(blob, kind)
                count += 1
    return count
