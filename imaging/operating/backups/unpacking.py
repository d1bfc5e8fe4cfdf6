"""What a backup holds, read from a folder or a tar, each file against its digest."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from imaging.operating.backups import BackupError, manifest
from imaging.operating.backups.manifest import Manifest
from imaging.operating.backups.progress import Progress

# A key as blobs make them: nothing else is written into a storage.
KEY = re.compile(r"files/[0-9a-f-]{36}/[0-9a-f]{2}/[0-9a-f]{32}/[\w-]+(\.\w+)?")
BROKEN_OFF = "{} has no manifest: it is no backup, or one that was broken off."
SHOWN = 20


class Source(ABC):
    """A backup that is there to be read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file that is no picture. Raises BackupError where it is missing."""

    @abstractmethod
    def walk(self) -> Iterator[tuple[str, IO[bytes] | None]]:
        """Return the names that are in the list of digests, in its order, each file.

        None is what is missing.
        """

    def path_of(self, key: str) -> Path | None:
        """Return where a picture lies by itself, if it does."""
        return None

    def manifest(self) -> Manifest:
        with self.open(manifest.NAME) as stream:
            return manifest.read(stream.read(manifest.MOST))

    @contextmanager
    def sums(self) -> Iterator[Iterator[tuple[str, str]]]:
        """Lend the list: each file's digest and name."""
        with self.open(manifest.SUMS) as stream:
            lines = io.TextIOWrapper(stream, "utf-8")
            pairs = (line.rstrip("\n").partition("  ") for line in lines)
            yield ((digest, name) for digest, _, name in pairs)

    def files(self) -> Iterator[tuple[str, str, IO[bytes] | None]]:
        """Return the key, the digest and the bytes of each file of the storage."""
        with self.sums() as sums:
            for (digest, name), (found, stream) in zip(sums, self.walk(), strict=False):
                if name != found:
                    raise BackupError(f"{found} is not where it should be: {name}.")
                if KEY.fullmatch(name):
                    yield name.removeprefix("files/"), digest, stream

    def verify(self, said: Manifest, progress: Progress) -> list[str]:
        """Read everything; return what is damaged. Raises BackupError for the list."""
        with self.open(manifest.SUMS) as stream:
            if digest_of(stream) != said.sums:
                raise BackupError("The list of digests of this backup is damaged.")
        damaged = []
        progress.begin()
        with self.sums() as sums:
            walk = self.walk()
            for digest, name in sums:
                found, bytes_ = next(walk, ("", None))
                if found != name or bytes_ is None or digest_of(bytes_) != digest:
                    damaged.append(name)
                progress.add("Checked", 1, bytes_.tell() if bytes_ else 0)
        return damaged


def digest_of(stream: IO[bytes]) -> str:
    """Return a SHA-256; nothing where the bytes end too early."""
    digest = hashlib.sha256()
    try:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    except (OSError, tarfile.ReadError):
        return ""
    return digest.hexdigest()


class FolderSource(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.root = path.resolve()

    def open(self, name: str) -> IO[bytes]:
        try:
            return self.file(name).open("rb")
        except FileNotFoundError as error:
            words = BROKEN_OFF.format(self.path)
            if name != manifest.NAME:
                words = f"{name} is missing in this backup."
            raise BackupError(words) from error

    def file(self, name: str) -> Path:
        """Return where a file lies. Raises BackupError for what leads out of here."""
        path = self.path / name
        if path.exists() and not path.is_file():
            raise BackupError(f"{name!r} is no file.")
        if not path.resolve().is_relative_to(self.root):
            raise BackupError(f"{name!r} lies outside of this backup.")
        return path

    def path_of(self, key: str) -> Path | None:
        return self.file(f"files/{key}")

    def walk(self) -> Iterator[tuple[str, IO[bytes] | None]]:
        with self.sums() as sums:
            for _digest, name in sums:
                # Whoever could write the list could name any file.
                try:
                    stream = self.file(name).open("rb")
                except FileNotFoundError:
                    yield name, None
                    continue
                with stream:
                    yield name, stream


class TarSource(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        # Where everything but the pictures lies; there are too many of those.
        self.places: dict[str, tarfile.TarInfo] = {}
        try:
            self.tar = tarfile.open(path, "r:")  # noqa: SIM115
            for info in members(self.tar):
                if not info.name.startswith("files/"):
                    self.places[info.name] = info
        except (tarfile.TarError, OSError) as error:
            raise BackupError(f"{path} is no tar that can be read: {error}") from error
        if manifest.NAME not in self.places:
            raise BackupError(BROKEN_OFF.format(path))

    def open(self, name: str) -> IO[bytes]:
        info = self.places.get(name)
        stream = info and self.tar.extractfile(info)
        if not stream:
            raise BackupError(f"{name} is missing in this backup.")
        return stream

    def walk(self) -> Iterator[tuple[str, IO[bytes] | None]]:
        with tarfile.open(self.path, "r:") as tar:
            for info in members(tar):
                if info.name not in manifest.OURS:
                    yield info.name, tar.extractfile(info)


def members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Return the members one by one, and remember none of them."""
    while info := tar.next():
        # A type stub does not know the list, which holds every member otherwise.
        tar.members.clear()  # type: ignore[attr-defined]
        if info.isreg():
            yield info


def source_at(path: Path) -> Source:
    """Open a backup. Raises BackupError where there is none."""
    if not path.exists():
        raise BackupError(f"There is no {path}.")
    return FolderSource(path) if path.is_dir() else TarSource(path)


def named(names: list[str]) -> str:
    """Name these files in a sentence, not more of them than anybody reads."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
