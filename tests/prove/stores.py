"""PostgreSQL and Redis that are stopped in the midst of work, and started again."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.services import (
    Postgres,
    create_database,
    eventually,
    free_port,
    is_open,
    redis_command,
    scratch,
    start,
)


class Store:
    """A server that can be taken away by a signal, and comes back where it was."""

    def __init__(self, log: Path, ready: Callable[[], Any], **how: Any) -> None:
        self.log, self.ready, self.how = log, ready, how
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it as a system does: again and again, until it lives."""

        def lives() -> Any:
            if self.process is None or self.process.poll() is not None:
                self.process = start(log=self.log, **self.how)
            return self.ready()

        eventually("the store is back", lives, 60)

    def end(self, by: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(by)
            self.process.wait(60)


@contextmanager
def postgres() -> Iterator[tuple[Store, dict[str, str]]]:
    """Run a PostgreSQL that keeps what it has said it keeps, whatever kills it."""
    with scratch("outage") as folder:
        server = Postgres(folder, "fsync=off")
        store = Store(server.log, lambda: answers(server), **server.how)
        store.begin()
        create_database(server.url)
        try:
            yield store, server.env
        finally:
            store.end(signal.SIGINT)


def answers(server: Postgres) -> bool:
    """Say whether it takes connections, not only whether it listens."""
    import psycopg

    where = server.url.rpartition("/")[0]
    try:
        psycopg.connect(f"{where}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis() -> Iterator[tuple[Store, dict[str, str]]]:
    """Run a Redis that forgets everything when it ends."""
    port = free_port()
    with scratch("outage") as folder:
        command = redis_command(port, folder)
        store = Store(folder / "log", lambda: is_open(port), command=command)
        store.begin()
        try:
            yield store, {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        finally:
            store.end(signal.SIGTERM)
