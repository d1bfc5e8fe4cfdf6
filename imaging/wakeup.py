"""The wake-up of a background worker: a message, and never more than that."""

import uuid

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from imaging import faults


def wake(act: str, pk: uuid.UUID, *, queue: str = "worker") -> None:
    """Wake a worker for `act` on a row, once the current transaction is committed.

    With the database as broker the wake-up is part of the transaction; with Redis it
    follows, and if it gets lost the sweep sends another.
    """

    def push() -> None:
        faults.reach("wake-up-due")
        async_task(f"imaging.worker.{act}", str(pk), cluster=queue)
        faults.reach("wake-up-sent")

    if settings.REDIS_URL:
        transaction.on_commit(push, robust=True)
    else:
        push()
