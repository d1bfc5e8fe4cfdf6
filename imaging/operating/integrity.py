"""Whether what the database says is so: the invariants, checked row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.brokers import get_broker

from imaging.models import (
    Batch,
    Blob,
    Image,
    ProviderControl,
    Result,
    Stage,
    State,
    Task,
    Team,
)
from imaging.models.blobs import WRITING_LIMIT
from imaging.models.leases import is_dead
from imaging.models.states import ACTS, OPEN
from imaging.models.subjects import ERASED
from imaging.operating import mending, recount
from imaging.operating.files import files
from imaging.operating.mending import COST
from imaging.operating.problems import Problem, Unmended

STUCK = timedelta(seconds=60)
LONGEST_SILENCE = timedelta(minutes=5)
AGAIN = "start it again: what it made is not here"
LOOK = "nobody can tell what is right: look at it in the console"


def problems(*, deep: bool = False, counters: bool = False) -> Iterator[Problem]:
    """Name everything that is not as it should be.

    `deep` also reads every original, `counters` also counts all downloads again.
    """
    yield from files(deep=deep)
    yield from half_written()
    yield from unused()
    yield from left_behind()
    yield from wrong_sums()
    yield from stuck_tasks()
    yield from senseless_tasks()
    yield from strays()
    yield from wrong_costs()
    if counters:
        yield from miscounts()


def half_written() -> Iterator[Problem]:
    """Nothing is half there: no writer has died or fallen silent."""
    late = timezone.now() - WRITING_LIMIT
    for blob in Blob.objects.filter(stored=False):
        if blob.created < late or is_dead(blob.writer):
            said = f"blob {blob.pk}: its writer left it half written"
            yield Problem(said, partial(mending.erase_half, blob.pk))


def unused() -> Iterator[Problem]:
    """Every blob belongs to an image."""
    for pk in pks(Blob.objects.filter(stored=True, images=None)):
        said = f"blob {pk}: no image has these bytes"
        yield Problem(said, partial(mending.erase_unused, pk))


def pks(rows: QuerySet[Any]) -> list[UUID]:
    """Return the ids of rows that are wrong, read before the first is mended."""
    return list(rows.order_by().values_list("pk", flat=True))


def left_behind() -> Iterator[Problem]:
    """No result is shown whose original is in the trash."""
    for pk in pks(Image.objects.kept().filter(parent__trashed__isnull=False)):
        said = f"image {pk}: shown, but its original is in the trash"
        yield Problem(said, partial(mending.bring_back, pk))


def wrong_sums() -> Iterator[Problem]:
    """Every counter equals a recount."""
    sums = Blob.objects.filter(stored=True).order_by().values_list("team")
    used = dict(sums.annotate(Sum("size")))
    for pk, said in list(Team.objects.values_list("pk", "bytes_used")):
        if said == used.get(pk, 0):
            continue
        # Somebody may have added some since; of one moment both must be the same.
        said, counted = mending.counts_of(pk)
        if said != counted:
            wrong = f"team {pk}: says {said} bytes, has {counted}"
            yield Problem(wrong, partial(mending.recount_team, pk))


def stuck_tasks() -> Iterator[Problem]:
    """Every task ends: none is due, and nobody's, for more than a minute."""
    now = timezone.now()
    # A poll may have to wait for a circuit that is open.
    asked = Q(stage=Stage.REMOTE, due__gt=now - STUCK - LONGEST_SILENCE)
    # What is held back has its turn when there is room, or when it is resumed.
    held = Q(stage=Stage.QUEUED, provider__in=ProviderControl.objects.full())
    idle = Task.objects.open().free().exclude(asked).exclude(held)
    for task in list(idle.filter(due__lt=now - STUCK, woken__lt=now - STUCK)):
        if awaits_its_turn(task):
            continue
        said = f"task {task.pk}: {task.stage} and left alone since {task.due:%H:%M:%S}"
        yield Problem(said, partial(mending.wake_task, task.pk))


def awaits_its_turn(task: Task) -> bool:
    """Say whether this task has been woken and its queue is not done yet."""
    if task.stage == Stage.REMOTE:
        return False
    queue = "worker" if task.stage in ACTS["fetch"] else task.queue
    return bool(get_broker(queue).queue_size())


def senseless_tasks() -> Iterator[Problem]:
    """Every task ends with a reason, and a completed one has its result."""
    ended = Task.objects.exclude(state__in=OPEN)
    for pk, state in ended.filter(finished=None).values_list("pk", "state"):
        said = f"task {pk}: {state} without a time"
        yield Problem(said, partial(mending.note_time, pk))
    for pk in pks(ended.filter(state=State.ERROR, message="")):
        said = f"task {pk}: failed without a reason"
        yield Problem(said, partial(mending.give_reason, pk))
    made = Exists(Result.objects.filter(task=OuterRef("pk")))
    done = ended.filter(state=State.COMPLETED).exclude(code=ERASED)
    for pk in pks(done.exclude(made)):
        yield Problem(f"task {pk}: completed without a result", advice=AGAIN)
    for pk in pks(Batch.objects.filter(tasks=None)):
        said = f"batch {pk}: has no task"
        yield Problem(said, partial(mending.drop_batch, pk))


def strays() -> Iterator[Problem]:
    """Whatever belongs together is of one team."""
    for pk in pks(Task.objects.exclude(team=F("batch__team"))):
        said = f"task {pk}: is of another team than its batch"
        yield Problem(said, partial(mending.return_to_owner, pk))
    pictured = Task.objects.filter(image__isnull=False)
    for pk in pks(pictured.exclude(team=F("image__team"))):
        said = f"task {pk}: works on a picture of another team"
        yield Problem(said, partial(mending.return_to_owner, pk))
    measured = Task.objects.filter(subject__isnull=False)
    for pk in pks(measured.exclude(team=F("subject__team"))):
        yield Problem(f"task {pk}: measures somebody of another team", advice=LOOK)


def wrong_costs() -> Iterator[Problem]:
    """What is counted was reserved, and is given back where nothing was sent."""
    costly = Task.objects.filter(cost__isnull=False)
    for pk in pks(costly.filter(Q(unit="") | Q(reserved=None))):
        said = f"task {pk}: costs something, and nobody knows since when or in what"
        yield Problem(said, advice=LOOK)
    before = Coalesce("spent", 0, output_field=COST)
    for pk in pks(costly.filter(cost__lt=before)):
        said = f"task {pk}: costs less than its attempts before"
        yield Problem(said, partial(mending.count_attempts, pk))
    unsent = costly.filter(state__in=[State.ERROR, State.CANCELLED], began=None)
    for pk in pks(unsent.filter(cost__gt=before)):
        said = f"task {pk}: was never sent, and still costs something"
        yield Problem(said, partial(mending.take_cost_back, pk))


def miscounts() -> Iterator[Problem]:
    """Every number of downloads is what the rows say."""
    left = cache(repaired_counts)
    for said in list(recount.differences()):
        yield Problem(said, partial(count_anew, said, left))


def repaired_counts() -> set[str]:
    """Set right what follows from the downloads; return what is wrong still."""
    recount.repair()
    return set(recount.differences())


def count_anew(said: str, left: Callable[[], set[str]]) -> str:
    """Say whether counting again, once for all, has set this right."""
    if said in left():
        raise Unmended(LOOK)
    return f"counted again: {said}"
