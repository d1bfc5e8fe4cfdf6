"""One reader of changes per web process, for all browsers that watch.

A page asks with the revision it has seen. "Nothing new" is answered from memory: the
snapshot is at most half a second old and costs one query for all watched batches. The
permission to watch lies in the address, signed; the snapshot carries the number that
voids it (see Team.revoke_watching).
"""

from __future__ import annotations

import threading
import time
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
    return seen if seen and seen.revocations == number else None


class Reader:
    """Reads the watched batches, in one query, at most every MAX_AGE seconds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked: dict[UUID, float] = {}
        self.seen: dict[UUID, Seen] = {}
        self.read_at = 0.0
        self.reads = 0

    def see(self, pk: UUID) -> Seen | None:
        """Return what is known of a batch; None when there is none."""
        self.asked[pk] = time.monotonic()
        if not self._fresh(pk):
            with self.lock:
                # Whoever waited here finds the answer of the one who read.
                if not self._fresh(pk):
                    self._read()
        return self.seen.get(pk)

    def _fresh(self, pk: UUID) -> bool:
        return pk in self.seen and time.monotonic() - self.read_at < MAX_AGE

    def _read(self) -> None:
        now = time.monotonic()
        wanted = [pk for pk, at in list(self.asked.items()) if now - at < FORGET_AFTER]
        rows = Batch.objects.filter(pk__in=wanted).values_list(
            "pk", "revision", "team__revocations"
        )
        self.seen = {pk: Seen(revision, voided) for pk, revision, voided in rows}
        self.asked = {pk: self.asked[pk] for pk in wanted}
        self.read_at = now
        self.reads += 1


reader = Reader()
