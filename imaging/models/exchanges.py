"""What was asked of a provider for a task: one row a request, secrets left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, models, transaction
from django.utils import timezone

from imaging.failures import printable
from imaging.models.tasks import Task
from imaging.outgoing.exchange import Exchange, overhearing

log = logging.getLogger(__name__)
# What a run of polls learns with each of them.
GROWS = ["times", "until", "seconds", "longest"]


class TaskRequestManager(models.Manager["TaskRequest"]):
    @contextmanager
    def noting(self, task: Task, act: str) -> Iterator[None]:
        """Write down the requests made in this block, when it is over, however."""
        with overhearing(act) as heard:
            try:
                yield
            finally:
                self.write([TaskRequest.of(task, one) for one in heard])

    def write(self, rows: Sequence[TaskRequest]) -> None:
        """Add these rows, or let those grow that are there, in a statement each.

        Without the database, do not: what was done stays done when it cannot be told.
        """
        if not rows:
            return
        new = [row for row in rows if row.pk is None]
        known = [row for row in rows if row.pk is not None]
        grown: dict[str, Any] = {"update_conflicts": True, "unique_fields": ["id"]}
        try:
            with transaction.atomic():
                self.bulk_create(new)
                self.bulk_create(known, update_fields=GROWS, **grown)
        except (DatabaseError, InterfaceError):
            for row in new:
                # A number that was never committed may become another row's.
                row.pk = None
            log.exception("%s requests to providers were not written down", len(rows))


class TaskRequest(models.Model):
    """One request to a provider, or a run of polls that were all answered alike.

    Times are in seconds: `seconds` of all of them together, `longest` of one.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="requests")
    provider = models.CharField(max_length=40)
    act = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    method = models.CharField(max_length=10)
    # Path only: no query, no ids, no secrets.
    endpoint = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    seconds = models.FloatField(default=0)
    longest = models.FloatField(default=0)

    objects = TaskRequestManager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="newest_requests"),
            models.Index(fields=["provider", "-at"], name="provider_requests"),
        ]

    def __str__(self) -> str:
        came = self.status or self.error
        return f"{self.at:%H:%M:%S} {self.method} {self.endpoint} {came}"

    @classmethod
    def of(cls, task: Task, exchange: Exchange) -> TaskRequest:
        """Return the unsaved row of one request."""
        at = datetime.fromtimestamp(exchange.at, UTC)
        return cls(
            task_id=task.pk,
            provider=task.provider,
            act=exchange.act,
            at=at,
            until=at + timedelta(seconds=exchange.seconds),
            method=exchange.method,
            endpoint=printable(exchange.endpoint)[:200],
            status=exchange.status,
            error=printable(exchange.error)[:40],
            seconds=exchange.seconds,
            longest=exchange.seconds,
        )

    @property
    def answered(self) -> tuple[object, ...]:
        """Return what two polls have in common that were answered alike."""
        return (self.act, self.method, self.endpoint, self.status, self.error)

    def grow(self, other: TaskRequest) -> None:
        """Take another poll, answered alike, into this run."""
        self.times += other.times
        self.until = max(self.until, other.until)
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)
