"""What a task produced, on its way into the storage and the database."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from imaging import clock, faults, pictures
from imaging.failures import ProviderError
from imaging.models import Blob, Gallery, Image, Result, State, Task
from imaging.models.announcements import tell_ended
from imaging.providers.base import Output, ResultKind

PICTURES = {ResultKind.IMAGE, ResultKind.LAYER}


def store(task: Task, outputs: list[Output]) -> None:
    """Check and store everything a task produced, then complete it: all or nothing."""
    if not outputs:
        nothing = "The provider said it was done and gave nothing."
        raise ProviderError(nothing, "no_result", permanent=True)
    blobs: list[Blob | None] = []
    try:
        for one in outputs:
            blobs.append(draft(task, one) if one.kind in PICTURES else None)
        faults.reach("result-written")
        with transaction.atomic():
            complete(task, outputs, blobs)
    finally:
        # After a commit these are stored or taken over, and erase leaves them alone.
        for blob in filter(None, blobs):
            blob.erase()
    faults.reach("result-committed")


def complete(task: Task, outputs: list[Output], blobs: list[Blob | None]) -> None:
    """Write down what a task produced, hang it, and end the task."""
    main = next(filter(None, blobs), None)
    gallery, beside = wall_of(task), task.image
    for position, (output, blob) in enumerate(zip(outputs, blobs, strict=True)):
        image = attach(task, output, blob, first=blob is main)
        if gallery and image and not image.layer:
            gallery.hang_beside(image, beside)
            # What follows hangs behind it, in the order in which it came.
            beside = image
        Result.objects.create(
            task=task,
            kind=output.kind,
            name=output.name[:150],
            position=position,
            image=image,
            data=output.data,
        )
    said = " ".join(one.said for one in outputs if one.said)
    task.end(State.COMPLETED, progress=100, message=said, hint="", code="")
    if task.then:
        # What follows may keep the batch open.
        if main:
            Task.objects.go_on(task)
        tell_ended(task.batch, ())


def wall_of(task: Task) -> Gallery | None:
    """Return where this task's results are hung, held; None where nowhere any more.

    Of a recipe's steps only what the last has made. Held before any picture is, as by
    everybody who hangs some.
    """
    if task.then or not task.batch.gallery_id:
        return None
    found = Gallery(pk=task.batch.gallery_id)
    return found if found.hold() else None


def draft(task: Task, output: Output) -> Blob:
    """Put one picture that a provider made through the same check as an upload."""
    if output.path is None:
        raise ProviderError("The provider gave a picture without bytes.", "no_result")
    picture = pictures.inspect(output.path)
    digest = pictures.digest_of(output.path)
    return Blob.objects.draft(task.team, output.path, digest, picture)


def attach(
    task: Task, output: Output, blob: Blob | None, *, first: bool
) -> Image | None:
    """Make the image of one output; the first has the id that the task reserved."""
    if blob is None:
        return None
    kept: dict[str, Any] = {}
    if days := task.batch.keep_days:
        now = clock.now()
        kept |= {"created": now, "expires": now + timedelta(days=days)}
    return Image.objects.add(
        blob,
        owner=task.owner,
        name=output.name,
        id=task.result_id if first else uuid.uuid4(),
        parent=task.image,
        task=task,
        layer=output.kind == ResultKind.LAYER,
        **kept,
    )
