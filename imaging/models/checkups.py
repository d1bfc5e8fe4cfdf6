"""What the last checks of the installation found, and what was mended."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils import timezone

from imaging.models.people import User

# So many lines of each kind are kept; the numbers say how many there were.
LINES = 200
KEPT = 20


class CheckupManager(models.Manager["Checkup"]):
    def begin(self, *, repair: bool, deep: bool, user: User | None = None) -> Checkup:
        """Note that a check begins; forget all but the last ones."""
        old = list(self.order_by("-began").values_list("pk", flat=True)[KEPT:])
        self.filter(pk__in=old).delete()
        return self.create(repair=repair, deep=deep, user=user)

    def last(self) -> Checkup | None:
        """Return the last one that came to its end."""
        return self.exclude(ended=None).order_by("-began").first()


class Checkup(models.Model):
    """One run of the check of integrity."""

    began = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)
    repair = models.BooleanField(default=False)
    deep = models.BooleanField(default=False)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    found = models.PositiveIntegerField(default=0)
    mended = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    repaired = models.JSONField(default=list)

    objects = CheckupManager()

    class Meta:
        indexes = [models.Index(fields=["-began"], name="newest_checkups")]

    def __str__(self) -> str:
        return f"{self.began:%Y-%m-%d %H:%M}: {self.found} problems"

    def end(self, problems: Sequence[str], repaired: Sequence[str]) -> None:
        """Note what was found, and what of it was mended."""
        self.ended = timezone.now()
        self.found, self.mended = len(problems), len(repaired)
        self.problems, self.repaired = list(problems[:LINES]), list(repaired[:LINES])
        self.save()
