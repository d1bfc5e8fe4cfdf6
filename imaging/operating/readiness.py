"""Whether this place can do its work now: each part in a word, for load balancers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import cache

from django.core.cache import cache as store
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from imaging.bounded import within
from imaging.operating.processes import lacking

log = logging.getLogger(__name__)
OK = "ok"
# So many seconds an answer counts: a storm of probes asks once.
MEMORY = 2.0
PATIENCE = 3.0
PROBE = "healthz"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def cache_works() -> str:
    store.set(PROBE, "1", 60)
    return OK if store.get(PROBE) == "1" else "it forgets"


def storage() -> str:
    """See whether the storage answers; a folder that is not there yet is made later."""
    within(PATIENCE, lambda: default_storage.exists(PROBE))
    return OK


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return what migrations this code has: they are files, read once."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def unapplied() -> list[str]:
    """Name the migrations that the database has not had yet."""
    applied = MigrationRecorder(connection).applied_migrations()
    lacking = known_migrations() - set(applied)
    return sorted(f"{app}.{name}" for app, name in lacking)


def migrations() -> str:
    if lack := unapplied():
        return f"{len(lack)} not applied"
    return OK


def processes() -> str:
    if missing := lacking().missing:
        return f"no {', no '.join(missing)}"
    return OK


PARTS: dict[str, Callable[[], str]] = {
    "database": database,
    "cache": cache_works,
    "storage": storage,
    "migrations": migrations,
    "processes": processes,
}


def look() -> dict[str, str]:
    """Say of each part that it is ok, or in a word what is not; no secrets."""
    return {name: said(name, part) for name, part in PARTS.items()}


def said(name: str, part: Callable[[], str]) -> str:
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - whatever it is, this part fails
        log.warning("not ready: %s: %s", name, error)
        return "fails"


class Memory:
    """The last answer; while it is made anew the others get the one before."""

    def __init__(self) -> None:
        self.parts: dict[str, str] | None = None
        self.until = 0.0
        self.lock = threading.Lock()

    def ask(self) -> dict[str, str]:
        if self.is_old() and self.lock.acquire(blocking=self.parts is None):
            try:
                # Whoever waited for the first answer has it now.
                if self.is_old():
                    self.parts = look()
                    self.until = time.monotonic() + MEMORY
            finally:
                self.lock.release()
        return self.parts or {}

    def is_old(self) -> bool:
        return self.parts is None or time.monotonic() >= self.until


memory = Memory()
