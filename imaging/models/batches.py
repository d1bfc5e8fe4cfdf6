"""Tasks that were started together, and how far they have come."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from statistics import median

from django.db import models
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging.models.fields import UUIDModel
from imaging.models.people import Team, User


@dataclass(frozen=True)
class Tally:
    """The tasks of a batch by state; `seconds` is the median that one took."""

    pending: int = 0
    processing: int = 0
    completed: int = 0
    error: int = 0
    cancelled: int = 0
    seconds: float | None = None

    @property
    def total(self) -> int:
        return self.ended + self.open

    @property
    def open(self) -> int:
        return self.pending + self.processing

    @property
    def ended(self) -> int:
        return self.completed + self.error + self.cancelled

    @property
    def seconds_left(self) -> float | None:
        """Estimate what is left: rounds of as many at once as are running now."""
        if self.seconds is None or not self.open:
            return None
        return self.seconds * self.open / max(self.processing, 1)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> BatchQuerySet:
        return self.filter(team__memberships__user=user)


class Batch(UUIDModel):
    """Tasks that were started together.

    `revision` counts the changes of its tasks; a task carries the revision of its last
    change, so a page asks only for what is newer than what it shows.
    """

    team = models.ForeignKey(Team, models.PROTECT, related_name="batches")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="batches")
    # Given by the form, so that pressing a button twice starts one batch.
    key = models.UUIDField(default=uuid.uuid4)
    name = models.CharField(max_length=150, blank=True)
    created = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=0)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["team", "key"], name="one_batch_per_key")
        ]
        indexes = [
            models.Index(
                F("team"), F("created").desc(), F("id").desc(), name="newest_batch"
            )
        ]

    def __str__(self) -> str:
        return self.name or _("Batch of %s") % f"{self.created:%Y-%m-%d %H:%M}"

    def tally(self) -> Tally:
        """Count the tasks by state, and measure how long one takes (two queries)."""
        counts = self.tasks.order_by().values_list("state").annotate(Count("id"))
        done = self.tasks.filter(state="completed").order_by("-finished")[:50]
        seconds = [task.seconds for task in done if task.seconds is not None]
        return Tally(**dict(counts), seconds=median(seconds) if seconds else None)
