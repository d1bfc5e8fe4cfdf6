"""One reader of changes per web process, for all browsers that watch.

A page asks with the revision it has seen. "Nothing new" is answered from memory: the
snapshot is at most half a second old and costs one query for all watched batches. The
permission to watch lies in the address, signed; the snapshot carries the number that
voids it (see Team.revoke_watching).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from imaging.models import Batch, User

MAX_AGE = 0.5
FORGET_AFTER = 30.0
PERMIT_SECONDS = 600
SALT = "imaging.live"


@dataclass(frozen=True)
class Seen:
    """How far a batch has come, and how often its team's permissions were voided."""

    revision: int
    revocations: int


UNREAD = -1
LATER = Seen(UNREAD, UNREAD)


def permit(user: User, batch: Batch) -> str:
    """Return a signed permission for this person to watch this batch."""
    return signing.dumps(
        [str(user.pk), str(batch.pk), batch.team.revocations], salt=SALT
    )


def revocations(token: str, batch: UUID) -> int | None:
    """Return the number that a genuine permission for this batch carries."""
    try:
        _, pk, number = signing.loads(token, salt=SALT, max_age=PERMIT_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return number if pk == str(batch) else None


def look(token: str, batch: UUID) -> Seen | None:
    """Return how far a batch has come; None when this permission does not open it."""
    number = revocations(token, batch)
    if number is None:
        return None
    seen = reader.see(batch)
    return seen if seen and seen.revocations in {number, UNREAD} else None


def number(text: str | None) -> int:
    """Read a revision; whatever is none shows everything."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def is_quiet(token: str, batch: UUID, since: str | None) -> bool:
    """Say whether whoever holds this permission has seen all that there is so far."""
    seen = look(token, batch)
    return seen is not None and seen.revision in {number(since), UNREAD}


class Reader:
    """Reads the watched batches, in one query, at most every MAX_AGE seconds.

    Nobody waits for it: while one thread reads, the others go by what was read last,
    and a batch that has not been read yet is LATER.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.asked: dict[UUID, float] = {}
        self.seen: dict[UUID, Seen | None] = {}
        self.read_at = -MAX_AGE
        self.reads = 0

    def see(self, pk: UUID) -> Seen | None:
        """Return what is known of a batch; None when there is none."""
        self.asked[pk] = now = self.clock()
        if now - self.read_at >= MAX_AGE and self.lock.acquire(blocking=False):
            try:
                self._read(now)
            finally:
                self.lock.release()
        return self.seen.get(pk, LATER)

    def _read(self, now: float) -> None:
        if now - self.read_at < MAX_AGE:
            return
        # Before the query: a database that is away is not asked by every thread.
        self.read_at = now
        self.reads += 1
        asked = list(self.asked.items())
        wanted = [pk for pk, at in asked if now - at < FORGET_AFTER]
        rows = Batch.objects.filter(pk__in=wanted).values_list(
            "pk", "revision", "team__revocations"
        )
        found = {pk: Seen(revision, voided) for pk, revision, voided in rows}
        self.seen = {pk: found.get(pk) for pk in wanted}
        for pk, at in asked:
            if now - at >= FORGET_AFTER:
                self.asked.pop(pk, None)


reader = Reader()
