"""Polls answered alike, bundled in memory: one row of a task's history each run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from imaging.models import Task, TaskRequest
from imaging.outgoing.exchange import Exchange

# Seconds between two writings of a run, and of whatever has just come to its end.
EVERY = 30.0
SOON = 2.0
# A task of which nothing was heard for so long is asked by somebody else, if at all.
FORGOTTEN = 900.0
AT_ONCE = 500


@dataclass
class Polling:
    """What the polls of one task were answered lately: a run for each answer."""

    runs: dict[tuple[object, ...], TaskRequest] = field(default_factory=dict)
    heard: float = 0.0
    written: float = 0.0
    fresh: bool = False


class Runs:
    """The runs of all tasks that are polled, and those that wait to be written."""

    def __init__(self) -> None:
        self.tasks: dict[UUID, Polling] = {}
        self.over: list[TaskRequest] = []
        self.wrote = 0.0

    def note(self, task: Task, heard: Sequence[Exchange], *, last: bool) -> None:
        """Take in the requests of one poll; with the `last` one, the runs are over."""
        now = time.monotonic()
        polling = self.tasks.setdefault(task.pk, Polling(written=now))
        rows = [TaskRequest.of(task, one) for one in heard]
        if any(row.answered not in polling.runs for row in rows):
            self.close(polling)
        for row in rows:
            if run := polling.runs.get(row.answered):
                run.grow(row)
            else:
                polling.runs[row.answered] = row
            polling.fresh, polling.heard = True, now
        if last:
            self.close(self.tasks.pop(task.pk))

    def close(self, polling: Polling) -> None:
        """Let these runs grow no more; what they learned last waits to be written."""
        if polling.fresh:
            self.over += polling.runs.values()
        polling.runs, polling.fresh = {}, False

    def write(self, *, everything: bool = False) -> None:
        """Write what is due: nothing in most turns, else all of it at once."""
        now = time.monotonic()
        if not everything and now - self.wrote < SOON:
            return
        self.wrote, rows = now, self.over
        self.over = []
        for pk, polling in list(self.tasks.items()):
            if now - polling.heard > FORGOTTEN:
                del self.tasks[pk]
            old = everything or now - polling.written > EVERY
            if polling.fresh and old and len(rows) < AT_ONCE:
                polling.fresh, polling.written = False, now
                rows += polling.runs.values()
        TaskRequest.objects.write(rows)
