"""Where a backup is written: a folder or a tar, renamed when it is whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import tarfile
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings

from imaging.operating.backups import BackupError, manifest

DRAFT, BEFORE = ".partial", ".previous"
# What a folder of ours holds, also one that was broken off.
PARTS = {manifest.NAME, manifest.SUMS, manifest.DELETED, "rows", "files", "blobs"}


class Packing(ABC):
    """Files are written where `place` says, and `keep` takes them in, in order."""

    @abstractmethod
    def place(self, name: str) -> Path: ...

    @abstractmethod
    def keep(self, name: str) -> None: ...

    def has(self, name: str, size: int) -> bool:
        """Say whether this very file is kept already, from an earlier backup."""
        return False

    @abstractmethod
    def finish(self) -> None: ...

    @abstractmethod
    def discard(self) -> None: ...


class Folder(Packing):
    """A folder; of what an earlier backup there holds, pictures are not read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.draft = path.with_name(path.name + DRAFT)
        self.before = path.with_name(path.name + BEFORE)
        recover(path, self.before)
        refuse_strange(path)
        self.lock = hold(self.draft)

    def place(self, name: str) -> Path:
        target = self.draft / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return target

    def keep(self, name: str) -> None:
        """It lies where it belongs."""

    def has(self, name: str, size: int) -> bool:
        # A blob's bytes never change, and only whole ones are in a backup.
        old = self.path / name
        with suppress(OSError):
            if old.stat().st_size == size:
                os.link(old, self.place(name))
                return True
        return False

    def finish(self) -> None:
        # All of it is on the disk before it has its name.
        os.sync()
        if self.path.exists():
            self.path.rename(self.before)
        self.draft.rename(self.path)
        os.close(self.lock)
        shutil.rmtree(self.before, ignore_errors=True)

    def discard(self) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)
        os.close(self.lock)


def recover(path: Path, before: Path) -> None:
    """Put back what a process that was killed had put aside."""
    refuse_foreign(before)
    if path.exists():
        shutil.rmtree(before, ignore_errors=True)
    elif before.exists():
        before.rename(path)


def refuse_strange(path: Path) -> None:
    """Refuse a folder that holds something else than a backup of ours."""
    if not path.exists():
        return
    if not path.is_dir():
        raise BackupError(f"{path} is no folder. Name a new one, or a file.tar.")
    if any(path.iterdir()) and not (path / manifest.NAME).is_file():
        raise BackupError(f"{path} is not empty and holds no backup. Name another.")


def refuse_foreign(path: Path) -> None:
    """Refuse to tidy away a folder in which anything is not of a backup."""
    if path.exists() and (
        not path.is_dir() or any(one.name not in PARTS for one in path.iterdir())
    ):
        raise BackupError(f"{path} is in the way, and no backup. Move it.")


def hold(draft: Path) -> int:
    """Make the folder that is written; nobody else writes into it meanwhile."""
    refuse_foreign(draft)
    draft.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise BackupError(f"Another backup is being written to {draft}.") from error
    for left in draft.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return lock


class Tar(Packing):
    """A tar, written from front to end: to a file, or to a stream."""

    def __init__(self, out: IO[bytes], path: Path | None = None) -> None:
        self.out, self.path = out, path
        self.tar = tarfile.open(fileobj=out, mode="w|", bufsize=1 << 20)  # noqa: SIM115
        self.spool = tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR)

    def place(self, name: str) -> Path:
        return Path(self.spool.name) / name.replace("/", "-")

    def keep(self, name: str) -> None:
        path = self.place(name)
        info = self.tar.gettarinfo(path, name)
        info.mode, info.uid, info.gid, info.uname, info.gname = 0o600, 0, 0, "", ""
        with path.open("rb") as source:
            self.tar.addfile(info, source)
        # It would remember every file for ever.
        self.tar.members.clear()  # type: ignore[attr-defined]
        path.unlink()

    def finish(self) -> None:
        self.tar.close()
        self.out.flush()
        if self.path:
            os.fsync(self.out.fileno())
            self.out.close()
            draft_of(self.path).rename(self.path)
        self.spool.cleanup()

    def discard(self) -> None:
        # It would write what it still holds when nothing can be caught any more.
        with suppress(OSError):
            self.tar.fileobj.close()
        if self.path:
            with suppress(OSError):
                self.out.close()
            draft_of(self.path).unlink(missing_ok=True)
        self.spool.cleanup()


def draft_of(path: Path) -> Path:
    return path.with_name(path.name + DRAFT)


def tar_file(path: Path) -> Tar:
    """Begin a tar in a new file. Raises BackupError where there is one."""
    if path.exists():
        raise BackupError(f"{path} exists. Name a new file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    out = draft_of(path).open("ab")
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        out.close()
        raise BackupError(f"Another backup is being written to {path}.") from error
    out.truncate(0)
    return Tar(out, path)
