"""A line now and then that says how far a long work has come."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY = 5.0
MIB = 1 << 20


class Progress:
    """Counts what is done, and says so every few seconds."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say
        self.begin()

    def begin(self) -> None:
        """Begin another part of the work."""
        self.done = self.bytes = 0
        self.began = self.said = time.monotonic()

    def add(self, what: str, count: int, size: int = 0) -> None:
        self.done += count
        self.bytes += size
        now = time.monotonic()
        if now - self.said >= EVERY:
            self.said = now
            self.say(f"{what}: {self}")

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self.began, 0.001)
        pace = f"{self.done:,} so far, {self.done / seconds:,.0f} a second"
        if not self.bytes:
            return pace
        size = self.bytes / MIB
        return f"{pace}, {size:,.0f} MiB, {size / seconds:.1f} MiB/s"
