"""Sets of tasks: whose they are, which are due, and how they begin."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.fields.json import KT
from django.db.models.functions import RowNumber
from django.utils import translation
from django.utils.translation import gettext as _t

from imaging import clock, faults
from imaging.failures import reason_of
from imaging.models.announcements import tell_ended
from imaging.models.batches import Batch, Via
from imaging.models.costs import NOTHING, Budget, amount, this_month
from imaging.models.images import Image
from imaging.models.imagesets import in_hands_of
from imaging.models.leases import LeaseQuerySet
from imaging.models.orders import Order, Refusal
from imaging.models.paging import following
from imaging.models.people import Team, User
from imaging.models.states import ACTS, THERE, Stage, State
from imaging.models.steering import NO_ROOM, ProviderControl
from imaging.models.subjects import Subject, without_consent
from imaging.providers.base import ResultKind, Verdict
from imaging.wakeup import wake

if TYPE_CHECKING:
    from imaging.models.galleries import Gallery
    from imaging.models.recipes import Step
    from imaging.models.tasks import Task


# From so many of the last tasks it is learned how long the next will take.
RECENT = 20
BY_HAND = Via()


class IsOpen(models.Func):
    """Says of a state that it is open, in the very words of the indexes of open tasks.

    SQLite reads an index of some rows only where it is asked for them word by word, and
    all tasks that ever were otherwise.
    """

    template = "(%(expressions)s IN ('pending', 'processing'))"
    output_field = models.BooleanField()


class TaskQuerySet(LeaseQuerySet):
    def visible_to(self, user: User) -> TaskQuerySet:
        return self.filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> TaskQuerySet:
        """Return the tasks this person may cancel or retry."""
        return self.filter(in_hands_of(user))

    def open(self) -> TaskQuerySet:
        return self.filter(IsOpen("state"))

    def failed(self) -> TaskQuerySet:
        return self.filter(state=State.ERROR)

    def like(self, task: Task) -> TaskQuerySet:
        """Return the tasks that ended for the same reason as this one."""
        return self.filter(code=task.code, message=task.message)

    def with_keys(self) -> TaskQuerySet:
        """Load the key that each picture got, as `asset_key`; None if it got none."""
        from imaging.models.results import Result

        got = Result.objects.filter(task=OuterRef("pk"), kind=ResultKind.ASSET)
        key = got.annotate(key=KT("data__key")).values("key")[:1]
        return self.annotate(asset_key=Subquery(key))

    def up_to(self, task: Task) -> TaskQuerySet:
        """Return what stands on a page that ends with `task` (see `after`)."""
        same = Q(created=task.created, id__lte=task.pk)
        return self.filter(Q(created__lt=task.created) | same)

    def after(self, task: Task | None) -> TaskQuerySet:
        """Return what comes after `task` on a page, oldest first."""
        return following(self, (task.created, task.pk) if task else None, "created")

    def due(self, act: str) -> TaskQuerySet:
        """Return what this act should do now, and nobody is doing."""
        ready = self.filter(stage__in=ACTS[act], due__lte=clock.now())
        return ready.open().free()

    def queued(self) -> TaskQuerySet:
        """Return the open tasks of which nothing was sent yet, nor is about to be."""
        return self.open().filter(stage=Stage.QUEUED)

    def in_place(self) -> TaskQuerySet:
        """Return the tasks that their providers have, or are being sent."""
        return self.open().filter(stage__in=THERE)

    def waiting(self) -> TaskQuerySet:
        """Return the queued tasks that only wait to be sent, for whatever room."""
        ready = Q(due__lte=clock.now()) | Q(message=NO_ROOM)
        return self.queued().free().filter(ready)

    def oldest_of_each_team(self, count: int) -> list[Any]:
        """Return id, team, time and place in its team of so many of each team."""
        order = ["created", "id"]
        place = Window(RowNumber(), partition_by="team", order_by=order)
        first = self.annotate(place=place).filter(place__lte=count).order_by()
        return list(first.values_list("pk", "team", "created", "place"))

    def first_of_each_team(self, count: int) -> TaskQuerySet:
        """Return at most so many of each team's tasks, what is due first first."""
        place = Window(RowNumber(), partition_by="team", order_by=["due", "id"])
        return self.annotate(place=place).filter(place__lte=count).order_by("due")

    def claim(self, pk: uuid.UUID | str, act: str) -> Task | None:
        """Lease the task for one act; None when there is nothing to do for us."""
        if not self.filter(pk=pk).due(act).take(starts=F("starts") + 1):
            return None
        return self.select_related("image__blob", "batch", "team", "subject").get(pk=pk)

    def tempo(self, team: Team, order: Order) -> float:
        """Return how long this team's last tasks of this kind took, 1 as estimated.

        Known of work done here alone; 1 where nothing was measured yet.
        """
        if not order.uses_engine:
            return 1.0
        alike: dict[str, Any] = {
            f"options__{name}": order.options.get(name)
            for name in order.operation.paced_by
        }
        past = self.filter(
            team=team,
            provider=order.provider.key,
            operation=order.operation.key,
            state=State.COMPLETED,
            engine_seconds__gt=0,
            image__isnull=False,
            **alike,
        )
        ratios = [
            task.engine_seconds / expected
            for task in past.select_related("image__blob").order_by("-created")[:RECENT]
            if (expected := order.expected(task.image, task.options)) > 0
        ]
        return median(ratios) if ratios else 1.0

    def engine_minutes(self, team: Team) -> float:
        """Return the minutes of processor time this team has used this month."""
        used = self.filter(team=team, created__gte=this_month())
        return (used.aggregate(sum=Sum("engine_seconds"))["sum"] or 0) / 60


