"""Who is working on a row: leases with a fencing token, and owners that can die."""

from __future__ import annotations

import logging
import os
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection, models
from django.db.models import F, Q

from imaging import clock

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)


@lru_cache(maxsize=1)
def _machine() -> str:
    """Name this machine as host/boot-container: a reboot ends all its processes."""
    boot = container = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        container = str(Path("/proc/self/ns/pid").stat().st_ino)
    return f"{socket.gethostname()[:60]}/{boot}-{container}"


def _started(pid: int) -> str | None:
    """Return when a process began, in clock ticks; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return None
        with suppress(PermissionError):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return None
        return "0"
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def identity() -> str:
    """Return host/boot/pid/start of this process, told apart from all others."""
    pid = os.getpid()
    return f"{_machine()}/{pid}/{_started(pid)}"


def is_dead(owner: str) -> bool:
    """Say whether this owner surely lives no more (only known on its own host)."""
    machine, pid, started = owner.rsplit("/", 2)
    if machine != _machine():
        # Another boot of this very host is over; of another host nothing is known,
        # nor of another container that shares the host's name.
        host, _, boot = machine.partition("/")
        here, _, now = _machine().partition("/")
        return host == here and boot.partition("-")[0] != now.partition("-")[0]
    return _started(int(pid)) != started


class LeaseQuerySet(models.QuerySet[Any]):
    """Rows with `lease_owner`, `lease_until` and `fence`."""

    def free(self) -> Any:
        """Return the rows that nobody holds."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=clock.now()))

    def held(self) -> Any:
        return self.filter(lease_until__gte=clock.now())

    def take(self, **changes: Any) -> int:
        """Lease every free row of this set to this process; return how many."""
        return self.free().update(
            fence=F("fence") + 1,
            lease_owner=identity(),
            lease_until=clock.now() + LEASE,
            **changes,
        )

    def bury_the_dead(self, **changes: Any) -> int:
        """End the leases of processes that live no more; return how many."""
        owners = self.held().order_by().values_list("lease_owner", flat=True)
        dead = [owner for owner in owners.distinct() if is_dead(owner)]
        return self.filter(lease_owner__in=dead).update(lease_until=None, **changes)


class Leased(models.Model):
    """A row that one process at a time works on.

    Taking the lease raises `fence`; every later write names the fence it was given,
    so a late worker changes nothing (fencing token, Kleppmann 2016).
    """

    fence = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=150, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class LeaseKeeper:
    """Renews the lease of `rows` in a thread for as long as the block runs.

    `field` is the moment until which nobody else takes them.
    """

    def __init__(self, rows: models.QuerySet[Any], field: str = "lease_until") -> None:
        self.rows, self.field = rows, field
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _renew(self) -> None:
        while not self.done.wait(LEASE.total_seconds() / 3):
            try:
                self.rows.all().update(**{self.field: clock.now() + LEASE})
            except DatabaseError:
                # One that is away for a moment may be back in time.
                log.warning("a lease was not renewed")
            finally:
                connection.close()
