"""What was asked of a provider for a task: one row a request, secrets left out."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from imaging.models.tasks import Task


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

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="newest_requests"),
            models.Index(fields=["provider", "-at"], name="provider_requests"),
        ]

    def __str__(self) -> str:
        came = self.status or self.error
        return f"{self.at:%H:%M:%S} {self.method} {self.endpoint} {came}"
