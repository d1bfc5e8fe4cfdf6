"""For how long things are kept that nobody owns: what the operator sets for all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from imaging.models.people import User

# So long a process may go by what it has read: seconds.
REMEMBERED = 5.0
# Long before every period there may be: what is dated so is over, whatever is set.
CONDEMNED = timedelta(days=36_500)


@dataclass(frozen=True)
class Bounds:
    """What a period is at first, and between which days it may be set.

    None is "for good"; `forever` says whether that may be chosen.
    """

    days: int | None
    low: int
    high: int
    forever: bool = False


BOUNDS = {
    "trash": Bounds(30, 1, 365),
    "events": Bounds(None, 30, 3_650, forever=True),
    "requests": Bounds(30, 7, 3_650, forever=True),
    "audit": Bounds(None, 365, 36_500, forever=True),
    "notices": Bounds(90, 7, 3_650),
    "messages": Bounds(30, 7, 365),
    "tokens": Bounds(30, 1, 3_650),
}


class PeriodManager(models.Manager["Period"]):
    def __init__(self) -> None:
        super().__init__()
        self.forget()

    def forget(self) -> None:
        """Read what is set anew the next time."""
        self._read, self._known = 0.0, dict[str, int | None]()

    def days(self, name: str) -> int | None:
        """Return for how many days something is kept, None for good."""
        if not self._read or time.monotonic() - self._read > REMEMBERED:
            self._known = dict(self.values_list("name", "days"))
            self._read = time.monotonic()
        return self._known.get(name, BOUNDS[name].days)

    def length(self, name: str) -> timedelta:
        """Return for how long something is kept that is never kept for good."""
        return timedelta(days=self.days(name) or CONDEMNED.days)

    def early(self, name: str) -> datetime:
        """Return since when something is kept that is never kept for good."""
        return timezone.now() - self.length(name)

    def put(self, name: str, days: int | None, user: User | None) -> None:
        """Keep something for so long from now on, what there is already, too."""
        said = {"days": days, "changed": timezone.now(), "changed_by": user}
        self.update_or_create(name=name, defaults=said)
        self.forget()


class Period(models.Model):
    """For how many days a kind of thing is kept, where the operator has changed it."""

    name = models.CharField(max_length=20, primary_key=True)
    days = models.PositiveIntegerField(null=True)
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = PeriodManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.days or 'for good'}"
