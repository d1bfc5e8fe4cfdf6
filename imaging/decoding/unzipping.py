"""A stranger's ZIP taken apart: checked as a whole first, then file by file.

Names of entries are never paths here: the caller chooses where each goes.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path, PurePosixPath, PureWindowsPath

CHUNK = 65_536
MEMBERS = 200
RATIO = 1_000
# So small an entry may be as well packed as it likes.
FREE = 1 << 20
# Length of a local header without its name and extra field.
HEADER = 30
# Before each entry of the list at an archive's end.
LISTED = b"PK\x01\x02"
# What reading an entry raises; a name in no known letters is a ValueError.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class BadArchive(Exception):
    """An archive that is damaged or meant to do harm; the sentence says how."""


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold, unpacked, in bytes."""

    total: int
    each: int
    members: int = MEMBERS


class Archive:
    """An open archive whose entries have been checked; see `opened`."""

    def __init__(self, file: zipfile.ZipFile, bounds: Bounds) -> None:
        self._file, self.bounds = file, bounds
        # Not `is_dir`, which breaks on an entry without a name.
        self.members = [one for one in file.infolist() if one.filename[-1:] != "/"]
        self._left = bounds.total
        self._check()

    @property
    def names(self) -> list[str]:
        return [one.filename for one in self.members]

    def unpack(self, name: str, to: Path, most: int | None = None) -> int:
        """Write one entry to a path and return its size, counting what comes out.

        What the archive says of sizes is checked, and not believed.
        """
        limit = min(most or self.bounds.each, self.bounds.each, self._left)
        size = 0
        try:
            with self._file.open(name) as source, to.open("wb") as file:
                while piece := source.read(CHUNK):
                    size += len(piece)
                    if size > limit:
                        raise BadArchive(f"An entry has more than {limit:,} bytes.")
                    file.write(piece)
        except DAMAGED as error:
            raise BadArchive("An entry of the archive is damaged.") from error
        self._left -= size
        return size

    def _check(self) -> None:
        if len(self.members) > self.bounds.members:
            raise BadArchive(f"It has more than {self.bounds.members} entries.")
        if len(set(self.names)) < len(self.members):
            raise BadArchive("Two of its entries have the same name.")
        if sum(one.file_size for one in self.members) > self.bounds.total:
            raise BadArchive(f"Unpacked it has more than {self.bounds.total:,} bytes.")
        for one in self.members:
            _check_entry(one, self.bounds.each)
        self._check_overlaps()

    def _check_overlaps(self) -> None:
        """Refuse entries that share bytes, by which a small file becomes endless."""
        end = 0
        for one in sorted(self.members, key=lambda entry: entry.header_offset):
            if one.header_offset < end:
                raise BadArchive("Its entries lie on each other.")
            end = one.header_offset + HEADER + one.compress_size


def _check_entry(one: zipfile.ZipInfo, each: int) -> None:
    """Refuse what no honest archive of pictures holds."""
    if one.flag_bits & 0x1:
        raise BadArchive("One of its entries is encrypted.")
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive("One of its entries is packed in an unusual way.")
    if stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BadArchive("One of its entries is a link or a device.")
    if leads_out(one.orig_filename):
        raise BadArchive("One of its entries leads out of the archive.")
    if one.file_size > each:
        raise BadArchive(f"One of its entries has more than {each:,} bytes.")
    if one.file_size > max(FREE, one.compress_size * RATIO):
        raise BadArchive("One of its entries is packed beyond belief.")


def leads_out(name: str) -> bool:
    """Say whether a name, taken as a path of any system, leaves its folder."""
    windows = PureWindowsPath(name)
    absolute = PurePosixPath(name).is_absolute() or windows.drive or windows.root
    return bool(absolute) or ".." in windows.parts or "\0" in name


@contextmanager
def opened(path: Path, bounds: Bounds) -> Iterator[Archive]:
    """Lend an archive that has been checked as a whole. Raises BadArchive."""
    _refuse_long_lists(path, bounds.members)
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadArchive("It cannot be read to its end.") from error
    with file:
        yield Archive(file, bounds)


def _refuse_long_lists(path: Path, members: int) -> None:
    """Refuse a list that would fill the memory; pixels may look like a few entries."""
    if not path.stat().st_size:
        raise BadArchive("It is empty.")
    found, at = 0, 0
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        while (at := data.find(LISTED, at) + 1) and found <= 2 * members:
            found += 1
    if found > 2 * members:
        raise BadArchive(f"It has more than {members} entries.")
