"""What a repair does, one problem at a time, while the site runs.

Each looks once more before it changes anything: nothing is removed that a row needs.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models import DecimalField, F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from imaging.delivery import copies
from imaging.models import (
    Batch,
    Blob,
    Image,
    ShareLink,
    Stage,
    State,
    Task,
    Team,
    Upload,
)
from imaging.models.states import ACTS
from imaging.operating.problems import Unmended
from imaging.pictures import digest_of
from imaging.wakeup import wake

# So old a file is that nobody is writing it any more: a blob's writer has given up
# after a quarter of an hour, an upload after another.
GRACE = timedelta(hours=1)
COST = DecimalField(max_digits=14, decimal_places=4)
BRING_BACK = (
    "bring it back from a backup (manage.py restore --missing FILE), or send the same "
    "picture once more; until then its page says that the file is missing"
)


def owned(names: Collection[str]) -> set[str]:
    """Return which of these folders a blob or an upload is named after."""
    pks = {}
    for name in names:
        with suppress(ValueError):
            pks[UUID(name)] = name
    rows = Blob.objects.filter(pk__in=pks).values_list("pk", flat=True)
    mine = Upload.objects.filter(key__in=names).values_list("key", flat=True)
    return {pks[pk] for pk in rows} | set(mine)


def sweep_away(key: str) -> str:
    """Delete a file that no row knows, unless somebody may be writing it."""
    folder = PurePosixPath(key).parent
    blob = _blob_of(folder.name)
    if blob is None and owned({folder.name}):
        return ""
    if blob and (not blob.stored or key in dict(blob.files())):
        return ""
    try:
        written = default_storage.get_modified_time(key)
    except FileNotFoundError:
        return ""
    if written > timezone.now() - GRACE:
        hours = GRACE.total_seconds() / 3_600
        raise Unmended(f"younger than {hours:g} hour: left alone, run this again later")
    default_storage.delete(key)
    if isinstance(default_storage, FileSystemStorage) and folder.name:
        with suppress(OSError):
            # Only where it is empty now.
            default_storage.delete(str(folder))
    return f"deleted {key}"


def _blob_of(name: str) -> Blob | None:
    with suppress(ValueError):
        return Blob.objects.filter(pk=UUID(name)).first()
    return None


def erase_half(pk: UUID) -> str:
    """Remove what a writer left half written."""
    for blob in Blob.objects.filter(pk=pk, stored=False):
        if blob.take_over():
            blob.erase()
            return f"erased the half of blob {pk}"
    return ""


def erase_unused(pk: UUID) -> str:
    """Remove bytes that no picture shows."""
    blob = Blob.objects.filter(pk=pk).select_related("team").first()
    if blob is None:
        return ""
    with transaction.atomic():
        blob.release()
    if Blob.objects.filter(pk=pk, stored=True).exists():
        return ""
    blob.erase()
    return f"erased blob {pk}, {blob.size} bytes"


def make_again(pk: UUID, key: str) -> str:
    """Forget a rendition or copy that is not as it should be, and have it made."""
    with transaction.atomic():
        try:
            held = Blob.objects.hold(pk=pk)
        except Blob.DoesNotExist:
            return ""
        made = {name: one["key"] for name, one in held.renditions.items()}
        names = [name for name, where in made.items() if where == key]
        kinds = [kind for kind, one in held.copies.items() if one["key"] == key]
        held.renditions = {k: v for k, v in held.renditions.items() if k not in names}
        held.copies = {k: v for k, v in held.copies.items() if k not in kinds}
        held.rendered = held.rendered and not names
        held.save(update_fields=["renditions", "copies", "rendered"])
        if names:
            wake("render", pk)
    for kind in kinds:
        _prepare(held, kind)
    what = ", ".join([*names, *kinds])
    return f"blob {pk}: {what} is made again" if what else ""


def _prepare(blob: Blob, kind: str) -> None:
    """Have a copy made for the links that hand it out; else whoever asks makes it."""
    if kind in copies.KINDS:
        links = ShareLink.objects.open().filter(mode=kind)
        shown = links.filter(gallery__items__image__blob=blob).order_by().distinct()
        for link in shown.values_list("pk", flat=True)[:100]:
            wake("prepare", link)


def mark(pk: UUID, flaw: str) -> str:
    """Let people see that an original is missing: nothing can make it again."""
    Blob.objects.filter(pk=pk, stored=True).update(flaw=flaw)
    raise Unmended(BRING_BACK)


def welcome(pk: UUID) -> str:
    """Let a picture whose file is back be as any other."""
    blob = Blob.objects.filter(pk=pk, stored=True).exclude(flaw="").first()
    if blob is None:
        return ""
    with blob.local_copy() as path:
        if digest_of(path) != blob.digest:
            return mark(pk, Blob.Flaw.CHANGED)
    Blob.objects.filter(pk=pk).update(flaw="")
    return f"blob {pk}: its file is here again"


def bring_back(pk: UUID) -> str:
    """Take an original out of the trash whose result is shown."""
    shown = Image.objects.kept().filter(pk=pk, parent__trashed__isnull=False)
    parents = list(shown.values_list("parent", flat=True))
    if not Image.objects.filter(pk__in=parents).restore():
        return ""
    return f"took the original of image {pk} out of the trash"


def recount_team(pk: UUID) -> str:
    """Count a team's bytes again, while nobody adds to them."""
    with transaction.atomic():
        said, counted = counts_of(pk)
        Team.objects.filter(pk=pk).update(bytes_used=counted)
    return "" if said == counted else f"team {pk}: has {counted} bytes"


