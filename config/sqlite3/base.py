"""SQLite for many threads: in each process one at a time waits to write.

SQLite lets one write, and has each of the others look again by itself, less and less
often: among hundreds, some find it taken until their patience is at an end. Here one
looks often, and the others stand behind it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base

# Seconds that a statement waits in line, and then for those of other processes.
IN_LINE, PATIENCE = 40, 20
# Milliseconds after which SQLite's ever longer pauses begin anew.
PAUSES = 20


class Line:
    """Where the threads of this process stand that want to write."""

    def __init__(self) -> None:
        self.leave_others()
        os.register_at_fork(after_in_child=self.leave_others)

    def leave_others(self) -> None:
        """Let nobody be before us: a forked process has none of the other threads."""
        self.front = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until those before have begun; whoever waits too long goes ahead."""
        front = self.front
        mine = front.acquire(timeout=IN_LINE)
        try:
            yield
        finally:
            if mine:
                front.release()


line = Line()


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Say whether another connection's lock was in the way."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY


def patiently(act: Callable[[], Any]) -> Any:
    """Do this as soon as nobody else's lock is in the way. Raises OperationalError."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise


class Cursor(base.SQLiteCursorWrapper):
    """A cursor that waits for its turn with whatever finds the database taken."""

    def execute(self, query: str, params: Any = None) -> Any:
        return self.in_turn(query, partial(super().execute, query, params))

    def executemany(self, query: str, param_list: Any) -> Any:
        # As a list, so that it can be tried again.
        act = partial(super().executemany, query, list(param_list))
        return self.in_turn(query, act)

    def in_turn(self, query: str, act: Callable[[], Any]) -> Any:
        """Do this at once, or in line with all that were not let in at once."""
        try:
            return act()
        except sqlite3.OperationalError as error:
            if self.connection.in_transaction or not is_busy(error):
                raise
        # Who only reads waits for no writer.
        with nullcontext() if query.startswith("SELECT") else line.turn():
            return patiently(act)


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection that Django opens for each thread."""

    def get_new_connection(self, conn_params: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = super().get_new_connection(conn_params)
        made.execute(f"PRAGMA busy_timeout = {PAUSES}")
        return made

    def create_cursor(self, name: str | None = None) -> sqlite3.Cursor:
        return self.connection.cursor(factory=Cursor)
