"""Many stored files as one ZIP: of a size known before, sent while it is made."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils import timezone
from zipstream import ZipStream

from imaging.delivery.handover import Body, blocks_of, connection_of
from imaging.delivery.transfer import with_name
from imaging.pictures import clean_name

# Headers are not worth a packet of their own.
SMALL = 1 << 14
# Where a file's time stands in its header, and in its row of the directory.
IN_HEADER, IN_ROW = 10, 12
FIRST = struct.pack("<HH", 0, 1 << 5 | 1)
# So many files, or bytes before the directory, need a larger end; and what that adds.
MANY, FAR, LARGER = 0xFFFF, (1 << 31) - 1, 76
# What some systems take in no name, and which names they keep for themselves.
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
DEVICES = {"con", "prn", "aux", "nul"}
DEVICES |= {f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)}
# Most file systems take 255, and a number may have to be added.
LONGEST = 240


@dataclass(frozen=True)
class Member:
    """One file of an archive: where it is stored, and what it is to be called."""

    key: str
    size: int
    name: str
    time: datetime


class Archive:
    """A ZIP of stored files, uncompressed: a source of `size` bytes to be sent."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.stream = ZipStream(sized=True)
        self.times: list[bytes] = []
        names, directory = Names(), 22
        for one in members:
            name = names.unique(one.name)
            self.stream.add(blocks_of(one.key, one.size), name, size=one.size)
            self.times.append(dos_time(one.time))
            directory += 46 + len(name.encode())
        self.size = len(self.stream)
        if len(self.times) == MANY and self.size - directory <= FAR:
            # Of just so many its maker tells too little, and then makes it right.
            self.size += LARGER
        self.pieces = self.made()

    def made(self) -> Iterator[bytes]:
        """Yield the ZIP. Its maker knows no time but now, so ours is put in."""
        for time in self.times:
            file = self.stream.file()
            yield stamped(next(file), IN_HEADER, time)
            yield from file
        directory = self.stream.footer()
        for time in self.times:
            yield stamped(next(directory), IN_ROW, time)
        yield from directory

    def read(self, _size: int, /) -> bytes:
        """Return the next bytes, as many as come at once; none at the end."""
        found, length = [], 0
        while length < SMALL and (piece := next(self.pieces, b"")):
            found.append(piece)
            length += len(piece)
        return b"".join(found)

    def close(self) -> None:
        self.pieces = iter(())


class Names:
    """Names of files side by side in one folder, on whatever system."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.numbers: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """Return the name, fit for every system, with a number if it is given away."""
        name = fit(name)
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
        number = self.numbers.get(name.casefold(), 1)
        made = name
        while made.casefold() in self.given:
            number += 1
            made = f"{stem} ({number}){suffix}"
        self.numbers[name.casefold()] = number
        self.given.add(made.casefold())
        return made


def fit(name: str) -> str:
    """Return a name that every system takes: no path, no device, not too long."""
    name = clean_name(name.translate(FORBIDDEN))
    suffix = PurePosixPath(name).suffix
    stem = name[: len(name) - len(suffix)]
    if stem.partition(".")[0].rstrip().casefold() in DEVICES:
        stem = f"_{stem}"
    room = LONGEST - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix


def dos_time(moment: datetime) -> bytes:
    """Write a time as ZIP does: here, in steps of two seconds, from 1980 on."""
    here = timezone.localtime(moment)
    if here.year < 1980:
        return FIRST
    date = here.year - 1980 << 9 | here.month << 5 | here.day
    time = here.hour << 11 | here.minute << 5 | here.second // 2
    return struct.pack("<HH", time, date)


def stamped(piece: bytes, place: int, time: bytes) -> bytes:
    return piece[:place] + time + piece[place + len(time) :]


def send(
    request: HttpRequest,
    archive: Archive,
    name: str,
    taken: Callable[[], None],
    ended: Callable[[int], None] | None = None,
) -> HttpResponseBase:
    """Answer with a whole ZIP; `taken` and `ended` are called as in transfer.send."""
    headers = {
        "Content-Type": "application/zip",
        "Content-Length": str(archive.size),
        "Content-Disposition": with_name("attachment", name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        # It cannot be continued: what was broken off is not counted.
        "Accept-Ranges": "none",
    }
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    whole = range(archive.size)
    body = Body(archive, whole, connection_of(request), taken, ended)
    return StreamingHttpResponse(body, headers=headers)