def counts_of(pk: UUID) -> tuple[int, int]:
    """Return what a team's counter says and what its blobs sum up to, of one moment.

    Whoever adds bytes holds the team's row last, so no count falls in between.
    """
    with transaction.atomic():
        row = Team.objects.select_for_update(no_key=True).filter(pk=pk)
        said = row.values_list("bytes_used", flat=True).first() or 0
        mine = Blob.objects.filter(team=pk, stored=True).order_by()
        return said, mine.aggregate(sum=Sum("size"))["sum"] or 0


def wake_task(pk: UUID) -> str:
    """Wake a task that nobody has taken up."""
    task = Task.objects.open().filter(pk=pk).first()
    now = timezone.now()
    free = Task.objects.open().free().filter(pk=pk)
    if not task or not free.update(woken=now, due=now, lease_until=None):
        return ""
    if task.stage != Stage.REMOTE:
        fetching = task.stage in ACTS["fetch"]
        act, queue = ("fetch", "worker") if fetching else ("submit", task.queue)
        wake(act, pk, queue=queue)
    return f"woke task {pk}"


def note_time(pk: UUID) -> str:
    """Say when a task ended: when there was last any news of it."""
    count = Task.objects.filter(pk=pk, finished=None).update(finished=F("news"))
    return f"task {pk}: ended at its last news" if count else ""


def give_reason(pk: UUID) -> str:
    said = "It failed, and nobody noted why."
    count = Task.objects.filter(pk=pk, message="").update(message=said)
    return f"task {pk}: says that its reason is not known" if count else ""


def drop_batch(pk: UUID) -> str:
    """Delete a batch in which there is nothing."""
    early = timezone.now() - GRACE
    empty = Batch.objects.filter(pk=pk, tasks=None)
    if empty.filter(created__gt=early).exists():
        raise Unmended("it was made a moment ago; run this again later")
    return f"deleted the empty batch {pk}" if empty.delete()[0] else ""


def return_to_owner(pk: UUID) -> str:
    """Give a task to the team that has both its batch and its picture."""
    task = Task.objects.filter(pk=pk).select_related("batch", "image").first()
    if task is None or task.image is None or task.image.team_id != task.batch.team_id:
        raise Unmended("nobody can tell whose it is: look at it in the console")
    team = task.batch.team_id
    count = Task.objects.filter(pk=pk).exclude(team=team).update(team=team)
    return f"task {pk}: is of team {team}, as its batch and picture" if count else ""


def take_cost_back(pk: UUID) -> str:
    """Let a task cost what its attempts before did: this one was never sent."""
    ended = [State.ERROR, State.CANCELLED]
    mine = Task.objects.filter(pk=pk, began=None, state__in=ended)
    before = Coalesce("spent", 0, output_field=COST)
    count = mine.filter(cost__gt=before).update(cost=F("spent"))
    return f"task {pk}: costs only what was sent" if count else ""


def count_attempts(pk: UUID) -> str:
    """Let a task cost at least what its attempts before did."""
    count = Task.objects.filter(pk=pk, cost__lt=F("spent")).update(cost=F("spent"))
    return f"task {pk}: costs what its attempts before did" if count else ""
