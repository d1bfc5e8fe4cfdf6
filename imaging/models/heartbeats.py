"""Which processes are alive, on which hosts."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils import timezone

# A process that was not heard of for so long is dead; it is heard every 5 seconds.
SILENT = timedelta(seconds=30)
FORGOTTEN = timedelta(days=1)
KINDS = ("worker", "engine", "watch")


class HeartbeatManager(models.Manager["Heartbeat"]):
    """Times are the database's, so that hosts whose clocks differ compare well."""

    def start(self, kind: str, facts: dict[str, Any]) -> None:
        """Note that a process of this kind has begun on this host."""
        said = {"at": Now(), "since": Now(), "facts": facts}
        self.update_or_create(kind=kind, host=hostname(), defaults=said)

    def beat(self, kind: str) -> bool:
        """Note that it is alive; False when nobody knows of it (any more).

        One that was silent for so long that it counted as dead is alive since now.
        """
        dead = When(at__lt=Now() - SILENT, then=Now())
        mine = self.filter(kind=kind, host=hostname())
        return bool(mine.update(at=Now(), since=Case(dead, default=F("since"))))

    def stop(self, kind: str) -> None:
        """Note that the process of this kind on this host has ended as it should.

        It speaks for itself and its children alone: its successor may be there already.
        """
        ours = Q(facts__pid=os.getpid()) | Q(facts__parent=os.getpid())
        self.filter(ours, kind=kind, host=hostname()).delete()

    def alive(self) -> models.QuerySet[Heartbeat]:
        return self.filter(at__gt=Now() - SILENT)

    def silent(self) -> models.QuerySet[Heartbeat]:
        """Return those that ended without a word, and are not forgotten yet."""
        return self.filter(at__lte=Now() - SILENT)

    def over(self) -> models.QuerySet[Heartbeat]:
        """Return those of hosts that were silent for so long that they are gone."""
        return self.filter(at__lte=Now() - FORGOTTEN)

    def missing(self) -> list[str]:
        """Name the kinds of process of which none is alive on any host."""
        alive = set(self.alive().values_list("kind", flat=True))
        return [kind for kind in KINDS if kind not in alive]


def hostname() -> str:
    return socket.gethostname()[:100]


class Heartbeat(models.Model):
    """When a kind of process was last heard of on a host."""

    kind = models.CharField(max_length=20)
    host = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(default=timezone.now)
    facts = models.JSONField(default=dict)

    objects = HeartbeatManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "host"], name="one_heartbeat")
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.host}"
