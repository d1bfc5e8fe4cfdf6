"""The server that forks a limited child for each hostile file (`sandbox` starts it).

It loads the codecs once, reads nothing but orders, and never touches a file's bytes.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from imaging.decoding.sandbox import LENGTH, STATUS, Limits

Work = Callable[[dict[str, Any], socket.socket, list[int]], None]
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MOST_FILES = 8
NICE = 10
HIGHEST_FILE = 64


def main() -> None:
    """Serve until the process that started us is gone."""
    from imaging.decoding import jobs

    if sys.argv[1:] == ["1"]:
        yield_processor()
    jobs.preload()
    # What is frozen is not touched by the collector: forked pages stay shared.
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=sys.stdin.fileno())
    control.send(b"!")
    Forks(control, jobs.work).serve()


def yield_processor() -> None:
    """Let this process and its children run where nothing more urgent wants to."""
    os.nice(NICE)
    with suppress(OSError):
        # Linux may weigh sessions against each other first, and this is one.
        Path("/proc/self/autogroup").write_text(str(NICE))


class Forks:
    """The children at work, each with the socket that tells what became of it."""

    def __init__(self, control: socket.socket, work: Work) -> None:
        self.control = control
        self.work = work
        self.spent = memory_in_use()
        self.children: dict[int, tuple[int, socket.socket]] = {}
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        self.wake = self.hear_of_deaths()
        self.spare: tuple[int, socket.socket] | None = None

    def hear_of_deaths(self) -> int:
        """Return a file that is readable when a child has ended."""
        readable, writable = os.pipe()
        os.set_blocking(readable, False)
        os.set_blocking(writable, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        self.poll.register(readable, select.POLLIN)
        return readable

    def serve(self) -> None:
        """Take orders until there is nobody left to give any."""
        while True:
            # One at a time: what is done about one may make the next one stale.
            file, _ = self.poll.poll()[0]
            if file == self.wake:
                self.reap()
            elif file in self.children:
                self.kill(file)
            elif not self.take_order():
                break
        for file in self.children:
            self.kill(file)

    def take_order(self) -> bool:
        """Give a child its order; False when nobody is left to give any."""
        try:
            order, files, _, _ = socket.recv_fds(self.control, 1, MOST_FILES)
        except ConnectionError:
            return False
        if not order:
            return False
        fate = socket.socket(fileno=files.pop(0))
        try:
            child = self.hand_over(files)
        except OSError:
            fate.close()  # who asked sees it end without a word
        else:
            self.children[fate.fileno()] = child, fate
            self.poll.register(fate, 0)
        for file in files:
            os.close(file)
        # The next order shall not have to wait for a fork.
        with suppress(OSError):
            self.prepare()
        return True

    def hand_over(self, files: list[int]) -> int:
        """Send files to the child that waits for them; return its process."""
        child, theirs = self.spare or self.prepare()
        self.spare = None
        with theirs:
            try:
                socket.send_fds(theirs, [b"!"], files)
            except OSError:
                # Somebody has killed it while it waited.
                os.waitpid(child, 0)
                return self.hand_over(files)
        return child

    def prepare(self) -> tuple[int, socket.socket]:
        """Fork a child that waits for its order."""
        server = os.getpid()
        ours, theirs = socket.socketpair()
        child = os.fork()
        if not child:
            become_child(server, theirs, self.work, self.spent)
        theirs.close()
        self.spare = child, ours
        return self.spare

    def kill(self, file: int) -> None:
        """End a child that nobody waits for any more."""
        with suppress(KeyError):  # it may have been killed, and not be reaped yet
            self.poll.unregister(file)
        os.kill(self.children[file][0], signal.SIGKILL)

    def reap(self) -> None:
        """Pass on how children have ended."""
        with suppress(BlockingIOError):
            os.read(self.wake, 512)
        for file, (child, fate) in list(self.children.items()):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                del self.children[file]
                with suppress(KeyError):
                    self.poll.unregister(file)
                with fate, suppress(OSError):
                    fate.send(STATUS.pack(status))
        if self.spare and os.waitpid(self.spare[0], os.WNOHANG)[0]:
            self.spare[1].close()
            self.spare = None


def memory_in_use() -> tuple[int, int]:
    """Return bytes of address space and of data that the server itself has."""
    pages = [int(part) for part in Path("/proc/self/statm").read_text().split()]
    return pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize()


def become_child(
    server: int, orders: socket.socket, work: Work, spent: tuple[int, int]
) -> NoReturn:
    """Wait for an order in a fresh fork, do it, and end."""
    try:
        die_with(server)
        signal.set_wakeup_fd(-1)
        close_all_but(orders.fileno())
        _, files, _, _ = socket.recv_fds(orders, 1, MOST_FILES)
        if not files:
            os._exit(0)
        orders.close()
        reply = socket.socket(fileno=files[0])
        job = read_job(reply)
        limit(Limits(**job["limits"]), spent)
        work(job, reply, files[1:])
        os._exit(0)
    finally:
        os._exit(1)


def die_with(server: int) -> None:
    """Have the kernel end this process with its parent; it gains no rights either."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != server:
        os._exit(1)


def close_all_but(orders: int) -> None:
    """Close what belongs to the server or to other children; codecs talk to nobody."""
    for file in (0, 2):
        os.dup2(1, file)
    os.closerange(3, orders)
    os.closerange(orders + 1, HIGHEST_FILE)


def read_job(source: socket.socket) -> dict[str, Any]:
    (length,) = LENGTH.unpack(source.recv(LENGTH.size, socket.MSG_WAITALL))
    return json.loads(source.recv(length, socket.MSG_WAITALL))


def limit(most: Limits, spent: tuple[int, int]) -> None:
    """Bind this process for good."""
    space, data = spent
    limits = {
        # What is really used counts; address space is only the second fence, for
        # threads of a codec reserve far more of it than they ever touch.
        resource.RLIMIT_DATA: data + most.memory,
        resource.RLIMIT_AS: space + 2 * most.memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: most.file,
        # Not one more: no file, no socket, nothing to be opened by a hijacked codec.
        resource.RLIMIT_NOFILE: 0,
    }
    for what, value in limits.items():
        resource.setrlimit(what, (value, value))
    allow_time(most, 0)


def allow_time(most: Limits, pixels: int) -> None:
    """Bind the time too, by what a picture of so many pixels may take."""
    # The hard limit kills without telling why, so it must come later.
    soft, hard = most.processor(pixels), most.processor(most.pixels) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.setitimer(signal.ITIMER_REAL, most.clock(pixels))


if __name__ == "__main__":
    main()
