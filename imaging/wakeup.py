"""The wake-up of a background worker: a message, and never more than that."""

import logging
import uuid

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task
from redis.exceptions import RedisError

from imaging import faults

log = logging.getLogger(__name__)


def wake(act: str, pk: uuid.UUID, *, queue: str = "worker") -> None:
    """Wake a worker for `act` on a row, once the current transaction is committed.

    With the database as broker the wake-up is part of the transaction; with Redis it
    follows, and if it gets lost the sweep sends another.
    """

    def push() -> None:
        faults.reach("wake-up-due")
        async_task(f"imaging.worker.{act}", str(pk), cluster=queue)
        faults.reach("wake-up-sent")

    def push_if_there() -> None:
        try:
            push()
        except RedisError as error:
            log.warning("A wake-up is left to the sweep, as Redis is away: %s", error)

    if settings.REDIS_URL:
        transaction.on_commit(push_if_there, robust=True)
    else:
        push()
