"""Which processes are alive, on which hosts."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

# A process that was not heard of for so long is dead; it is heard every 5 seconds.
SILENT = timedelta(seconds=30)
KINDS = ("worker", "engine", "watch")


class HeartbeatManager(models.Manager["Heartbeat"]):
    def beat(self, kind: str, **facts: Any) -> None:
        """Note that a process of this kind is alive on this host."""
        here: dict[str, Any] = {"kind": kind, "host": socket.gethostname()[:100]}
        said: dict[str, Any] = {"at": timezone.now()}
        if facts:
            said["facts"] = facts
        if not self.filter(**here).update(**said):
            self.update_or_create(**here, defaults=said)

    def stop(self, kind: str) -> None:
        """Note that the process of this kind on this host has ended as it should."""
        self.filter(kind=kind, host=socket.gethostname()[:100]).delete()

    def alive(self) -> models.QuerySet[Heartbeat]:
        return self.filter(at__gt=timezone.now() - SILENT)

    def missing(self) -> list[str]:
        """Name the kinds of process of which none is alive on any host."""
        alive = set(self.alive().values_list("kind", flat=True))
        return [kind for kind in KINDS if kind not in alive]


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
