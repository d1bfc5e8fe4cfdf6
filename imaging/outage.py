"""When a store is away, or full: how that is told from a bug, and found out early."""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection
from redis.exceptions import RedisError

from imaging import clock

log = logging.getLogger(__name__)
# Seconds between two pings, and those that one may take; so many must fail, in a row.
EVERY, PATIENCE, ENOUGH = 1.0, 2, 2
# What SQLite says of a statement that is wrong, and of a disk that takes no more.
WRONG, FULL = 1, 13
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Outage(NamedTuple):
    """What programs are told; after `wait` seconds it is worth another try."""

    status: int
    code: str
    sentence: str
    wait: int


AWAY = Outage(
    503,
    "unavailable",
    "The database cannot be reached just now. Try again in a few seconds.",
    5,
)
NO_SPACE = Outage(
    507,
    "no_room",
    "There is no room left on the server's disk, so this was not kept. Tell whoever "
    "runs this Darkroom, and send it again later.",
    60,
)


def outage_of(error: BaseException | None) -> Outage | None:
    """Return what an error of a store means, where it is no bug of ours."""
    if isinstance(error, OSError):
        return NO_SPACE if error.errno in NO_ROOM else None
    if isinstance(error, OperationalError):
        said = getattr(error.__cause__, "sqlite_errorcode", None)
        full = said == FULL or getattr(error.__cause__, "sqlstate", "") == "53100"
        return NO_SPACE if full else None if said == WRONG else AWAY
    return AWAY if isinstance(error, InterfaceError | RedisError) else None


@cache
def address() -> bytes:
    """Return where PostgreSQL is, as its own library writes it."""
    from psycopg.conninfo import make_conninfo

    known = connection.settings_dict
    named = {"host": known["HOST"], "port": known["PORT"], "dbname": known["NAME"]}
    given = {name: str(value) for name, value in named.items() if value}
    return make_conninfo(**given, connect_timeout=str(PATIENCE)).encode()


def ping() -> bool:
    """Say whether PostgreSQL lives."""
    from psycopg import pq

    # One that is just starting is worth waiting for.
    return pq.PGconn.ping(address()) != pq.Ping.NO_RESPONSE


class Presence:
    """Whether the database is there: a thread of the web server asks each second.

    Without it every page would wait for a connection until its patience is at an end.
    """

    def __init__(self, ping: Callable[[], bool] = ping) -> None:
        self.ping = ping
        self.here, self.missed = True, 0

    def begin(self) -> None:
        """Ask from now on; SQLite is always there."""
        if connection.vendor == "postgresql":
            threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        while True:
            self.look()
            self.compare()
            time.sleep(EVERY)

    def look(self) -> None:
        """Ask once; what does not answer twice is away, and nobody waits for it."""
        self.missed = 0 if self.ping() else self.missed + 1
        here = self.missed < ENOUGH
        if here == self.here:
            return
        log.warning("The database %s.", "is back" if here else "is away")
        self.here = here
        if not here and connection.vendor == "postgresql":
            # Whoever stands in line for a connection is told now; a new one is made.
            connection.close_pool()  # type: ignore[attr-defined]

    def compare(self) -> None:
        """Have this process go by the database's clock, too."""
        if self.here:
            try:
                clock.agree()
            except (InterfaceError, OperationalError):
                log.warning("The clocks were not compared.")
            finally:
                connection.close()


presence = Presence()
