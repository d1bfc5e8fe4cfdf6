"""Tasks that the clusters under test run; each notes in a file who ran it."""

import multiprocessing
import os
import signal
import time
from pathlib import Path


def note(path: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{os.getpid()}\n")


def linger(path: str) -> None:
    """Work until the test lets go, two minutes at most."""
    note(f"{path}.began")
    until = time.monotonic() + 120
    while not Path(f"{path}.go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    note(path)


def hang(path: str) -> None:
    """Do not hear the alarm that ends a task in time, as a C library may not."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    linger(path)


def parent(path: str) -> None:
    """Wait for a child of one's own fork server, as for a decoder that hangs."""
    context = multiprocessing.get_context("forkserver")
    child = context.Process(target=linger, args=(path,))
    child.start()
    child.join()