class TaskManager(models.Manager.from_queryset(TaskQuerySet)):  # type: ignore[misc]
    def start(
        self,
        images: Sequence[Image],
        order: Order,
        *,
        team: Team,
        user: User | None,
        subject: Subject | None = None,
        name: str = "",
        key: uuid.UUID | None = None,
        via: Via = BY_HAND,
        gallery: Gallery | None = None,
    ) -> Batch:
        """Carry out an order on images of one team, as a batch; the one way to.

        What comes of it is hung in `gallery`, beside what it was made of.

        The same `key` again gives the same batch. A picture that the provider will not
        take becomes a task that has failed at once, with the reason. What measures a
        person needs `subject`, with consent. Raises Refusal when nothing can start.
        """
        if key and (again := Batch.objects.filter(team=team, key=key).first()):
            return again
        ProviderControl.objects.check_open(order.provider)
        if order.uses_engine:
            self.check_bound(team)
        # Why one is not taken is kept, for everybody: in English.
        with translation.override("en"):
            verdicts = order.verdicts(images)
        with transaction.atomic():
            subject = self._agreeing(subject, order, team)
            batch, new = Batch.objects.get_or_create(
                team=team,
                key=key or uuid.uuid4(),
                defaults={
                    "user": user,
                    "name": name[:150],
                    "revision": 1,
                    "gallery": gallery,
                    **asdict(via),
                },
            )
            if new:
                self._fill(batch, images, order, verdicts, subject)
        faults.reach("tasks-committed")
        return batch

    @transaction.atomic
    def go_on(self, task: Task) -> None:
        """Begin the next step of a recipe on what a task has made, in its batch.

        Called in the transaction that completes the task, so it happens once, or not
        at all. What cannot begin becomes a task that has failed, with the reason.
        """
        from imaging.models.recipes import Step

        if self.filter(pk=task.pk, cancel_asked=True).exists():
            return
        image = Image.objects.select_related("blob").get(pk=task.result_id)
        step, rest = Step(**task.then[0]), task.then[1:]
        batch = Batch.objects.select_related("team", "user").get(pk=task.batch_id)
        try:
            with transaction.atomic():
                order = step.order(batch.team, rest)
                if order.uses_engine:
                    self.check_bound(batch.team)
                person = self._agreeing(None, order, batch.team)
                self._fill(batch, [image], order, [order.verdict(image)], person)
        except Refusal as refusal:
            self._refuse(batch, image, step, rest, refusal.message)

    def _refuse(
        self, batch: Batch, image: Image, step: Step, rest: list[Any], why: str
    ) -> None:
        """Note a step that could not begin as a failed task; it can be done again."""
        task = self.create(
            batch=batch,
            team_id=batch.team_id,
            owner=batch.user,
            image=image,
            image_name=image.name,
            provider=step.provider,
            operation=step.operation,
            options=step.options,
            then=rest,
            revision=batch.revision,
            state=State.ERROR,
            stage="",
            code="not_begun",
            message=why,
            reason=reason_of(why),
            finished=clock.now(),
        )
        task.events.create(kind=task.state, message=why)
        tell_ended(batch, [task], last=False)

    def _fill(
        self,
        batch: Batch,
        images: Sequence[Image],
        order: Order,
        verdicts: Sequence[Verdict],
        subject: Subject | None,
    ) -> None:
        from imaging.models.results import TaskEvent

        tasks = [
            self.model.make(batch, image, order, verdict, subject)
            for image, verdict in zip(images, verdicts, strict=True)
        ]
        if category := order.options.get("category"):
            # Before the budget, as where a recipe goes on: else two could wait for
            # each other.
            Image.objects.note_category(images, category)
        if order.provider.credentials:
            self._reserve(tasks, order)
        self.bulk_create(tasks, batch_size=500)
        TaskEvent.objects.bulk_create(
            [TaskEvent(task=one, kind=one.state, message=one.message) for one in tasks]
        )
        bounded = ProviderControl.objects.gives_turns(order.provider)
        for task in tasks:
            if task.state == State.PENDING and not bounded:
                wake("submit", task.pk, queue=task.queue)
        if over := [task for task in tasks if task.state != State.PENDING]:
            tell_ended(batch, over, last=False)

    @staticmethod
    def _reserve(tasks: Sequence[Task], order: Order) -> None:
        """Reserve what these tasks will cost, all or none. Raises Refusal."""
        wanted, unit = NOTHING, ""
        for task in tasks:
            if task.state == State.PENDING and task.image:
                estimate = order.estimate(task.image)
                for name, value in task.reserving(estimate).items():
                    setattr(task, name, value)
                wanted, unit = wanted + amount(estimate.cost), estimate.unit or unit
        Budget.objects.reserve(tasks[0].batch.team, order.provider, wanted, unit)

    def _agreeing(
        self, subject: Subject | None, order: Order, team: Team
    ) -> Subject | None:
        """Return whom the order measures; nobody, where it measures no person."""
        if not order.operation.of_person:
            return None
        if subject is None:
            raise Refusal(
                _t(
                    "%s measures a person. Say who it is, and confirm that they have "
                    "agreed."
                )
                % order.operation.label
            )
        held = Subject.objects.hold(subject.pk, team)
        if held is None or not held.has_consent:
            raise Refusal(without_consent(held, subject.name))
        return held

    def check_bound(self, team: Team) -> None:
        """Raise Refusal when a team has used up the engine minutes of this month."""
        used = self.engine_minutes(team)
        if used >= team.max_engine_minutes:
            raise Refusal(
                _t(
                    "Your team has used %(used)d engine minutes this month; the bound "
                    "is %(limit)d. Ask the operator for more."
                )
                % {"used": used, "limit": team.max_engine_minutes}
            )
