"""Connections pinned to checked addresses, each request under one deadline."""

import functools
import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProtocolError
from urllib3.response import HTTPResponse

from imaging.outgoing import address

# One TLS record: the socket's time-out holds for each of them, not for all.
PIECE = 16_384
IDLE = 30.0
MAX_IDLE = 64

Body = bytes | IO[bytes] | Iterable[bytes] | None


class Trip:
    """The time one request may take, and whether any of it may have arrived.

    `pauses` are the longest waits in seconds: for a connection, for the next bytes.
    """

    def __init__(self, seconds: float, pauses: tuple[float, float]) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds
        self.connecting, self.reading = pauses
        self.sent = False

    def left(self, pause: float) -> float:
        """Return how long the next step may wait; TimeoutError when time is up."""
        remaining = self.ends - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the deadline has passed")
        return min(remaining, pause)


class _Incoming(io.RawIOBase):
    """A socket's bytes, each wait for them cut to what is left of the trip."""

    def __init__(self, sock: socket.socket, trip: Trip) -> None:
        self._sock, self._trip = sock, trip
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._trip.left(self._trip.reading))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Reader(io.BufferedReader):
    """Never reads "all": a negative chunk size would turn into that."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise ProtocolError("a length below zero")
        return super().read(size)


@dataclass(frozen=True)
class _Source:
    """What `http.client` wants of a socket when it reads an answer."""

    sock: socket.socket
    trip: Trip

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Reader(_Incoming(self.sock, self.trip))


class Line(HTTPConnection):
    """A connection to an address that was checked when it was resolved, once."""

    route: "Route"
    trip: Trip

    def ask(
        self,
        trip: Trip,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: Body,
    ) -> HTTPResponse:
        """Send one request and return its answer as soon as its headers are here."""
        self.trip = trip
        trip.sent = False
        try:
            self.request(
                method, target, body=body, headers=headers, preload_content=False
            )
        except (BrokenPipeError, ConnectionResetError):
            # A refusal may lie there already: some hang up in the middle of a body.
            if not trip.sent:
                raise
        return self.getresponse()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.trip.sent = True
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            self.sock.settimeout(self.trip.left(self.trip.reading))
            self.sock.sendall(view[start : start + PIECE])

    def _new_conn(self) -> socket.socket:
        return self.route.dial(self.trip)

    def response_class(  # type: ignore[override]
        self, sock: socket.socket, **options: Any
    ) -> http.client.HTTPResponse:
        source: Any = _Source(sock, self.trip)
        return http.client.HTTPResponse(source, **options)


class SecureLine(Line, HTTPSConnection):
    """The same under TLS, which verifies the name and not the address."""


@functools.cache
def trust(ca: str | None) -> ssl.SSLContext:
    """Return the TLS settings: the usual authorities, or those of one file."""
    return ssl.create_default_context(cafile=ca or DEFAULT_CA_BUNDLE_PATH)


@dataclass(frozen=True)
class Route:
    """Where to, and by which rules; connections are shared between equal routes."""

    origin: address.Origin
    private: bool
    resolve: address.Resolve
    ca: str | None = None

    def line(self) -> Line:
        """Return a line that connects when it is first asked."""
        _, host, port = self.origin
        line = Line(host, port)
        if self.origin.scheme == "https":
            line = SecureLine(host, port, ssl_context=trust(self.ca))
        line.route = self
        return line

    def dial(self, trip: Trip) -> socket.socket:
        """Connect to the first checked address that answers."""
        *others, last = address.addresses(
            self.origin,
            private=self.private,
            resolve=self.resolve,
            seconds=trip.left(trip.connecting),
        )
        for one in others:
            with suppress(OSError):
                return self._connect(one, trip)
        return self._connect(last, trip)

    def _connect(self, where: str, trip: Trip) -> socket.socket:
        sock = socket.create_connection(
            (where, self.origin.port), trip.left(trip.connecting)
        )
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            # The handshake that may follow counts as connecting.
            sock.settimeout(trip.left(trip.connecting))
        except TimeoutError:
            sock.close()
            raise
        return sock


class Pool:
    """Idle lines, shared by all threads of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Start anew; a forked child must not speak on its parent's connections."""
        self._lock = threading.Lock()
        self._idle: dict[Route, deque[tuple[float, Line]]] = {}
        self._swept = self._clock()

    def take(self, route: Route) -> Line | None:
        """Return a line that still stands, if there is one."""
        while True:
            with self._lock:
                if not (lines := self._idle.get(route)):
                    return None
                _, line = lines.pop()
            if line.is_connected:
                return line
            line.close()

    def give(self, line: Line) -> None:
        """Keep a line whose last answer was read to its end."""
        now = self._clock()
        with self._lock:
            lines = self._idle.setdefault(line.route, deque())
            lines.append((now, line))
            dropped = [lines.popleft()[1]] if len(lines) > MAX_IDLE else []
            dropped += self._sweep(now)
        for one in dropped:
            one.close()

    def _sweep(self, now: float) -> list[Line]:
        """Take out what nobody has used for long; called under the lock."""
        old: list[Line] = []
        if now - self._swept < IDLE / 3:
            return old
        self._swept = now
        for route, lines in list(self._idle.items()):
            while lines and now - lines[0][0] > IDLE:
                old.append(lines.popleft()[1])
            if not lines:
                del self._idle[route]
        return old


pool = Pool()
os.register_at_fork(after_in_child=pool.forget)
