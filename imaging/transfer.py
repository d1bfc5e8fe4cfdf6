"""Stored bytes over HTTP: headers, conditions, ranges, and the last byte's arrival.

All bytes go through an iterator of ours. A server's sendfile would hide the last byte
from us, keep the database connection meanwhile, and never give up on a silent client.
"""

from __future__ import annotations

import fcntl
import logging
import re
import select
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.db import connections
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

logger = logging.getLogger(__name__)

# Faster than 1 MiB, and 200 clients that stopped reading keep 50 MB of our memory.
BLOCK = 1 << 18
# After so many seconds in which a client took nothing, it has not got the file.
SILENCE = 60
# Within so many milliseconds it shows that a client has left what its kernel took.
GRACE = 100
RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,99})\s*-\s*([0-9]{0,99})\s*", re.I)
NOT_PLAIN = re.compile(r"""[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]""")
SEPARATORS = str.maketrans("/\\", "__")


class Source(Protocol):
    """What the bytes are read from: a file, or the body of a storage's answer."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Stored:
    """Bytes in the storage, and what a client is told about them.

    `tag` changes with the bytes; `modified` may be left out, `cache` is how they may
    be kept.
    """

    key: str
    size: int
    content_type: str
    name: str
    tag: str
    modified: datetime | None
    cache: str

    @property
    def etag(self) -> str:
        return f'"{self.tag}"'

    @property
    def seconds(self) -> int | None:
        """Return when the bytes came to be, as HTTP tells time: in whole seconds."""
        return int(self.modified.timestamp()) if self.modified else None


def send(
    request: HttpRequest,
    stored: Stored,
    disposition: str,
    taken: Callable[[], None] | None = None,
) -> HttpResponseBase:
    """Answer a GET or HEAD with stored bytes; call `taken` once all of them are taken.

    Raises Http404 when the bytes are not there.
    """
    answer = HttpResponse(headers=headers_of(stored, disposition))
    checked = get_conditional_response(request, stored.etag, stored.seconds, answer)
    if checked is not None and checked is not answer:
        return checked
    asked = asked_part(request, stored)
    part = range(stored.size) if asked is None else asked
    if not part:
        none = {"Content-Range": f"bytes */{stored.size}"}
        return HttpResponse(status=416, headers=none)
    answer["Content-Length"] = str(len(part))
    if asked is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{stored.size}"
    if request.method == "HEAD":
        return answer
    whole = len(part) == stored.size
    connection = request.META.get("gunicorn.socket")
    body = Body(stored.key, part, connection, taken if whole else None)
    return StreamingHttpResponse(
        body, status=answer.status_code, headers=answer.headers
    )


def headers_of(stored: Stored, disposition: str) -> dict[str, str]:
    """Return the headers that every answer about these bytes bears."""
    headers = {
        "Content-Type": stored.content_type,
        "Content-Disposition": with_name(disposition, stored.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": stored.cache,
        "Accept-Ranges": "bytes",
        "ETag": stored.etag,
    }
    if stored.seconds is not None:
        headers["Last-Modified"] = http_date(stored.seconds)
    return headers


def with_name(disposition: str, name: str) -> str:
    """Return a Content-Disposition with a file name, as RFC 6266 and 8187 write it.

    Clients that do not know the second form get the first, in plain ASCII.
    """
    name = "".join(c for c in name if c.isprintable()).translate(SEPARATORS)
    plain = NOT_PLAIN.sub("_", name)
    header = f'{disposition}; filename="{plain}"'
    if plain != name:
        header += f"; filename*=UTF-8''{quote(name, safe='')}"
    return header


def asked_part(request: HttpRequest, stored: Stored) -> range | None:
    """Return which bytes are asked for; None means all, as if none had been named.

    Empty when there are none there. Several parts at once are answered with all, and
    so is a part of something that has changed since (If-Range).
    """
    match = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or not match or not is_current(request, stored):
        return None
    first, last = match.groups()
    if not first:
        return range(max(stored.size - int(last), 0), stored.size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last or stored.size) + 1, stored.size))


def is_current(request: HttpRequest, stored: Stored) -> bool:
    """Say whether the client's earlier part, if it names one, is of these bytes."""
    condition = request.headers.get("If-Range")
    if condition is None or condition == stored.etag:
        return True
    date = parse_http_date_safe(condition)
    return date is not None and date == stored.seconds


class Body:
    """Stored bytes, block by block; after the last one was taken, `taken` is called."""

    def __init__(
        self,
        key: str,
        part: range,
        connection: socket.socket | None,
        taken: Callable[[], None] | None,
    ) -> None:
        self.key = key
        self.left = len(part)
        self.connection = connection
        self.taken = taken
        self.source = open_part(key, part)

    def __iter__(self) -> Iterator[bytes]:
        release_connections()
        while self.left:
            block = self.source.read(min(BLOCK, self.left))
            if not block:
                raise EOFError(f"{self.key} ends {self.left} bytes too early.")
            self.left -= len(block)
            yield block
        if self.taken and is_taken(self.connection):
            self.taken()

    def close(self) -> None:
        self.source.close()


def release_connections() -> None:
    """Give back what is given back after a request: a slow client needs none."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def open_part(key: str, part: range) -> Source:
    """Open stored bytes where `part` begins; raises Http404 when there are none."""
    try:
        file = default_storage.open(key)
    except FileNotFoundError as error:
        logger.error("The bytes of %s are missing.", key)
        raise Http404 from error
    if remote := getattr(file, "obj", None):
        # S3: the storage's file would first fetch the whole object into memory.
        return remote.get(Range=f"bytes={part[0]}-{part[-1]}")["Body"]
    file.seek(part[0])
    return file


def is_taken(connection: socket.socket | None) -> bool:
    """Wait until the client has taken every byte; say whether it did.

    That all was written means little: the kernel keeps up to 4 MB for a client that
    reads nothing. Without gunicorn's socket (another server, a test client) nobody
    can know, and what was written counts.
    """
    if connection is None:
        return True
    if not is_drained(connection):
        return False
    # The other kernel has it all, but a client that leaves without reading it resets
    # the connection. One that asks for more, or ends it in peace, has read it.
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    return not any(event & select.POLLERR for _, event in poller.poll(GRACE))


def is_drained(connection: socket.socket) -> bool:
    """Wait until nothing is left in our kernel; False when the client does not read."""
    poller = select.poll()
    # Errors and hang-ups are told unasked. A client that has merely ended its own side
    # may still be reading.
    poller.register(connection, 0)
    least, until, pause = sys.maxsize, 0.0, 0
    while left := untaken(connection):
        if left < least:
            least, until = left, time.monotonic() + SILENCE
        elif time.monotonic() > until:
            break
        pause = min(2 * pause + 1, 50)
        if poller.poll(pause):
            break
    return not untaken(connection)


def untaken(connection: socket.socket) -> int:
    """Return how many bytes the kernel still keeps for this client."""
    try:
        answer = fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4)
    except OSError:
        return 0  # not every system can tell
    return int(struct.unpack("i", answer)[0])
