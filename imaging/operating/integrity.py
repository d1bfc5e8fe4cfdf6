"""Whether what the database says is so: the invariants, checked row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.db.models import DecimalField, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.brokers import get_broker

from imaging.models import Batch, Blob, Image, Result, Stage, State, Task, Team, Upload
from imaging.models.blobs import WRITING_LIMIT
from imaging.models.leases import is_dead
from imaging.models.states import ACTS
from imaging.models.subjects import ERASED
from imaging.pictures import digest_of

STUCK = timedelta(seconds=60)
COST = DecimalField(max_digits=14, decimal_places=4)
LONGEST_SILENCE = timedelta(minutes=5)


def problems(*, deep: bool = False) -> Iterator[str]:
    """Name everything that is not as it should be; `deep` also reads every file."""
    yield from lost_files(deep)
    yield from half_written()
    yield from orphans()
    yield from left_behind()
    yield from wrong_sums()
    yield from stuck_tasks()
    yield from senseless_tasks()
    yield from strays()
    yield from wrong_costs()


def lost_files(deep: bool) -> Iterator[str]:
    """Nothing acknowledged is lost: every blob's files are there, of the right size."""
    for blob in Blob.objects.filter(stored=True).iterator(500):
        for key, size in blob.files():
            if not default_storage.exists(key):
                yield f"blob {blob.pk}: {key} is missing"
            elif default_storage.size(key) != size:
                yield f"blob {blob.pk}: {key} should have {size} bytes"
        if deep and default_storage.exists(blob.key):
            with blob.local_copy() as path:
                if digest_of(path) != blob.digest:
                    yield f"blob {blob.pk}: its bytes have changed"


def half_written() -> Iterator[str]:
    """Nothing is half there: no writer has died or fallen silent."""
    late = timezone.now() - WRITING_LIMIT
    for blob in Blob.objects.filter(stored=False):
        if blob.created < late or is_dead(blob.writer):
            yield f"blob {blob.pk}: its writer left it half written"


def orphans() -> Iterator[str]:
    """Every file belongs to a blob or an upload, and every blob to an image."""
    for blob in Blob.objects.filter(stored=True, images=None):
        yield f"blob {blob.pk}: no image has these bytes"
    for key in sorted(files_without_row()):
        # It may have been deleted, row and all, since the folders were read.
        if default_storage.exists(key):
            yield f"file {key}: no blob or upload knows it"


def files_without_row() -> Iterator[str]:
    """Return the files in folders that no blob and no upload is named after."""
    found = list(stored_files(""))
    known = {pk.hex for pk in Blob.objects.values_list("pk", flat=True)}
    known.update(Upload.objects.values_list("key", flat=True))
    return (key for key in found if PurePosixPath(key).parent.name not in known)


def stored_files(folder: str) -> Iterator[str]:
    """Walk the storage."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in files)
    for name in folders:
        yield from stored_files(f"{folder}{name}/")


def left_behind() -> Iterator[str]:
    """No result is shown whose original is in the trash."""
    for image in Image.objects.kept().filter(parent__trashed__isnull=False):
        yield f"image {image.pk}: shown, but its original is in the trash"


def wrong_sums() -> Iterator[str]:
    """Every counter equals a recount."""
    sums = Blob.objects.filter(stored=True).order_by().values_list("team")
    used = dict(sums.annotate(Sum("size")))
    for team in Team.objects.iterator(500):
        if team.bytes_used != used.get(team.pk, 0):
            counted = used.get(team.pk, 0)
            yield f"team {team.pk}: says {team.bytes_used} bytes, has {counted}"


def stuck_tasks() -> Iterator[str]:
    """Every task ends: none is due, and nobody's, for more than a minute."""
    now = timezone.now()
    # A poll may have to wait for a circuit that is open.
    asked = Q(stage=Stage.REMOTE, due__gt=now - STUCK - LONGEST_SILENCE)
    idle = Task.objects.open().free().exclude(asked)
    for task in idle.filter(due__lt=now - STUCK, woken__lt=now - STUCK):
        if awaits_its_turn(task):
            continue
        yield f"task {task.pk}: {task.stage} and left alone since {task.due:%H:%M:%S}"


def awaits_its_turn(task: Task) -> bool:
    """Say whether this task has been woken and its queue is not done yet."""
    if task.stage == Stage.REMOTE:
        return False
    queue = "worker" if task.stage in ACTS["fetch"] else task.queue
    return bool(get_broker(queue).queue_size())


def senseless_tasks() -> Iterator[str]:
    """Every task ends with a reason, and a completed one has its result."""
    ended = Task.objects.exclude(state__in=[State.PENDING, State.PROCESSING])
    for task in ended.filter(finished=None):
        yield f"task {task.pk}: {task.state} without a time"
    for task in ended.filter(state=State.ERROR, message=""):
        yield f"task {task.pk}: failed without a reason"
    made = Exists(Result.objects.filter(task=OuterRef("pk")))
    done = ended.filter(state=State.COMPLETED).exclude(code=ERASED)
    for task in done.exclude(made):
        yield f"task {task.pk}: completed without a result"
    for batch in Batch.objects.filter(tasks=None):
        yield f"batch {batch.pk}: has no task"


def strays() -> Iterator[str]:
    """Whatever belongs together is of one team."""
    for task in Task.objects.exclude(team=F("batch__team")):
        yield f"task {task.pk}: is of another team than its batch"
    pictured = Task.objects.filter(image__isnull=False)
    for task in pictured.exclude(team=F("image__team")):
        yield f"task {task.pk}: works on a picture of another team"
    measured = Task.objects.filter(subject__isnull=False)
    for task in measured.exclude(team=F("subject__team")):
        yield f"task {task.pk}: measures somebody of another team"


def wrong_costs() -> Iterator[str]:
    """What is counted was reserved, and is given back where nothing was sent."""
    costly = Task.objects.filter(cost__isnull=False)
    for task in costly.filter(Q(unit="") | Q(reserved=None)):
        yield f"task {task.pk}: costs something, and nobody knows since when or in what"
    for task in costly.filter(cost__lt=Coalesce("spent", 0, output_field=COST)):
        yield f"task {task.pk}: costs less than its attempts before"
    unsent = costly.filter(state__in=[State.ERROR, State.CANCELLED], began=None)
    for task in unsent.filter(cost__gt=Coalesce("spent", 0, output_field=COST)):
        yield f"task {task.pk}: was never sent, and still costs something"
