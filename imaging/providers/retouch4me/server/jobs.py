"""A task of this door, as the vendor's words have it: its id, its state, its end."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from imaging.api.callers import NotAllowed, limit
from imaging.models import Stage, State, Task, VendorRecord
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.server.payload import DOOR, Work

JOB = "job"
KEPT = timedelta(hours=24)
# What is known of a job stays longer than any task may take.
KNOWN = timedelta(days=14)
ASKED_A_MINUTE = 300
STATES = {
    State.PENDING: "waiting",
    State.PROCESSING: "active",
    State.COMPLETED: "completed",
    State.ERROR: "failed",
    State.CANCELLED: "failed",
}
STEPS = {
    Stage.SENDING: "downloading",
    Stage.WORKING: "processing",
    Stage.REMOTE: "processing",
    Stage.READY: "uploading",
    Stage.FETCHING: "uploading",
    Stage.STORING: "uploading",
}


def signed(pk: uuid.UUID) -> bytes:
    return salted_hmac("retouch4me.job", pk.hex, algorithm="sha256").digest()[:24]


def id_of(pk: uuid.UUID) -> str:
    """Return a job's id, which is its only secret: nobody can guess 192 bits."""
    return base64.urlsafe_b64encode(pk.bytes + signed(pk)).decode().rstrip("=")


def read_id(id: str) -> uuid.UUID | None:
    """Return which task an id names; None for one that was never given out."""
    try:
        raw = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
        pk = uuid.UUID(bytes=raw[:16])
    except (ValueError, binascii.Error):
        return None
    same = hmac.compare_digest(id_of(pk).encode(), id.encode())
    return pk if same else None


@dataclass(frozen=True)
class Job:
    """A task, and what was asked and answered when it began."""

    task: Task
    record: VendorRecord

    @classmethod
    def begun(cls, task: Task, work: Work, quota: int) -> Job:
        """Remember what was asked for, and what is answered."""
        data = {
            "plugins": work.plugins,
            "layers": list(work.layers),
            "archive": work.archive,
            "quota": quota,
        }
        until = timezone.now() + KNOWN
        named = {"provider": DOOR, "kind": JOB, "team_id": task.team_id}
        record = VendorRecord.objects.create(
            **named, key=task.pk.hex, data=data, expires=until
        )
        return cls(task, record)

    @classmethod
    def of(cls, task: Task) -> Job | None:
        """Return the job that a task is; None where it has been forgotten."""
        records = VendorRecord.objects.of(DOOR, JOB).filter(team_id=task.team_id)
        record = records.filter(key=task.pk.hex).first()
        return cls(task, record) if record else None

    @classmethod
    def find(cls, id: str) -> Job:
        """Return the job of this id, as long as it is kept. Raises NotAllowed.

        It needs no token, and opens as long as whoever began it may see the task.
        """
        if not (pk := read_id(id)):
            raise absent()
        limit(f"retouch4me:{pk}", ASKED_A_MINUTE)
        tasks = Task.objects.filter(batch__door=DOOR, owner__is_active=True)
        tasks = tasks.filter(team__memberships__user=F("owner"))
        task = tasks.filter(pk=pk).first()
        job = cls.of(task) if task else None
        if job is None or job.is_over:
            raise absent()
        return job

    @property
    def id(self) -> str:
        return id_of(self.task.pk)

    @property
    def quota(self) -> int:
        return int(self.record.data["quota"])

    @property
    def expires(self) -> datetime:
        """Return when the result is gone: a day after its end.

        Until then, the first end of a day from its beginning that lies ahead.
        """
        if self.task.finished:
            return self.task.finished + KEPT
        days = (timezone.now() - self.task.created) // KEPT + 1
        return self.task.created + days * KEPT

    @property
    def is_over(self) -> bool:
        return bool(self.task.finished) and self.expires <= timezone.now()

    @property
    def state(self) -> str:
        """Return the state; between two tries it is delayed."""
        task = self.task
        again = task.is_open and task.tries and not task.lease_until
        if again and task.due > timezone.now():
            return "delayed"
        return STATES[State(task.state)]

    @property
    def attempt(self) -> int:
        """Return which try this is, of the step that is being done."""
        return min(self.task.tries + max(self.task.starts, 1), wire.MAX_ATTEMPTS)

    @property
    def step(self) -> str:
        """Return what is done now; what has ended keeps its last."""
        if self.task.state == State.COMPLETED:
            return "uploading"
        if not self.task.is_open:
            return "processing" if self.task.began else ""
        return STEPS.get(Stage(self.task.stage), "")

    @property
    def plugin(self) -> str:
        """Return the plugin that is run, by how much is done: each takes its share."""
        plugins, task = self.record.data["plugins"], self.task
        if self.step != "processing" or not plugins:
            return ""
        at = (task.progress or 0) * len(plugins) // 100
        return str(plugins[min(at, len(plugins) - 1)])

    @property
    def reason(self) -> str:
        """Return why it failed, else nothing."""
        if STATES[State(self.task.state)] != "failed":
            return ""
        return self.task.message or "The task was cancelled."

    def dump(self) -> dict[str, Any]:
        return wire.dump_status(
            state=self.state,
            progress=self.task.progress or 0,
            reason=self.reason,
            attempt=self.attempt,
            step=self.step,
            plugin=self.plugin,
            expires=self.expires,
        )


def absent() -> NotAllowed:
    return NotAllowed(404, "not_found", wire.NO_RESULT)
