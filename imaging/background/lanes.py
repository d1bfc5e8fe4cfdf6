"""What the polls of one account share, so that it holds up no other account."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from imaging.models import Task
from imaging.providers.accounts import Account
from imaging.providers.circuit import Circuit, Pace

THREADS = 32
# So many polls may wait for a thread, or for an answer.
ROOM = 4 * THREADS


def lane_of(task: Task, account: Account | None) -> str:
    """Name the lane of a task: its account; tasks without one share one, too."""
    return account.id if account else task.provider


class Lane:
    """An account's own threads, pace and circuit, and what is being asked of it."""

    def __init__(self, key: str, rate: float) -> None:
        self.asked: dict[object, float] = {}
        self.circuit = Circuit(key)
        self.pace = Pace(rate)
        self.pool = ThreadPoolExecutor(THREADS, f"poll-{key}")

    def grant(self, wanted: int) -> int:
        """Return how many of the wanted polls may go now."""
        room = max(min(wanted, ROOM - len(self.asked)), 0)
        return self.pace.take(self.circuit.grant(room))

    def note(self, pk: object) -> None:
        """Note that this task is being asked about from now on."""
        self.asked[pk] = time.monotonic()

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
