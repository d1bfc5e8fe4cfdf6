"""What a task produced, and its history."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.tasks import Task


class TaskEvent(models.Model):
    """One line of a task's history."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)
    message = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.kind} {self.message}"


class Result(UUIDModel):
    """One thing that a task produced: an image, or values."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="results")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=150)
    position = models.PositiveIntegerField(default=0)
    image = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
