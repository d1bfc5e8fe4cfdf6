"""Runs one job over hostile bytes in a limited child process of its own.

The children are forked by a small server that has the codecs loaded and knows nothing
of this process: not its environment, its sockets, its threads or its memory.
"""

# Not multiprocessing's fork server: that one hands the environment on, reads pickles
# from its children, breaks in a forked worker, and costs nine times as much per child.

import atexit
import json
import math
import os
import socket
import struct
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

AT_ONCE = 2
IDLE = 60.0  # seconds after which an unused server, some 30 MB, is let go
START = 30.0  # seconds in which a server must have its codecs loaded
GRACE = 0.5  # seconds beyond its time that a child has to end by itself
REAP = 5.0  # seconds in which it must have said how a child ended
REPLY_LIMIT = 16 * 1024 * 1024
ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ("PYTHONPATH", "LD_LIBRARY_PATH")
SETTINGS = {
    "LANG": "C.UTF-8",
    # A fork copies only one thread, so numpy must not have started more.
    "OPENBLAS_NUM_THREADS": "1",
    # Every child touches its memory for the first time, which is dear in small pages.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
LENGTH = struct.Struct("=I")
STATUS = struct.Struct("=i")


class SandboxError(RuntimeError):
    """The sandbox itself does not work: the installation's fault, not the file's."""


class Died(Exception):  # noqa: N818 - what became of a child, no fault of ours
    """A child ended, or was ended, without an answer.

    `signal` is what ended it, 0 for none; `said` is what it had said before.
    """

    def __init__(self, signal: int, said: list[dict[str, Any]]) -> None:
        super().__init__(f"The child ended by signal {signal}.")
        self.signal = signal
        self.said = said


class OutOfTime(Died):
    """A child was still at work when its time on the clock was over."""


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of memory and of file, seconds, pixels.

    `patience` is how many times its seconds may pass on the clock meanwhile.
    """

    memory: int
    seconds: int
    pixels: float
    file: int = 0
    patience: float = 4 / 3

    def processor(self, pixels: float) -> int:
        """Return the seconds of computing that a picture of so many pixels may take.

        An honest PNG of 62 megapixels needs more than 3 s here, a HEIC more than 4 s,
        so what the header announces beyond 12 megapixels adds to the limit.
        """
        return self.seconds + math.ceil(0.08 * max(0.0, pixels / 1e6 - 12))

    def clock(self, pixels: float) -> float:
        """Return the same on the clock, where the child shares a processor."""
        return self.processor(pixels) * self.patience


@dataclass(frozen=True)
class Answer:
    """What a child said: objects in order, and the bytes behind them."""

    said: list[dict[str, Any]]
    rest: bytes


class Server:
    """A running fork server, and the socket by which children are ordered from it."""

    def __init__(self, *, yields: bool = False) -> None:
        self.control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= SETTINGS
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  # nosec B603
                [sys.executable, "-m", "imaging.decoding.forkserver", str(+yields)],
                cwd=ROOT,
                env=environment,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.control.settimeout(START)
        if not self.is_ready():
            self.close()
            raise SandboxError("The process that decodes pictures does not start.")

    def is_ready(self) -> bool:
        try:
            return bool(self.control.recv(1))
        except OSError:
            return False

    def close(self) -> None:
        """End the server, and with it its children; return when it is gone."""
        self.process.kill()
        self.control.close()
        self.process.wait()

    def ask(self, request: bytes, files: Sequence[int], limits: Limits) -> Answer:
        """Have a child answer. Raises ConnectionError when the server has gone."""
        # Closing `fate` makes the server kill the child, whatever happens here.
        with pair() as (ours, theirs), pair() as (fate, their_fate):
            try:
                order = [their_fate.fileno(), theirs.fileno(), *files]
                socket.send_fds(self.control, [b"!"], order)
                ours.sendall(LENGTH.pack(len(request)) + request)
            except OSError as error:
                raise ConnectionError from error
            theirs.close()
            their_fate.close()
            return hear(ours, fate, limits)


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def hear(ours: socket.socket, fate: socket.socket, limits: Limits) -> Answer:
    """Read a child's answer, or how the child ended that has not given it in full."""
    received = bytearray()
    for chunk in chunks(ours, limits, received):
        received += chunk
        if len(received) > REPLY_LIMIT:
            raise Died(0, [])
    said, rest = understand(received)
    if rest is not None:
        return Answer(said, rest)
    fate.settimeout(REAP)
    status = fate.recv(STATUS.size)
    if len(status) < STATUS.size:
        raise ConnectionResetError
    raise Died(max(0, -os.waitstatus_to_exitcode(*STATUS.unpack(status))), said)


def chunks(
    source: socket.socket, limits: Limits, received: bytearray
) -> Iterator[bytes]:
    """Read to the end; raise OutOfTime when it takes longer than it may.

    The child should have ended by itself then: this is for one that is stopped, or has
    been taken over.
    """
    began, allowed = time.monotonic(), limits.clock(0)
    while True:
        left = began + allowed + GRACE - time.monotonic()
        source.settimeout(max(0.001, left))
        try:
            chunk = source.recv(1 << 18)
        except TimeoutError:
            said, _ = understand(received)
            wider = limits.clock(min(announced(said), limits.pixels))
            if wider <= allowed:
                raise OutOfTime(0, said) from None
            allowed = wider
            continue
        if not chunk:
            return
        yield chunk


def announced(said: list[dict[str, Any]]) -> float:
    """Return the pixels of the picture that a child is busy with, as far as it said."""
    numbers = [thing.get("pixels") for thing in said]
    return max((n for n in numbers if isinstance(n, int)), default=0)


def understand(received: bytearray) -> tuple[list[dict[str, Any]], bytes | None]:
    """Take apart what a child has said so far; the bytes at its end once all are there.

    It may have been taken over: no length is believed, and nothing but JSON read.
    """
    said: list[dict[str, Any]] = []
    at = 0
    while len(received) >= at + LENGTH.size:
        (length,) = LENGTH.unpack_from(received, at)
        at += LENGTH.size
        if not length:
            rest = bytes(received[at + LENGTH.size :])
            whole = received[at : at + LENGTH.size] == LENGTH.pack(len(rest))
            return said, rest if whole else None
        try:
            said.append(dict(json.loads(received[at : at + length])))
        except (ValueError, TypeError, RecursionError):
            break
        at += length
    return said, None


class Sandbox:
    """The way of this process to its children; many threads may use it at once.

    Where it `yields`, they leave the processor to those that somebody waits for.
    """

    yields = False

    def __init__(self) -> None:
        self.reset()
        os.register_at_fork(after_in_child=self.forget)
        atexit.register(self.close)

    def reset(self) -> None:
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(AT_ONCE)
        self.server: Server | None = None
        self.users = 0
        self.used = 0.0

    def run(self, job: dict[str, Any], files: Sequence[int], limits: Limits) -> Answer:
        """Let a child do `job` on open `files`; raises Died when it did not answer."""
        request = json.dumps(job | {"limits": asdict(limits)}).encode()
        with self.slots:
            for _ in range(2):
                with self.running() as server:
                    try:
                        return server.ask(request, files, limits)
                    except ConnectionError:
                        self.drop(server)
        raise SandboxError("The process that decodes pictures ended unexpectedly.")

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Lend the server, started if need be, and kept from being let go."""
        with self.lock:
            if self.server is None:
                self.server = Server(yields=self.yields)
                watch = threading.Thread(target=self.let_go, args=[self.server])
                watch.daemon = True
                watch.start()
            server = self.server
            self.users += 1
        try:
            yield server
        finally:
            with self.lock:
                self.users -= 1
                self.used = time.monotonic()

    def let_go(self, server: Server) -> None:
        """Wait until a server has been idle for long, and end it."""
        while self.server is server:
            time.sleep(IDLE / 4)
            with self.lock:
                idle = not self.users and time.monotonic() - self.used > IDLE
                if idle and self.server is server:
                    self.server = None
                    server.close()

    def drop(self, server: Server) -> None:
        """End a server that has failed."""
        with self.lock:
            if self.server is server:
                self.server = None
                server.close()

    def close(self) -> None:
        """End the server, if one runs."""
        if self.server is not None:
            self.drop(self.server)

    def forget(self) -> None:
        """In a forked process: the server belongs to the parent, start over.

        The inherited end of its socket is closed, or it would outlive the parent.
        """
        if self.server is not None:
            self.server.control.close()
            self.server.process.returncode = 0
        self.reset()


SANDBOX = Sandbox()
