"""The SHA-256 of what passes by, computed beside whatever else is done with it."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from functools import cache

# To hand on less takes longer than to hash it.
WORTH = 1 << 16


class Digest:
    """The SHA-256 of pieces, of which one at most waits for another thread to hash it.

    Nothing is held between two pieces, so a digest may be forgotten at any time.
    """

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.busy = threading.Lock()

    def update(self, data: bytes) -> None:
        """Hash a piece in its turn; return as soon as those before it are hashed."""
        self.busy.acquire()
        if len(data) < WORTH:
            self.add(data)
        else:
            hashers().put((self, data))

    def add(self, data: bytes) -> None:
        try:
            self.hash.update(data)
        finally:
            self.busy.release()

    def hexdigest(self) -> str:
        with self.busy:
            return self.hash.hexdigest()


Pieces = queue.SimpleQueue[tuple[Digest, bytes]]


@cache
def hashers() -> Pieces:
    """Return where this process's threads that hash get their pieces from."""
    pieces: Pieces = queue.SimpleQueue()
    for _ in range(os.cpu_count() or 1):
        threading.Thread(target=work, args=[pieces], daemon=True).start()
    return pieces


def work(pieces: Pieces) -> None:
    while True:
        digest, data = pieces.get()
        digest.add(data)
        # Nothing of it is kept until the next one comes.
        del digest, data


# A forked process has none of these threads.
os.register_at_fork(after_in_child=hashers.cache_clear)
