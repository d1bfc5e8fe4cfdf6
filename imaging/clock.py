"""What time it is by the database: by that all machines agree on leases and turns."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

log = logging.getLogger(__name__)
# Seconds that two clocks may differ, and after which they are compared again.
BORNE, EVERY = 2.0, 60.0


class Known:
    """How far this machine's clock was ahead when it was compared last."""

    ahead = 0.0
    until = 0.0


def now() -> datetime:
    """Return the time by the database's clock, as far as it is known here."""
    return timezone.now() - timedelta(seconds=Known.ahead)


def offset() -> float:
    """Return by how many seconds this machine's clock is ahead of the database's."""
    if connection.vendor == "sqlite":
        # Its clock is this machine's own.
        return 0.0
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    here = before + (timezone.now() - before) / 2
    return round((here - there).total_seconds(), 3)


def agree() -> None:
    """Compare the clocks once a minute, and go by the database's where ours is off."""
    if time.monotonic() < Known.until:
        return
    found = offset()
    ahead = found if abs(found) > BORNE else 0.0
    if abs(ahead - Known.ahead) > BORNE:
        log.warning("This clock is %.1f s ahead of the database's.", ahead)
    Known.ahead, Known.until = ahead, time.monotonic() + EVERY
