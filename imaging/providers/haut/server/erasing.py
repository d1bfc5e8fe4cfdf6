"""Deleting what a program wants gone: files at once, and what was computed of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from imaging.models import Image, Result, State, Task, Upload, VendorRecord
from imaging.models.imagesets import ImageQuerySet
from imaging.models.periods import CONDEMNED
from imaging.models.subjects import ERASED
from imaging.providers.haut.server.records import Place, of


def forget_subjects(places: Sequence[Place]) -> None:
    """Delete people with all that is of them. Raises NotAllowed; Refusal if busy."""
    for place in places:
        place.need_change(place.subject, *place.images())
    for place in places:
        images = list(place.images())
        batches = list(of(place.team, "batch", place.subject))
        if place.person:
            place.person.erase(place.caller.user)
        forget_images(images)
        for row in (*batches, place.subject):
            row.delete()


def forget_images(rows: Iterable[VendorRecord]) -> int:
    """Delete images with their bytes, results and masks; what still runs is stopped.

    Returns how many were not deleted meanwhile by another request.
    """
    count = 0
    for row in rows:
        for upload in Upload.objects.filter(pk=row.key):
            upload.cancel()
        tasks = Task.objects.filter(pk=row.data.get("task") or row.key)
        for task in tasks.open():
            task.cancel()
        with transaction.atomic():
            if not row.delete()[0]:
                continue
            Result.objects.filter(task__in=tasks).delete()
            tasks.filter(state=State.COMPLETED).update(code=ERASED)
            masks = Image.objects.filter(task__in=tasks)
            pks = [*masks.values_list("pk", flat=True), row.key]
            condemned(pks)
        remove(pks)
        count += 1
    return count


def remove_photos(place: Place) -> None:
    """Remove the files of a subject's images; their results and masks stay."""
    rows = list(place.images())
    waiting = [one for one in rows if not one.data.get("computed")]
    forget_images(waiting)
    remove([row.key for row in rows])


def condemned(pks: Sequence[object]) -> ImageQuerySet:
    """Let nobody see these any more; whatever happens now, they will be deleted."""
    gone = Image.objects.filter(pk__in=pks)
    gone.update(trashed=timezone.now() - CONDEMNED)
    return gone


def remove(pks: Sequence[object]) -> None:
    """Delete images for good; one that is worked on goes when that has ended."""
    for image in condemned(pks).idle().select_related("blob__team"):
        image.remove()
