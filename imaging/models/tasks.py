"""One operation by one provider on one image, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Q, Subquery, Sum
from django.forms import Field
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import faults, providers
from imaging.models.batches import Batch
from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.leases import Leased, LeaseQuerySet
from imaging.models.orders import Order, Refusal
from imaging.models.people import Role, Team, User
from imaging.providers.base import Superseded, Verdict

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# How often an act may begin without ending, and how often a failure is tried again.
MAX_STARTS = 4
MAX_TRIES = 6


class State(models.TextChoices):
    PENDING = "pending", _("waiting")
    PROCESSING = "processing", _("running")
    COMPLETED = "completed", _("done")
    ERROR = "error", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Stage(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    WORKING = "working", _("working")
    REMOTE = "remote", _("at the provider")
    READY = "ready", _("ready to fetch")
    FETCHING = "fetching", _("fetching")
    STORING = "storing", _("storing")
    ENDED = "", _("ended")


OPEN = [State.PENDING, State.PROCESSING]
# The acts, and the stages in which each may begin: after a crash, once more.
ACTS: dict[str, list[str]] = {
    "submit": [Stage.QUEUED, Stage.SENDING, Stage.WORKING],
    "poll": [Stage.REMOTE],
    "fetch": [Stage.READY, Stage.FETCHING, Stage.STORING],
}


class TaskQuerySet(LeaseQuerySet):
    def visible_to(self, user: User) -> TaskQuerySet:
        return self.filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> TaskQuerySet:
        """Return the tasks this person may cancel or retry."""
        member = Q(team__memberships__user=user)
        free = Q(team__memberships__role__in=[Role.OWNER, Role.EDITOR])
        own = Q(team__memberships__role=Role.CONTRIBUTOR, owner=user)
        return self.filter(member & free | member & own)

    def open(self) -> TaskQuerySet:
        return self.filter(state__in=OPEN)

    def due(self, act: str) -> TaskQuerySet:
        """Return what this act should do now, and nobody is doing."""
        ready = self.filter(stage__in=ACTS[act], due__lte=timezone.now())
        return ready.open().free()

    def claim(self, pk: uuid.UUID | str, act: str) -> Task | None:
        """Lease the task for one act; None when there is nothing to do for us."""
        if not self.filter(pk=pk).due(act).take(starts=F("starts") + 1):
            return None
        return self.select_related("image__blob", "batch", "team").get(pk=pk)

    def engine_minutes(self, team: Team) -> float:
        """Return the minutes of processor time this team has used this month."""
        month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        used = self.filter(team=team, created__gte=month)
        return (used.aggregate(sum=Sum("engine_seconds"))["sum"] or 0) / 60


class TaskManager(models.Manager.from_queryset(TaskQuerySet)):  # type: ignore[misc]
    def start(
        self,
        images: Sequence[Image],
        order: Order,
        *,
        team: Team,
        user: User | None,
        name: str = "",
        key: uuid.UUID | None = None,
    ) -> Batch:
        """Carry out an order on images of one team, as a batch; the one way to.

        The same `key` again gives the same batch. A picture that the provider will not
        take becomes a task that has failed at once, with the reason. Raises Refusal
        when nothing can start.
        """
        if key and (again := Batch.objects.filter(team=team, key=key).first()):
            return again
        if order.uses_engine:
            self._check_bound(team)
        verdicts = order.verdicts(images)
        with transaction.atomic():
            batch, new = Batch.objects.get_or_create(
                team=team,
                key=key or uuid.uuid4(),
                defaults={"user": user, "name": name[:150], "revision": 1},
            )
            if new:
                self._fill(batch, images, order, verdicts)
        faults.reach("tasks-committed")
        return batch

    def _fill(
        self,
        batch: Batch,
        images: Sequence[Image],
        order: Order,
        verdicts: Sequence[Verdict],
    ) -> None:
        from imaging.models.results import TaskEvent
        from imaging.worker import wake

        tasks = [
            Task.make(batch, image, order, verdict)
            for image, verdict in zip(images, verdicts, strict=True)
        ]
        self.bulk_create(tasks, batch_size=500)
        TaskEvent.objects.bulk_create(
            [TaskEvent(task=one, kind=one.state, message=one.message) for one in tasks]
        )
        if category := order.options.get("category"):
            pks = [image.pk for image in images]
            Image.objects.filter(pk__in=pks).update(last_category=category)
        for task in tasks:
            if task.state == State.PENDING:
                wake("submit", task.pk, queue=task.queue)

    def _check_bound(self, team: Team) -> None:
        used = self.engine_minutes(team)
        if used >= team.max_engine_minutes:
            raise Refusal(
                _t(
                    "Your team has used %(used)d engine minutes this month; the bound "
                    "is %(limit)d. Ask the operator for more."
                )
                % {"used": used, "limit": team.max_engine_minutes}
            )


class Task(Leased, UUIDModel):
    """One operation by one provider on one image.

    It reserves the id of its result (`result_id`) when it is made. The database is the
    truth: `stage` says which act comes next, `due` when; see ACTS.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="tasks")
    team = models.ForeignKey(Team, models.PROTECT, related_name="tasks")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="tasks")
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="tasks")
    image_name = models.CharField(max_length=150)
    result_id = models.UUIDField(default=uuid.uuid4, unique=True)
    provider = models.CharField(max_length=40)
    operation = models.CharField(max_length=40)
    options = models.JSONField(default=dict)

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
    engine_seconds = models.FloatField(default=0)

    objects = TaskManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["stage", "due"],
                condition=Q(state__in=["pending", "processing"]),
                name="open_tasks",
            ),
            models.Index(fields=["batch", "revision"], name="changed_tasks"),
            models.Index(fields=["team", "-created"], name="team_tasks"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} by {self.provider}: {self.image_name}"

    @classmethod
    def make(cls, batch: Batch, image: Image, order: Order, verdict: Verdict) -> Task:
        """Return an unsaved task; one that the provider will not take has failed."""
        task = cls(
            batch=batch,
            team_id=batch.team_id,
            owner=batch.user,
            image=image,
            image_name=image.name,
            provider=order.provider.key,
            operation=order.operation.key,
            options=order.options,
        )
        if verdict.blocked:
            task.state, task.stage, task.finished = State.ERROR, "", timezone.now()
            task.code, task.message = "blocked", verdict.reason
        return task

    @property
    def queue(self) -> str:
        """Return the queue whose workers submit this task."""
        return providers.get(self.provider).queue

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def label(self) -> str | _StrPromise:
        """Return what to say of it in one word: its stage while it runs."""
        return Stage(self.stage).label if self.is_open else State(self.state).label

    @property
    def provider_label(self) -> str:
        """Return the provider's name; its key when it is no longer installed."""
        try:
            return str(providers.get(self.provider).label)
        except KeyError:
            return self.provider

    @property
    def operation_label(self) -> str:
        try:
            return str(providers.operation(self.provider, self.operation).label)
        except KeyError:
            return self.operation

    @property
    def seconds(self) -> float | None:
        """Return how long it took, from its first act to its end."""
        if not self.began or not self.finished:
            return None
        return (self.finished - self.began).total_seconds()

    @property
    def options_shown(self) -> list[tuple[str, Any]]:
        """Return its options as people read them: label and value."""
        try:
            fields = providers.operation(self.provider, self.operation).form().fields
        except KeyError:
            return list(self.options.items())
        return [
            (str(field.label or name), choices(field).get(value, value))
            for name, value in self.options.items()
            if (field := fields.get(name)) and value not in (None, "")
        ]

    def change(self, event: str = "", **fields: Any) -> None:
        """Write `fields` under the fence this object holds, as one change.

        Raises Superseded, and writes nothing, when another process has taken over.
        The batch row comes first, so that revisions become visible in order.
        """
        with transaction.atomic():
            batch = Batch.objects.filter(pk=self.batch_id)
            batch.update(revision=F("revision") + 1)
            mine = Task.objects.filter(pk=self.pk, fence=self.fence)
            fields.setdefault("news", timezone.now())
            number = Subquery(batch.values("revision"))
            if not mine.update(revision=number, **fields):
                raise Superseded(str(self.pk))
            if event:
                self.events.create(kind=event, message=fields.get("message", ""))
        for name, value in fields.items():
            setattr(self, name, value)

    def next_act(self, stage: Stage, after: float = 0, **fields: Any) -> None:
        """Move on to `stage`, due in `after` seconds, and let go of the lease."""
        now = timezone.now()
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
        """End the task for good, under the fence."""
        self.change(
            event=state,
            state=state,
            stage=Stage.ENDED,
            finished=timezone.now(),
            lease_until=None,
            **fields,
        )

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
                running.update(cancel_asked=True, due=timezone.now(), revision=number)
            )

    def retry(self, *, confirmed: bool = False) -> bool:
        """Begin again; after an unknown outcome only when a person confirms."""
        from imaging.worker import wake

        ended = Task.objects.filter(
            pk=self.pk, state__in=[State.ERROR, State.CANCELLED]
        ).exclude(image=None)
        if not confirmed:
            ended = ended.exclude(code="outcome_unknown")
        with transaction.atomic():
            if not ended.take():
                return False
            self.refresh_from_db()
            self.change(
                event="retried",
                state=State.PENDING,
                stage=Stage.QUEUED,
                progress=None,
                code="",
                message="",
                hint="",
                ticket={},
                due=timezone.now(),
                woken=timezone.now(),
                starts=0,
                tries=0,
                began=None,
                finished=None,
                deadline=None,
                cancel_asked=False,
                lease_until=None,
            )
            wake("submit", self.pk, queue=self.queue)
        return True


def choices(field: Field) -> dict[Any, Any]:
    """Return what a form field lets people choose from: value and label."""
    return dict(getattr(field, "choices", ()))
