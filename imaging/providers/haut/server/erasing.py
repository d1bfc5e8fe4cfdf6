"""Deleting what a program wants gone: files at once, and what was computed of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from imaging.models import Image, Result, State, Task, Upload, VendorRecord
from imaging.models.imagesets import TRASH_KEPT
from imaging.models.subjects import ERASED
from imaging.providers.haut.server.records import Place, of


def forget_subjects(places: Sequence[Place]) -> None:
    """Delete people with all that is of them. Raises NotAllowed; Refusal if busy."""
    for place in places:
        place.need_change(place.subject)
    for place in places:
        images = list(of(place.team, "image", subject=place.subject.key))
        batches = list(of(place.team, "batch", subject=place.subject.key))
        if place.person:
            place.person.erase(place.caller.user)
        forget_images(images)
        for row in (*batches, place.subject):
            row.delete()


def forget_images(rows: Iterable[VendorRecord]) -> None:
    """Delete images with their bytes, results and masks; what still runs is stopped."""
    for row in rows:
        for upload in Upload.objects.filter(pk=row.key):
            upload.cancel()
        tasks = Task.objects.filter(pk=row.data.get("task") or row.key)
        for task in tasks.open():
            task.cancel()
        with transaction.atomic():
            row.delete()
            Result.objects.filter(task__in=tasks).delete()
            tasks.filter(state=State.COMPLETED).update(code=ERASED)
            masks = Image.objects.filter(task__in=tasks)
            pks = [*masks.values_list("pk", flat=True), row.key]
        remove(pks)


def remove_photos(place: Place) -> None:
    """Remove the files of a subject's images; their results and masks stay."""
    rows = list(of(place.team, "image", subject=place.subject.key))
    waiting = [one for one in rows if not one.data.get("computed")]
    forget_images(waiting)
    for row in rows:
        if row not in waiting:
            row.learn(removed=True)
    remove([row.key for row in rows])


def remove(pks: Iterable[object]) -> None:
    """Delete images for good; one that is worked on goes when that has ended."""
    gone = Image.objects.filter(pk__in=list(pks))
    gone.update(trashed=timezone.now() - TRASH_KEPT)
    for image in gone.idle().select_related("blob__team"):
        image.remove()
