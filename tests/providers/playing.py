"""A vendor's server for tests: plays what it was told to, over a real socket.

    with Playing() as vendor:
        vendor.on("GET /task/7", answer(503), answer({"state": "done"}))

A script is bytes, or steps: bytes are sent, a number is a wait in seconds, RESET and
HANG_UP end the connection. Several scripts are played in turn, the last one for ever.
"""

import json
import math
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.parser import BytesParser
from http import HTTPStatus
from http.client import parse_headers
from typing import IO, Any, Self

HANG_UP = "hang up"
RESET = "reset"
SILENCE = [math.inf]

Step = bytes | float | str
Steps = bytes | Iterable[Step]


@dataclass(frozen=True)
class Heard:
    """One request as it came in; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, tuple[str | None, bytes]]:
        """Return {field: (file name, bytes)} of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + self.body).get_payload()
        return {
            str(part.get_param("name", header="content-disposition")): (
                part.get_filename(),
                part.get_payload(decode=True),
            )
            for part in parts
        }


Script = Steps | Callable[[Heard], Steps]


class Playing:
    """The server; give scripts to `on`, or override `respond` in a subclass.

    It ends by itself with the block, whatever it is doing. What it did not expect,
    or what went wrong in a script, is raised there.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.heard: list[Heard] = []
        self.connections = 0
        self.server_names: list[str | None] = []
        self._scripts: dict[str, list[Script]] = {}
        self._faults: list[BaseException] = []
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._tls = tls
        if tls:
            tls.sni_callback = lambda _, name, __: self.server_names.append(name)
        self._listener = socket.create_server((host, port), backlog=256)
        self.host, self.port = self._listener.getsockname()[:2]
        self.url = f"{'https' if tls else 'http'}://{self.host}:{self.port}"

    def on(self, route: str, *scripts: Script) -> None:
        """Play these for "METHOD /path", one for each request, the last for ever."""
        self._scripts[route] = list(scripts)

    def count(self, route: str = "") -> int:
        """Return how many requests came in, to one route or in all."""
        return len([one for one in self.heard if route in ("", _route(one))])

    def respond(self, heard: Heard) -> Steps:
        """Return what is played for a request."""
        with self._lock:
            if not (scripts := self._scripts.get(_route(heard))):
                raise AssertionError(f"nobody expected {_route(heard)}")
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script(heard) if callable(script) else script

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        if self._faults and error is None:
            raise self._faults[0]

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            self._start(self._converse, sock)

    def _converse(self, sock: socket.socket) -> None:
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            with sock, sock.makefile("rb") as incoming:
                while heard := _read(incoming):
                    self.heard.append(heard)
                    if not self._play(sock, self.respond(heard)):
                        return
        except OSError:
            return  # the other side went away, as it may
        except Exception as error:  # noqa: BLE001 - raised where the block ends
            self._faults.append(error)

    def _play(self, sock: socket.socket, steps: Steps) -> bool:
        """Send what is to be sent; say whether the connection stays open."""
        head = b""
        for step in [steps] if isinstance(steps, bytes) else steps:
            if isinstance(step, bytes):
                sock.sendall(step)
                head = (head + step[:4096])[:4096]
            elif isinstance(step, str):
                _end(sock, step)
                return False
            elif self._over.wait(None if step == math.inf else step):
                return False
        head = head.partition(b"\r\n\r\n")[0].lower()
        framed = b"content-length:" in head or b"transfer-encoding:" in head
        return framed and b"connection: close" not in head


def _end(sock: socket.socket, how: str) -> None:
    if how == RESET:
        abort = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)


def _route(heard: Heard) -> str:
    return f"{heard.method} {heard.path}"


def _read(incoming: IO[bytes]) -> Heard | None:
    """Read one request; None when there is no further one."""
    line = incoming.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = {name.lower(): value for name, value in parse_headers(incoming).items()}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(_chunks(incoming))
    else:
        body = incoming.read(int(headers.get("content-length", 0)))
    return Heard(line[0], line[1], headers, body)


def _chunks(incoming: IO[bytes]) -> Iterator[bytes]:
    while size := int(incoming.readline(), 16):
        yield incoming.read(size)
        incoming.readline()
    incoming.readline()


def answer(body: Any = b"", status: int = 200, type: str = "", **headers: str) -> bytes:
    """Return a whole answer; what is not bytes becomes JSON. Retry_After=Retry-After"""
    if not isinstance(body, bytes):
        type, body = type or "application/json", json.dumps(body).encode()
    lines = {"Content-Type": type or "application/octet-stream", **headers}
    lines["Content-Length"] = str(len(body))
    known = status in HTTPStatus._value2member_map_
    phrase = HTTPStatus(status).phrase if known else "Refused"
    head = f"HTTP/1.1 {status} {phrase}\r\n" + "".join(
        f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()
    )
    return head.encode() + b"\r\n" + body


def redirect(to: str, status: int = 302) -> bytes:
    return answer(b"", status, Location=to)


def slow(script: bytes, seconds: float) -> list[Step]:
    """Return a script that begins after a while."""
    return [seconds, script]


def drip(script: bytes, gap: float, size: int = 1) -> list[Step]:
    """Return a script that is sent a few bytes at a time."""
    pieces = [script[at : at + size] for at in range(0, len(script), size)]
    return [step for piece in pieces for step in (piece, gap)]


def half(script: bytes, end: str = HANG_UP) -> list[Step]:
    """Return a script that breaks off in the middle of its body."""
    head, _, body = script.partition(b"\r\n\r\n")
    return [head + b"\r\n\r\n" + body[: len(body) // 2], end]


def chunked(pieces: Iterable[bytes], gap: float = 0, *, ended: bool = True) -> Script:
    """Return a script that sends pieces as chunks, with a wait after each."""

    def play(_: Heard) -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        for piece in pieces:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
            yield gap
        yield b"0\r\n\r\n" if ended else HANG_UP

    return play


def giant(size: int, *, declared: bool = True) -> Script:
    """Return a script with a body of zeros, of which it holds but one piece."""
    piece = bytes(65_536)

    def play(_: Heard) -> Iterator[Step]:
        length = f"Content-Length: {size}\r\n" if declared else ""
        yield f"HTTP/1.1 200 OK\r\n{length}\r\n".encode()
        for start in range(0, size, len(piece)):
            yield piece[: size - start]

    return play
