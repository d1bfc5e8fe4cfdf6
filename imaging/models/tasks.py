"""One operation by one provider on one image."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_noop as noop

from imaging import clock
from imaging.failures import Superseded, reason_of
from imaging.models.announcements import tell_ended
from imaging.models.batches import Batch
from imaging.models.costs import Costly
from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.leases import Leased
from imaging.models.orders import Order, Refusal
from imaging.models.people import Team, User
from imaging.models.shown import Shown
from imaging.models.states import OPEN, PAID, THERE, Stage, State
from imaging.models.steering import ProviderControl
from imaging.models.subjects import ERASED, Subject
from imaging.models.tasksets import TaskManager
from imaging.providers.base import ResultKind, Verdict, in_doubt
from imaging.wakeup import wake

IN_DOUBT = noop("Whether the provider took it is not known: look there, then retry.")


class Task(Shown, Leased, Costly, UUIDModel):
    """One operation by one provider on one image.

    It reserves the id of its result (`result_id`) when it is made. The database is the
    truth: `stage` says which act comes next, `due` when; see ACTS.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="tasks")
    team = models.ForeignKey(Team, models.PROTECT, related_name="tasks")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="tasks")
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="tasks")
    image_name = models.CharField(max_length=150)
    # Whose face it measures, where it measures one.
    subject = models.ForeignKey(
        Subject, models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    result_id = models.UUIDField(default=uuid.uuid4, unique=True)
    provider = models.CharField(max_length=40)
    operation = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
    # The steps that follow on its result, as the recipe had them when it was begun.
    then = models.JSONField(default=list)

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    stage = models.CharField(
        max_length=10, choices=Stage, default=Stage.QUEUED, blank=True
    )
    progress = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    hint = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    news = models.DateTimeField(default=timezone.now)

    ticket = models.JSONField(default=dict)
    due = models.DateTimeField(default=timezone.now)
    woken = models.DateTimeField(default=timezone.now)
    starts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)

    created = models.DateTimeField(default=timezone.now)
    began = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    # Raised by each retry that is a new job to the provider, and may be paid again.
    attempt = models.PositiveSmallIntegerField(default=1)
    # It failed, but the provider's job is good: a retry fetches it, and pays nothing.
    resumes = models.BooleanField(default=False)
    engine_seconds = models.FloatField(default=0)
    # Why it failed, without what differs from task to task: failures are grouped by it.
    reason = models.CharField(max_length=100, blank=True)
    # The operator has seen its failure, and lets it be.
    dismissed = models.DateTimeField(null=True, blank=True)

    objects = TaskManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["stage", "due"],
                condition=Q(state__in=["pending", "processing"]),
                name="open_tasks",
            ),
            models.Index(
                fields=["provider", "state", "stage"],
                condition=Q(state__in=["pending", "processing"]),
                name="open_at_provider",
            ),
            models.Index(fields=["batch", "revision"], name="changed_tasks"),
            # With the time of the engine, of which a month is summed up by it alone.
            models.Index(
                fields=["team", "-created", "engine_seconds"], name="team_tasks"
            ),
            models.Index(
                fields=["team", "provider", "reserved"],
                condition=Q(reserved__isnull=False),
                name="costly_tasks",
            ),
            models.Index(fields=["-created"], name="newest_tasks"),
            # With how, where and since when, so that a day is summed up by it alone.
            models.Index(
                fields=["-finished", "state", "provider", "began"],
                condition=Q(finished__isnull=False),
                name="ended_tasks",
            ),
            # Newest first, with what else a list is narrowed by.
            models.Index(
                fields=["state", "-created", "provider", "finished"],
                name="tasks_of_state",
            ),
            models.Index(
                fields=["provider", "-created", "state", "finished"],
                name="tasks_of_provider",
            ),
            models.Index(
                fields=["provider", "code", "reason", "finished", "team"],
                condition=Q(state="error", dismissed__isnull=True),
                name="failed_tasks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} by {self.provider}: {self.image_name}"

    @classmethod
    def make(
        cls,
        batch: Batch,
        image: Image,
        order: Order,
        verdict: Verdict,
        subject: Subject | None = None,
    ) -> Task:
        """Return an unsaved task; one that the provider will not take has failed."""
        task = cls(
            batch=batch,
            team_id=batch.team_id,
            owner=batch.user,
            image=image,
            image_name=image.name,
            subject=subject,
            provider=order.provider.key,
            operation=order.operation.key,
            options=order.options,
            then=list(order.then),
            revision=batch.revision,
            **dict.fromkeys(("created", "due", "woken"), clock.now()),
        )
        if verdict.blocked:
            task.state, task.stage, task.finished = State.ERROR, "", clock.now()
            task.code, task.message = "blocked", verdict.reason
            task.reason = reason_of(task.message)
        return task

    @property
    def queue(self) -> str:
        """Return the queue whose workers submit this task."""
        provider = self.known_provider()
        return provider.queue if provider else "worker"

    @property
    def is_paid(self) -> bool:
        """Say whether the provider has taken this job, and may have been paid."""
        return self.stage in PAID and bool(self.ticket)

    @property
    def has_place(self) -> bool:
        """Say whether it counts as being at its provider (see `in_place`)."""
        return self.stage in THERE

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_late(self) -> bool:
        """Say whether it was done before it could be stopped as somebody wished."""
        return self.state == State.COMPLETED and self.cancel_asked

    @property
    def is_unknown(self) -> bool:
        """Say whether nobody can tell if the provider has taken it, and is paid."""
        return self.code == "outcome_unknown"

    @property
    def may_repeat(self) -> bool:
        """Say whether trying the same again can help."""
        known = not self.of_person or bool(self.subject_id)
        return bool(self.image_id) and known and self.code != "blocked"

    @property
    def of_person(self) -> bool:
        """Say whether it measures somebody, who must have agreed."""
        known = self.known_operation()
        return known is not None and known.of_person

    @property
    def has_report(self) -> bool:
        """Say whether it has made a report, which has a page of its own."""
        return self._has_made(ResultKind.REPORT)

    @property
    def has_matches(self) -> bool:
        """Say whether it has found matches, which have a page of their own."""
        return self._has_made(ResultKind.MATCHES)

    def _has_made(self, wanted: ResultKind) -> bool:
        known = self.known_operation()
        there = self.state == State.COMPLETED and self.code != ERASED
        return there and known is not None and known.result == wanted

    @property
    def seconds(self) -> float | None:
        """Return how long it took, from its first act to its end."""
        if not self.began or not self.finished:
            return None
        return (self.finished - self.began).total_seconds()

    def change(self, event: str = "", **fields: Any) -> None:
        """Write `fields` under the fence this object holds, as one change.

        Raises Superseded, and writes nothing, when another process has taken over.
        The batch row comes first, so that revisions become visible in order.
        """
        with transaction.atomic():
            batch = Batch.objects.filter(pk=self.batch_id)
            batch.update(revision=F("revision") + 1)
            mine = Task.objects.filter(pk=self.pk, fence=self.fence)
            fields.setdefault("news", clock.now())
            number = Subquery(batch.values("revision"))
            if not mine.update(revision=number, **fields):
                raise Superseded(str(self.pk))
            if event:
                self.events.create(kind=event, message=fields.get("message", ""))
        for name, value in fields.items():
            setattr(self, name, value)

    def next_act(self, stage: Stage, after: float = 0, **fields: Any) -> None:
        """Move on to `stage`, due in `after` seconds, and let go of the lease."""
        now = clock.now()
        self.change(
            state=State.PROCESSING,
            stage=stage,
            due=now + timedelta(seconds=after),
            woken=now,
            lease_until=None,
            starts=0,
            tries=0,
            **fields,
        )

    def end(self, state: State, **fields: Any) -> None:
        """End the task for good, under the fence.

        One that ends while a paid call has no answer is unknown, whatever came last.
        """
        certain = state == State.COMPLETED or fields.get("resumes")
        if not certain and in_doubt(self.ticket):
            fields["code"] = "outcome_unknown"
            fields["hint"] = fields.get("hint") or IN_DOUBT
        failed = state == State.ERROR
        fields["reason"] = reason_of(fields.get("message", "")) if failed else ""
        fields |= self.settling(state, fields.get("code", ""))
        # Where a recipe goes on, whoever does that tells of the end of the batch.
        last = state != State.COMPLETED or not self.then
        with transaction.atomic():
            self.change(
                event=state,
                state=state,
                stage=Stage.ENDED,
                finished=clock.now(),
                lease_until=None,
                **fields,
            )
            tell_ended(self.batch, [self], last=last)

    def cancel(self) -> bool:
        """Ask for the end of this task: at once if it waits, else by its worker."""
        waiting = Task.objects.filter(pk=self.pk, state=State.PENDING).free()
        if waiting.take():
            self.refresh_from_db()
            self.end(State.CANCELLED, code="cancelled")
            return True
        with transaction.atomic():
            Batch.objects.filter(pk=self.batch_id).update(revision=F("revision") + 1)
            number = Subquery(Batch.objects.filter(pk=self.batch_id).values("revision"))
            running = Task.objects.filter(pk=self.pk, cancel_asked=False).open()
            return bool(
                running.update(cancel_asked=True, due=clock.now(), revision=number)
            )

    def retry(self, *, confirmed: bool = False, within_bound: bool = False) -> bool:
        """Begin again; after an unknown outcome only when a person confirms.

        Where the provider's job is still good, only what comes after it is repeated.
        Who has just seen that its team is `within_bound` saves looking at all its work.
        Raises Refusal where its account or the team's budget does not allow it.
        """
        # Asked of this picture alone: SQLite would make a list of all that are kept.
        kept = Image.objects.kept().filter(pk=OuterRef("image"))
        ended = Task.objects.filter(
            Exists(kept), pk=self.pk, state__in=[State.ERROR, State.CANCELLED]
        )
        if not confirmed:
            ended = ended.exclude(code="outcome_unknown")
        with transaction.atomic():
            if self.of_person and not self._has_consent():
                return False
            # The batch first, as in every change: two orders could wait for each other.
            Batch.objects.select_for_update().get(pk=self.batch_id)
            if not ended.take():
                return False
            self.refresh_from_db()
            again = self._afresh()
            if "attempt" in again:
                if known := self.known_provider():
                    ProviderControl.objects.check_open(known)
                if self.queue == "engine" and not within_bound:
                    Task.objects.check_bound(self.team)
                again |= self.reserving_again()
            self.change(event="retried", **again)
            if self.stage == Stage.QUEUED:
                wake("submit", self.pk, queue=self.queue)
        return True

    def _has_consent(self) -> bool:
        """Say whether its person still agrees, and hold that for this transaction."""
        held = Subject.objects.hold(self.subject_id, self.team)
        return held is not None and held.has_consent

    def _afresh(self) -> dict[str, Any]:
        """Return the columns of a task that begins again."""
        now = clock.now()
        words = ("code", "message", "hint", "reason")
        again: dict[str, Any] = dict.fromkeys(words, "")
        again |= dict.fromkeys(("progress", "finished", "lease_until", "dismissed"))
        again |= dict.fromkeys(("starts", "tries"), 0)
        again |= {"due": now, "woken": now, "cancel_asked": False, "resumes": False}
        if self.resumes and not (self.kept_until and self.kept_until < now):
            if not (provider := self.known_provider()):
                said = _t("There is no %s here any more. What it made is still there.")
                raise Refusal(said % self.provider)
            limit = timedelta(seconds=provider.deadline)
            remote = {"state": State.PROCESSING, "stage": Stage.REMOTE}
            return again | remote | {"deadline": now + limit}
        return again | {
            "state": State.PENDING,
            "stage": Stage.QUEUED,
            "ticket": {},
            "attempt": self.attempt + 1,
            "began": None,
            "deadline": None,
        }
