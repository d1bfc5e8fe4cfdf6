"""Make a backup while the site runs: rows of one moment, then the files they name."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from imaging.models import Blob
from imaging.operating.backups import BackupError, manifest, rows
from imaging.operating.backups.manifest import Manifest
from imaging.operating.backups.packing import Packing
from imaging.operating.backups.progress import Progress
from imaging.operating.versions import darkroom
from imaging.pictures import digest_of

# A storage on the network answers many at a time.
READERS = 8
CHUNK = 1 << 20
# What a disk or a pipe says that takes no more, and nobody else.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EPIPE, errno.EROFS}


class Wanted(NamedTuple):
    """A file that the rows name; its digest where they know it."""

    blob: UUID
    key: str
    size: int
    digest: str

    @property
    def name(self) -> str:
        return f"files/{self.key}"


@dataclass
class Sum:
    rows: int = 0
    files: int = 0
    bytes: int = 0
    # Taken from the backup that was there.
    linked: int = 0
    damaged: int = 0


@contextmanager
def snapshot() -> Iterator[None]:
    """Show the database as it is at one moment, and keep nobody from writing."""
    if connection.vendor == "sqlite":
        # A transaction that takes no lock to write: in WAL it reads what was there.
        usual = connection.transaction_mode  # type: ignore[attr-defined]
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = usual  # type: ignore[attr-defined]
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Making:
    """One backup being made."""

    def __init__(self, packing: Packing, progress: Progress) -> None:
        self.packing = packing
        self.progress = progress
        self.sum = Sum()
        self.deleted: dict[UUID, None] = {}
        self.sums: IO[str]

    def make(self) -> Sum:
        """Raises BackupError, and OSError where there is no room."""
        made = timezone.now()
        with self.packing.place(manifest.SUMS).open("w") as self.sums:
            migrations, tables = self.write_rows()
            self.write_files()
            self.write_deleted()
        digest = digest_of(self.packing.place(manifest.SUMS))
        self.packing.keep(manifest.SUMS)
        told = Manifest(
            made=made.isoformat(),
            darkroom=darkroom(),
            database=connection.vendor,
            migrations=[list(one) for one in migrations],
            tables=tables,
            files=self.sum.files,
            bytes=self.sum.bytes,
            sums=digest,
            damaged=self.sum.damaged,
            deleted=len(self.deleted),
        )
        self.packing.place(manifest.NAME).write_text(told.text())
        self.packing.keep(manifest.NAME)
        return self.sum

    def write_rows(self) -> tuple[list[tuple[str, str]], dict[str, int]]:
        counts: dict[str, int] = {}
        with snapshot():
            migrations = rows.applied()
            tables = rows.tables_at(migrations)
            for table, model in tables.items():
                path = self.packing.place(rows.file_of(table))
                counts[table] = 0
                for _row in rows.dump(table, model, path):
                    counts[table] += 1
                    self.progress.add(f"Rows of {table}", 1)
                if table == rows.BLOBS:
                    self.note_files(path)
                self.take_in(rows.file_of(table), digest_of(path))
        self.sum.rows = sum(counts.values())
        return migrations, counts

    def note_files(self, path: Path) -> None:
        """Put the rows of blobs aside: they say which files there are."""
        shutil.copyfile(path, self.packing.place("blobs"))

    def wanted(self) -> Iterator[Wanted]:
        """Return every file that the rows name."""
        with self.packing.place("blobs").open("rb") as stream:
            lines = rows.read(stream)
            names = next(lines)
            for line in lines:
                row = dict(zip(names, line, strict=True))
                pk = UUID(row["id"])
                blob = Blob(
                    pk=pk,
                    team_id=UUID(row["team_id"]),
                    extension=row["extension"],
                    size=row["size"],
                    renditions=row["renditions"],
                )
                for key, size in blob.files():
                    digest = row["digest"] if key == blob.key else ""
                    yield Wanted(pk, key, size, digest)

    def write_files(self) -> None:
        self.progress.begin()
        with ThreadPoolExecutor(READERS) as pool:
            try:
                for wanted, copied in ahead(self.copies(pool)):
                    self.take_copy(wanted, copied)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        self.packing.place("blobs").unlink()

    def copies(
        self, pool: ThreadPoolExecutor
    ) -> Iterator[tuple[Wanted, Future[str] | None]]:
        """Begin to copy each file that is not there yet."""
        for wanted in self.wanted():
            there = wanted.digest and self.packing.has(wanted.name, wanted.size)
            path = self.packing.place(wanted.name)
            yield wanted, None if there else pool.submit(copy, wanted, path)

    def take_copy(self, wanted: Wanted, copied: Future[str] | None) -> None:
        """Take in a file that was copied, unless something is wrong with it."""
        if copied is None:
            digest = wanted.digest
            self.sum.linked += 1
            if problem := trouble(wanted):
                self.complain(wanted, f"{problem}; kept as the last backup had it")
        else:
            try:
                digest = copied.result()
            except (OSError, ValueError) as error:
                if isinstance(error, OSError) and error.errno in NO_ROOM:
                    raise
                self.refuse(wanted, error)
                return
            if wanted.digest and digest != wanted.digest:
                self.refuse(wanted, ValueError("its bytes have changed"))
                return
        self.take_in(wanted.name, digest)
        self.sum.files += 1
        self.sum.bytes += wanted.size
        self.progress.add("Files", 1, wanted.size)

    def refuse(self, wanted: Wanted, error: Exception) -> None:
        """Leave a file out, and say why, unless its picture has been deleted."""
        self.packing.place(wanted.name).unlink(missing_ok=True)
        if Blob.objects.filter(pk=wanted.blob, stored=True).exists():
            missing = isinstance(error, FileNotFoundError)
            self.complain(wanted, "missing" if missing else str(error))
        else:
            self.deleted[wanted.blob] = None

    def complain(self, wanted: Wanted, words: str) -> None:
        self.sum.damaged += 1
        self.progress.say(f"DAMAGED {wanted.key}: {words}")

    def write_deleted(self) -> None:
        path = self.packing.place(manifest.DELETED)
        path.write_text("".join(f"{pk}\n" for pk in self.deleted))
        self.take_in(manifest.DELETED, digest_of(path))

    def take_in(self, name: str, digest: str) -> None:
        self.packing.keep(name)
        self.sums.write(f"{digest}  {name}\n")


def ahead(items: Iterable[Any]) -> Iterator[Any]:
    """Return the items in order, some of them begun before they are asked for."""
    begun: deque[Any] = deque()
    for item in items:
        begun.append(item)
        if len(begun) > 2 * READERS:
            yield begun.popleft()
    yield from begun


def copy(wanted: Wanted, path: Path) -> str:
    """Copy one file; return its digest. Raises ValueError where it is not whole."""
    digest, size = hashlib.sha256(), 0
    with default_storage.open(wanted.key) as source, path.open("wb") as target:
        for chunk in source.chunks(CHUNK):
            digest.update(chunk)
            target.write(chunk)
            size += len(chunk)
    if size != wanted.size:
        raise ValueError(f"it has {size} bytes and should have {wanted.size}")
    return digest.hexdigest()


def trouble(wanted: Wanted) -> str:
    """Say what is wrong with a file in the storage, without reading it."""
    try:
        size = default_storage.size(wanted.key)
    except FileNotFoundError:
        gone = not Blob.objects.filter(pk=wanted.blob, stored=True).exists()
        return "" if gone else "missing"
    return "" if size == wanted.size else f"it has {size} bytes"


def make(packing: Packing, progress: Progress) -> Sum:
    """Make a whole backup, or none. Raises BackupError."""
    try:
        made = Making(packing, progress).make()
        packing.finish()
    except BaseException as error:
        packing.discard()
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            words = f"The backup could not be written: {error.strerror}."
            raise BackupError(f"{words} Nothing of it was kept.") from error
        raise
    return made
