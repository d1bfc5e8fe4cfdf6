"""Stored bytes into a client's hands: sent, and known to have been taken.

All bytes are sent from an iterator of ours. The server's own sendfile would hide the
last byte from us, keep the database connection, and never give up on a silent client.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connections
from django.http import Http404, HttpRequest

logger = logging.getLogger(__name__)

# Faster than 1 MiB, and 200 clients that stopped reading keep 50 MB of our memory.
BLOCK = 1 << 18
# After so many seconds in which a client took nothing, it has not got the file.
SILENCE = 60
# Within so many milliseconds it shows that a client has left what its kernel took.
GRACE = 100


class Source(Protocol):
    """What the bytes are read from: a file, a storage's answer, an archive."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Body:
    """Bytes on their way; after the last one was taken, `taken` is called.

    `source` stands where `part` begins. `ended` is called when it is over, however it
    went, with the number of bytes that were handed over.
    """

    def __init__(
        self,
        source: Source,
        part: range,
        connection: socket.socket | None,
        taken: Callable[[], None] | None,
        ended: Callable[[int], None] | None = None,
    ) -> None:
        self.source, self.part, self.left = source, part, len(part)
        self.connection = connection
        self.taken, self.ended = taken, ended

    def __iter__(self) -> Iterator[bytes]:
        release_connections()
        yield self.block()
        # With the first block the server has sent its headers.
        self.send()
        while self.left:
            yield self.block()
        if self.taken and is_taken(self.connection):
            self.taken()

    def block(self) -> bytes:
        data = self.source.read(min(BLOCK, self.left))
        self.advance(len(data))
        return data

    def advance(self, count: int) -> None:
        if not count:
            name = getattr(self.source, "name", "What is sent")
            raise EOFError(f"{name} ends {self.left} bytes too early.")
        self.left -= count

    def send(self) -> None:
        """Send the rest ourselves, so that a client that takes nothing is noticed.

        The kernel alone does it for a local file, at a third of the work. Raises
        BlockingIOError when the client takes nothing for long.
        """
        to, source = self.connection, self.source
        if type(to) is not socket.socket:
            return  # encrypted in this process, or nobody knows
        poller = select.poll()
        poller.register(to, select.POLLOUT)
        # Left to block, it would wait for ever: the socket's own limit does not count.
        to.setblocking(False)
        try:
            while self.left:
                if isinstance(source, File):
                    self.send_by_kernel(to.fileno(), source.fileno(), poller)
                else:
                    push(to, self.block(), poller)
        finally:
            to.setblocking(True)

    def send_by_kernel(self, to: int, source: int, poller: select.poll) -> None:
        place = self.part.stop - self.left
        try:
            self.advance(os.sendfile(to, source, place, self.left))
        except BlockingIOError:
            if not poller.poll(SILENCE * 1000):
                raise

    def close(self) -> None:
        self.source.close()
        if self.ended:
            unsent = untaken(self.connection) if self.connection else 0
            self.ended(max(len(self.part) - self.left - unsent, 0))


def push(to: socket.socket, data: bytes, poller: select.poll) -> None:
    """Send all of it. Raises BlockingIOError when the client takes nothing for long."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[to.send(rest) :]
        except BlockingIOError:
            if not poller.poll(SILENCE * 1000):
                raise


def connection_of(request: HttpRequest) -> socket.socket | None:
    """Return the client's own connection, where the server tells; HTTP/2 shares it."""
    if request.META.get("SERVER_PROTOCOL", "").startswith("HTTP/1"):
        return request.META.get("gunicorn.socket")
    return None


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


def blocks_of(key: str, size: int) -> Iterator[bytes]:
    """Read stored bytes block by block, opened when their turn has come."""
    source = open_part(key, range(size))
    try:
        while block := source.read(BLOCK):
            yield block
    finally:
        source.close()


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
