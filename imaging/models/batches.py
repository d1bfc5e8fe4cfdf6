"""Tasks that were started together, and how far they have come."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from imaging import clock
from imaging.models.announcements import tell_ended
from imaging.models.costs import in_words
from imaging.models.fields import UUIDModel
from imaging.models.paging import NewestFirst
from imaging.models.people import Team, User
from imaging.models.shown import label_of
from imaging.models.states import OPEN, PAID, Stage, State

if TYPE_CHECKING:
    from imaging.models.tasks import Task
    from imaging.models.tasksets import TaskQuerySet

# From how many ends the median is taken, and how far back those of others count.
SAMPLE = 50
PAST = timedelta(days=30)


@dataclass(frozen=True)
class Failures:
    """Tasks that ended for one and the same reason."""

    tasks: list[Task]

    @property
    def first(self) -> Task:
        """Return the task that names the reason, and what can be done."""
        return self.tasks[0]

    @property
    def may_repeat(self) -> int:
        """Count the tasks for which trying the same again can help."""
        return sum(task.may_repeat for task in self.tasks)

    @property
    def may_change(self) -> int:
        """Count the tasks whose picture is still here."""
        return sum(bool(task.image_id) for task in self.tasks)


@dataclass(frozen=True)
class Pace:
    """How fast tasks go: the median that one takes, and how many really run at once.

    `elapsed` are the seconds that those that run now have been running for.
    """

    seconds: float
    at_once: int = 1
    elapsed: tuple[float, ...] = ()

    @classmethod
    def of(cls, spans: Sequence[tuple[datetime, datetime]]) -> Pace | None:
        """Measure tasks that began and ended then; None where there are none."""
        took = [(end - began).total_seconds() for began, end in spans]
        if not took:
            return None
        whole = max(end for _, end in spans) - min(began for began, _ in spans)
        # All their time over the time that passed: one after another gives 1.
        at_once = sum(took) / max(whole.total_seconds(), 0.001)
        return cls(median(took), max(round(at_once), 1))

    def left(self, waiting: int, running: int) -> float:
        """Estimate seconds to the end of what waits and what runs, in whole rounds."""
        rests = [max(self.seconds - one, 0) for one in self.elapsed[:running]]
        rounds = math.ceil(waiting / max(running, self.at_once, 1))
        # A round begins where one that runs has ended: on average, halfway through.
        now = sum(rests) / len(rests) if waiting and rests else max(rests, default=0)
        return rounds * self.seconds + now


@dataclass(frozen=True)
class Tally:
    """The tasks of a batch by state; `paid` of them are in a provider's hands.

    `costs` are what they cost by provider and unit; `is_guess` where some of that is
    as it was estimated. `in_steps` says that a task may follow on another's result, so
    that their number is not one of pictures.
    """

    pending: int = 0
    processing: int = 0
    completed: int = 0
    error: int = 0
    cancelled: int = 0
    paid: int = 0
    pace: Pace | None = None
    costs: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    is_guess: bool = False
    in_steps: bool = False

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
    def cost_shown(self) -> str:
        """Return what all of them cost; by whom, where it is by several."""
        if len(self.costs) == 1:
            return "".join(in_words(cost, key[1]) for key, cost in self.costs.items())
        return ", ".join(
            _("%(cost)s by %(who)s")
            % {"cost": in_words(cost, unit), "who": label_of(provider)}
            for (provider, unit), cost in sorted(self.costs.items())
        )

    @property
    def seconds_left(self) -> float | None:
        """Estimate what is left; None where nothing is known, or it takes longer."""
        if self.pace is None or not self.open:
            return None
        return self.pace.left(self.pending, self.processing) or None


class BatchQuerySet(NewestFirst["Batch"]):
    def visible_to(self, user: User) -> BatchQuerySet:
        return self.filter(team__memberships__user=user)


@dataclass(frozen=True)
class Via:
    """By which way an order came, and what follows from it.

    `door` is where it was given, `hops` the installations it passed before this one.
    `hook` is an address that is told of each task's end, in the door's own words.
    `keep_days` is how long its results are kept; None is as long as the team keeps any.
    """

    door: str = "site"
    hops: str = ""
    hook: str = ""
    keep_days: int | None = None


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
    # By which way it came (see Via).
    door = models.CharField(max_length=40, default="site")
    hops = models.CharField(max_length=400, blank=True)
    hook = models.URLField(max_length=1_000, blank=True)
    keep_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Where its results are hung, beside the pictures that they were made of.
    gallery = models.ForeignKey(
        "Gallery", models.SET_NULL, null=True, blank=True, related_name="batches"
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["team", "key"], name="one_batch_per_key")
        ]
        indexes = [
            models.Index(
                F("team"), F("created").desc(), F("id").desc(), name="newest_batch"
            ),
            models.Index(fields=["-created"], name="newest_batches"),
        ]

    def __str__(self) -> str:
        begun = timezone.localtime(self.created)
        return self.name or _("Batch of %s") % f"{begun:%Y-%m-%d %H:%M}"

    @property
    def by_hand(self) -> bool:
        """Say whether a person began it on the site, and not a program."""
        return self.user_id is not None and self.door == Via.door

    def tally(self) -> Tally:
        """Count the tasks by state, and measure how fast they go (three queries)."""
        sums = self._sums()
        busy = self.tasks.filter(state__in=[State.PROCESSING, State.COMPLETED])
        # Those that run come first, then the last that have ended.
        first = F("finished").desc(nulls_first=True)
        recent = busy.exclude(began=None).order_by(first)
        rows = list(recent.values_list("began", "finished")[: 2 * SAMPLE])
        running = [began for began, end in rows if began and not end]
        spans = [(began, end) for began, end in rows if began and end]
        pace = Pace.of(spans[:SAMPLE])
        if pace is None and any(sums.get(state) for state in OPEN):
            pace = self._past_pace()
        if pace:
            now = timezone.now()
            since = [(now - began).total_seconds() for began in running]
            pace = Pace(pace.seconds, pace.at_once, tuple(since))
        return Tally(**sums, pace=pace)

    def _sums(self) -> dict[str, Any]:
        """Count by state, and sum up costs by provider and unit: one query for a Tally.

        Credits of one provider are no credits of another.
        """
        groups = self.tasks.order_by().values_list("state", "provider", "unit")
        asked = {
            "paid": Count("id", filter=Q(stage__in=PAID)),
            "guesses": Count("id", filter=Q(cost__gt=0, charged=False)),
            "followed": Count("id", filter=~Q(then=[])),
        }
        counts, flags = Counter[str](), Counter[str]()
        costs: dict[tuple[str, str], Decimal] = {}
        rows = groups.annotate(Count("id"), Sum("cost"), **asked)
        for state, provider, unit, count, cost, *more in rows:
            counts[state] += count
            flags.update(dict(zip(asked, more, strict=True)))
            if cost:
                costs[provider, unit] = costs.get((provider, unit), Decimal(0)) + cost
        return {
            **counts,
            "costs": costs,
            "paid": flags["paid"],
            "is_guess": flags["guesses"] > 0,
            "in_steps": flags["followed"] > 0,
        }

    def _past_pace(self) -> Pace | None:
        """Tell how long the same work took this team before; at once ran one, say."""
        kind = self.tasks.order_by().values("provider", "operation")[:1]
        past = self.tasks.model.objects.filter(
            team=self.team_id,
            state=State.COMPLETED,
            provider=kind.values("provider"),
            operation=kind.values("operation"),
            created__range=(self.created - PAST, self.created),
        ).exclude(began=None)
        spans = past.order_by("-created").values_list("began", "finished")[:SAMPLE]
        return Pace.of([(began, end) for began, end in spans if began and end])

    def failures(self) -> list[Failures]:
        """Return its failed tasks by reason, the most frequent first."""
        shown = ["batch", "image", "image_name", "code", "message", "hint"]
        # What was thrown away needs nobody's attention any more.
        failed = self.tasks.failed().exclude(image__trashed__isnull=False)
        rows = failed.only(*shown, "provider", "operation", "options", "subject")
        found: dict[tuple[str, str], list[Task]] = {}
        for task in rows.order_by("created", "id"):
            found.setdefault((task.code, task.message), []).append(task)
        groups = [Failures(tasks) for tasks in found.values()]
        return sorted(groups, key=lambda one: -len(one.tasks))

    @transaction.atomic
    def cancel(self, tasks: TaskQuerySet) -> None:
        """Cancel these of its tasks: at once what waits; what runs is asked to stop."""
        from imaging.models.results import TaskEvent

        Batch.objects.filter(pk=self.pk).update(revision=F("revision") + 1)
        self.refresh_from_db(fields=["revision"])
        now = clock.now()
        mine = tasks.filter(batch=self)
        mine.filter(state=State.PENDING).free().update(
            state=State.CANCELLED,
            stage=Stage.ENDED,
            code="cancelled",
            cost=F("spent"),
            finished=now,
            news=now,
            fence=F("fence") + 1,
            lease_until=None,
            revision=self.revision,
        )
        ended = self.tasks.filter(revision=self.revision).values_list("pk", flat=True)
        noted = TaskEvent.objects.bulk_create(
            [TaskEvent(task_id=pk, kind=State.CANCELLED) for pk in ended]
        )
        mine.open().filter(cancel_asked=False).update(
            cancel_asked=True, due=now, revision=self.revision
        )
        over = self.tasks.filter(revision=self.revision, state=State.CANCELLED)
        # What has ended already does not end again.
        tell_ended(self, over, last=bool(noted))
