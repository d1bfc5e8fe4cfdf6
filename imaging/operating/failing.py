"""Failures, grouped by what they have in common; begun again or let be as a group."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from imaging.failures import reason_of
from imaging.models import Refusal, Task
from imaging.models.paging import following
from imaging.models.tasksets import TaskQuerySet

PORTION = 500
# More failures than these are not counted for a page.
BOUND = 100_000
SHOWN = 50
# So long one request works at most; what is left is for the next.
SECONDS = 8.0
LIKE = ("provider", "code", "reason")


@dataclass(frozen=True)
class Cause:
    """What failures have in common, and between which moments they failed."""

    provider: str
    code: str
    reason: str
    since: datetime | None
    until: datetime

    def tasks(self) -> TaskQuerySet:
        """Return the tasks that failed so, and that nobody has dealt with yet."""
        like = Q(provider=self.provider, code=self.code, reason=self.reason)
        return failures(self.since, self.until).filter(like)


@dataclass(frozen=True)
class Group:
    """The failures of one cause, as the page shows them."""

    cause: Cause
    number: int
    teams: int
    first: datetime
    last: datetime
    example: Task | None

    @property
    def filters(self) -> dict[str, str]:
        """Return what lists just these tasks in the console."""
        cause = self.cause
        return {
            "state": "error",
            "dismissed__isnull": "True",
            "provider": cause.provider,
            "code": cause.code,
            "reason": cause.reason,
            "finished__gte": self.first.isoformat(),
            "finished__lte": self.last.isoformat(),
        }


class HasFailed(Func):
    """Says of a state that it is an error, in the very words of the index of failures.

    Told as likely, and with times that no other index is asked for (see Unsought), so
    that SQLite reads that one alone: it has all that is asked, and is ten times as
    quick.
    """

    template = "(%(expressions)s = 'error')"
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        likely = "likelihood(%(expressions)s = 'error', 0.99)"
        return self.as_sql(compiler, connection, template=likely, **extra)


class Unsought(Func):
    """A comparison for which SQLite looks into no index."""

    template = "%(expressions)s"
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


def failures(since: datetime | None, until: datetime) -> TaskQuerySet:
    """Return the tasks that failed between two moments and were not dismissed."""
    before = Unsought(LessThanOrEqual(F("finished"), until))
    found = Task.objects.filter(HasFailed("state"), before, dismissed=None)
    if since:
        found = found.filter(Unsought(GreaterThanOrEqual(F("finished"), since)))
    return found


def newest(found: TaskQuerySet) -> tuple[TaskQuerySet, int, bool]:
    """Return as many as are counted, how many those are, and whether there are more."""
    # In the order of their index, so that it is read and not the table.
    number = found.order_by(*LIKE)[: BOUND + 1].values("team").count()
    if number <= BOUND:
        return found, number, False
    ends = found.order_by("-finished").values_list("finished", flat=True)
    return found.filter(finished__gte=ends[BOUND - 1]), BOUND, True


def groups(
    found: TaskQuerySet, since: datetime | None, until: datetime
) -> tuple[list[Group], int]:
    """Return the largest groups of these failures, and how many groups there are."""
    like = {name: OuterRef(name) for name in LIKE}
    one = failures(since, until).filter(**like).order_by("-finished")
    rows = found.order_by().values(*LIKE)
    rows = rows.annotate(
        number=Count("*"),
        teams=Count("team", distinct=True),
        first=Min("finished"),
        last=Max("finished"),
    ).annotate(example=Subquery(one.values("pk")[:1]))
    count = rows.count()
    shown = list(rows.order_by("-number", *LIKE)[:SHOWN])
    examples = Task.objects.in_bulk([row["example"] for row in shown])
    return [
        Group(
            Cause(row["provider"], row["code"], row["reason"], since, until),
            row["number"],
            row["teams"],
            row["first"],
            row["last"],
            examples.get(row["example"]),
        )
        for row in shown
    ], count


def dismiss(cause: Cause) -> int:
    """Let these failures be; return how many."""
    return int(cause.tasks().update(dismissed=timezone.now()))


@dataclass
class Round:
    """One round over the tasks that are to begin again, and how far it has come."""

    begun: int = 0
    changed: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    # The last task that was tried: what refuses stays, and is passed by.
    behind: tuple[datetime, UUID] | None = None
    over: bool = False

    def go_on(self, tasks: TaskQuerySet, *, confirmed: bool) -> None:
        """Begin these again for a few seconds, the ones that failed first first.

        They are of teams that are within their bounds, see `prospects_of`.
        """
        end = time.monotonic() + SECONDS
        while not self.over:
            portion = list(following(tasks, self.behind, "finished")[:PORTION])
            self.over = len(portion) < PORTION
            for count, task in enumerate(portion, 1):
                self._try(task, confirmed=confirmed)
                if time.monotonic() >= end:
                    self.over = self.over and count == len(portion)
                    return

    def _try(self, task: Task, *, confirmed: bool) -> None:
        # Beginning again clears it.
        at = task.finished
        try:
            if task.retry(confirmed=confirmed, within_bound=True):
                self.begun += 1
            else:
                self.changed += 1
        except Refusal as refusal:
            why = refusal.message
            self.refused[why] = self.refused.get(why, 0) + 1
        self.behind = (at, task.pk) if at else self.behind

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Round:
        """Return the round that was written down like this."""
        behind = facts["behind"]
        if behind:
            behind = datetime.fromisoformat(behind[0]), UUID(behind[1])
        return cls(**{**facts, "behind": behind})

    @property
    def tried(self) -> int:
        return self.begun + self.changed + sum(self.refused.values())

    def facts(self) -> dict[str, int]:
        """Return what is written of it in the audit log."""
        return {"begun": self.begun, "not_begun": self.tried - self.begun}


def give_reasons(portions: int = 20) -> int:
    """Say of older failures by what they are grouped; return of how many.

    They ended before that was noted. A bounded number at a time.
    """
    count = 0
    bare = Task.objects.failed().filter(dismissed=None, reason="").exclude(message="")
    for _ in range(portions):
        tasks = list(bare.only("message", "reason")[:PORTION])
        for task in tasks:
            task.reason = reason_of(task.message) or task.message[:1]
        count += Task.objects.bulk_update(tasks, ["reason"]) if tasks else 0
        if len(tasks) < PORTION:
            break
    return count
