"""The files of the storage by their names, with size and time, however many."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, TypeVar

from django.core.files.storage import FileSystemStorage, default_storage

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as its storage lists it."""

    key: str
    size: int
    modified: datetime

    @property
    def folder(self) -> str:
        """Return the name of the folder it lies in."""
        return PurePosixPath(self.key).parent.name


def walk(folder: str = "") -> Iterator[StoredFile]:
    """Return all files below a folder ("" or ending in "/"), sorted by name.

    One folder at a time is in memory, or one page of a thousand names of S3.
    """
    if isinstance(default_storage, FileSystemStorage):
        yield from on_disk(folder)
    else:
        yield from in_bucket(default_storage, folder)


def on_disk(folder: str) -> Iterator[StoredFile]:
    """Read folder by folder; what is deleted meanwhile is left out."""
    try:
        with os.scandir(default_storage.path(folder)) as found:
            entries = sorted(found, key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from on_disk(f"{folder}{entry.name}/")
            continue
        try:
            facts = entry.stat()
        except FileNotFoundError:
            continue
        changed = datetime.fromtimestamp(facts.st_mtime, UTC)
        yield StoredFile(f"{folder}{entry.name}", facts.st_size, changed)


def in_bucket(storage: Any, folder: str) -> Iterator[StoredFile]:
    """Read the list of a bucket, which comes sorted, a thousand names at a time."""
    root = f"{storage.location.strip('/')}/" if storage.location.strip("/") else ""
    for one in storage.bucket.objects.filter(Prefix=root + folder):
        if not one.key.endswith("/"):
            yield StoredFile(one.key.removeprefix(root), one.size, one.last_modified)


def top() -> tuple[list[str], list[str]]:
    """Name the folders and the files at the top of the storage."""
    try:
        return default_storage.listdir("")
    except FileNotFoundError:
        return [], []


def stored_files(folder: str) -> Iterator[str]:
    """Return the names of all files below a folder."""
    return (one.key for one in walk(folder))


def portions(found: Iterable[One], size: int) -> Iterator[list[One]]:
    """Cut into lists of at most `size`, each made when its turn has come."""
    rest = iter(found)
    while some := list(islice(rest, size)):
        yield some
