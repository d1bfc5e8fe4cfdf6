"""Restore a backup into an empty installation: checked, then files, then rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection
from django.utils import timezone

from imaging.models import AuditEvent, Blob, Heartbeat, Image, ProviderControl, Task
from imaging.models.steering import Mode
from imaging.operating.backups import BackupError, manifest, rows, tables
from imaging.operating.backups.making import CHUNK, READERS, ahead
from imaging.operating.backups.manifest import Manifest
from imaging.operating.backups.progress import Progress
from imaging.operating.backups.unpacking import Source, digest_of, named
from imaging.operating.checkup.house import sealed_fields
from imaging.operating.walking import stored_files
from imaging.sealing import InvalidToken, unseal


@dataclass
class Sum:
    rows: int = 0
    files: int = 0
    bytes: int = 0
    open_tasks: int = 0


def check(source: Source, progress: Progress) -> tuple[Manifest, list[str]]:
    """Read the whole backup; return its manifest, and the pictures that are damaged.

    Raises BackupError where it cannot be restored at all; nothing is written.
    """
    said = source.manifest()
    tables.known(said)
    check_keys(source)
    damaged = source.verify(said, progress)
    if lost := [name for name in damaged if not name.startswith("files/")]:
        raise BackupError(f"This backup is damaged: {named(lost)}.")
    return said, damaged


def check_keys(source: Source) -> None:
    """Refuse when what is sealed in the backup cannot be opened here."""
    total = shut = 0
    for model, name in sealed_fields():
        for row in rows_of(source, model._meta.label_lower):
            if value := row.get(name):
                total += 1
                shut += not opens(value)
    if shut:
        raise BackupError(
            f"ENCRYPTION_KEYS opens {total - shut:,} of the {total:,} secrets in this "
            "backup. Set the keys of the installation that it was made of: they were "
            "in its environment, or in .encryption_keys of its data folder."
        )


def rows_of(source: Source, table: str) -> Iterator[dict[str, Any]]:
    """Return the rows of a table; none where the backup is older than the table."""
    if table not in source.manifest().tables:
        return
    with source.open(rows.file_of(table)) as stream:
        lines = rows.read(stream)
        names = next(lines, [])
        for line in lines:
            yield dict(zip(names, line, strict=True))


def opens(value: str) -> bool:
    try:
        unseal(value)
    except InvalidToken:
        return False
    return True


def refuse_used(source: Source) -> None:
    """Refuse an installation that holds anything, or whose processes run."""
    if used := sorted(tables.filled()):
        raise BackupError(
            f"This installation is not empty: there are rows in {', '.join(used)}. "
            "Restore into a new one, with a database and a storage of its own; "
            "--missing brings back files that this one has lost."
        )
    if running := running_processes():
        raise BackupError(f"Stop the other processes first: {', '.join(running)}.")
    if strange := first_stranger(source):
        raise BackupError(
            f"The storage is not empty: {strange} is in it, and not in this backup. "
            "Restore into a new one."
        )


def running_processes() -> list[str]:
    if Heartbeat._meta.db_table not in connection.introspection.table_names():
        return []
    return [str(one) for one in Heartbeat.objects.alive()]


def first_stranger(source: Source) -> str:
    """Return a file of the storage that is not of this backup.

    What a restore that was killed had written is: it goes on from there.
    """
    there = stored_files("")
    first = next(there, None)
    if first is None:
        return ""
    ours = {folder_of(key) for key, _digest, _stream in source.files()}
    if folder_of(first) not in ours:
        return first
    return next((key for key in there if folder_of(key) not in ours), "")


def folder_of(key: str) -> str:
    return PurePosixPath(key).parent.name


class Restoring:
    """One backup being restored; `said` and `damaged` are what `check` has found."""

    def __init__(
        self, source: Source, said: Manifest, damaged: list[str], progress: Progress
    ) -> None:
        self.source, self.said, self.progress = source, said, progress
        self.damaged = {name.removeprefix("files/") for name in damaged}
        self.sum = Sum()

    def restore(self, *, pause: bool = False) -> Sum:
        """Raises BackupError, and leaves the installation empty then."""
        refuse_used(self.source)
        try:
            self.put_files(lambda key: key not in self.damaged)
            with tables.unwatched():
                if used := sorted(tables.filled()):
                    raise BackupError(f"Rows came into {', '.join(used)} meanwhile.")
                tables.fill(self.source, self.said, self.progress)
                self.delete_again()
                # The sweep wakes them when it runs: they were not left alone here.
                self.sum.open_tasks = Task.objects.open().update(woken=timezone.now())
                if pause:
                    hold_back()
                self.note("backup_restored")
        except BaseException as error:
            self.take_back()
            if isinstance(error, OSError | DatabaseError):
                raise BackupError(f"Nothing was restored: {error}") from error
            raise
        self.sum.rows = sum(self.said.tables.values())
        return self.sum

    def mend(self) -> Sum:
        """Bring back the files that this installation has lost."""
        self.put_files(self.is_lost)
        self.note("restored_files")
        return self.sum

    def is_lost(self, key: str) -> bool:
        """Say whether a blob that is here still names this file, and it is gone."""
        blob = Blob.objects.filter(pk=UUID(hex=folder_of(key)), stored=True).first()
        if key in self.damaged or blob is None:
            return False
        return key in dict(blob.files()) and not default_storage.exists(key)

    def put_files(self, wanted: Callable[[str], bool]) -> None:
        """Copy files into the storage, several at a time, and read them again there."""
        self.progress.begin()
        with (
            tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder,
            ThreadPoolExecutor(READERS) as pool,
        ):
            try:
                for future in ahead(self.puts(pool, Path(folder), wanted)):
                    size = future.result()
                    self.sum.files += 1
                    self.sum.bytes += size
                    self.progress.add("Files", 1, size)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def puts(
        self, pool: ThreadPoolExecutor, folder: Path, wanted: Callable[[str], bool]
    ) -> Iterator[Future[int]]:
        for number, (key, digest, stream) in enumerate(self.source.files()):
            if stream is None or not wanted(key):
                continue
            if path := self.source.path_of(key):
                yield pool.submit(put, key, digest, path)
                continue
            aside = folder / str(number)
            with aside.open("wb") as target:
                shutil.copyfileobj(stream, target, CHUNK)
            yield pool.submit(put_aside, key, digest, aside)

    def take_back(self) -> None:
        """Remove what was put into the storage."""
        for key, _digest, _stream in self.source.files():
            default_storage.delete(key)
            if isinstance(default_storage, FileSystemStorage):
                remove_folders(Path(default_storage.path(key)).parent)

    def delete_again(self) -> None:
        """Delete the pictures that were deleted while the backup was made."""
        with self.source.open(manifest.DELETED) as stream:
            for line in stream.read().decode().split():
                for image in Image.objects.filter(blob=UUID(line)):
                    image.remove()

    def note(self, action: str) -> None:
        AuditEvent.objects.note(
            action,
            made=self.said.made,
            rows=sum(self.said.tables.values()),
            files=self.sum.files,
            damaged=len(self.damaged),
        )


def hold_back() -> None:
    """Pause the providers of tasks that were under way."""
    rows = Task.objects.open().order_by().values_list("provider", flat=True)
    for provider in rows.distinct():
        ProviderControl.objects.update_or_create(
            provider=provider, defaults={"mode": Mode.PAUSED}
        )


def put(key: str, digest: str, path: Path) -> int:
    """Put one file into the storage, and see that it is there. Raises BackupError."""
    with path.open("rb") as source:
        Blob.save_file(key, File(source, name=str(path)))
    with default_storage.open(key) as kept:
        if digest_of(kept) != digest:
            raise BackupError(f"{key} did not arrive whole in the storage.")
    return path.stat().st_size


def put_aside(key: str, digest: str, path: Path) -> int:
    """Put a file that was written for this alone."""
    try:
        return put(key, digest, path)
    finally:
        path.unlink()


def remove_folders(folder: Path) -> None:
    """Remove folders that are empty now, up to the storage's own."""
    top = Path(default_storage.path(""))
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
