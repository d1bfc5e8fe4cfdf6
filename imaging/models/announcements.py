"""What happens in a team, told to whoever listens: owed in the same transaction.

Where nobody listens, that costs one small query.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count

from imaging.models.deliveries import WebhookDelivery, in_z
from imaging.models.notices import Notice
from imaging.models.webhooks import Event, Webhook

if TYPE_CHECKING:
    from imaging.models.batches import Batch
    from imaging.models.downloads import Download
    from imaging.models.images import Image
    from imaging.models.tasks import Task

FINISHED = Event.BATCH_FINISHED


def tell_stored(image: Image) -> None:
    """Tell that a picture was added."""
    event = Event.IMAGE_STORED
    if listening := listeners(image.team_id, event):
        facts = facts_of_image(image)
        owed = [WebhookDelivery.to(one, event, facts) for one in listening]
        WebhookDelivery.objects.owe(owed)


def tell_downloaded(rows: Iterable[Download]) -> None:
    """Tell that downloads were counted; each has its image, with the blob."""
    listening: dict[uuid.UUID, list[Webhook]] = {}
    owed = []
    for row in rows:
        if row.team_id not in listening:
            listening[row.team_id] = listeners(row.team_id, Event.IMAGE_DOWNLOADED)
        if row.image and (wanted := listening[row.team_id]):
            taken = {"door": row.door, "downloaded": moment(row.at)}
            facts = facts_of_image(row.image) | taken
            owed += [
                WebhookDelivery.to(one, Event.IMAGE_DOWNLOADED, facts) for one in wanted
            ]
    WebhookDelivery.objects.owe(owed)


def tell_ended(batch: Batch, tasks: Iterable[Task], *, last: bool = True) -> None:
    """Tell that tasks of a batch have ended, and of the batch's end with the `last`.

    Whoever began them may have left an address with the batch: it is told, too.
    """
    listening = Webhook.objects.listening(batch.team_id)
    owed = []
    for task in tasks if listening or batch.hook else ():
        event = f"task.{task.state}"
        if batch.hook:
            owed.append(once(batch, task, event))
        if wanted := [one for one in listening if event in one.events]:
            facts = facts_of_task(task)
            owed += [WebhookDelivery.to(one, event, facts) for one in wanted]
    if last:
        owed += ended(batch, [one for one in listening if FINISHED in one.events])
    WebhookDelivery.objects.owe(owed)


def ended(batch: Batch, listening: list[Webhook]) -> list[WebhookDelivery]:
    """Tell of the end of a batch, if this is it: one query where it is not.

    Programs hear of theirs in other ways: only who began one by hand gets a notice.
    """
    if not (batch.by_hand or listening) or batch.tasks.open().exists():
        return []
    facts = facts_of_batch(batch)
    if batch.by_hand:
        Notice.objects.tell_batch(batch, facts["tasks"])
    return [WebhookDelivery.to(one, FINISHED, facts) for one in listening]


def listeners(team_id: uuid.UUID, event: str) -> list[Webhook]:
    return [one for one in Webhook.objects.listening(team_id) if event in one.events]


def once(batch: Batch, task: Task, event: str) -> WebhookDelivery:
    """Return the message to the address that came with a batch."""
    return WebhookDelivery(
        team_id=batch.team_id, task=task, url=batch.hook, event=event
    )


def facts_of_task(task: Task) -> dict[str, Any]:
    """Return what is told of a task."""
    return {
        "id": str(task.pk),
        "state": task.state,
        "code": task.code,
        "message": task.message,
        "provider": task.provider,
        "operation": task.operation,
        "team": str(task.team_id),
        "batch": str(task.batch_id),
        "image": str(task.image_id) if task.image_id else None,
        "result": str(task.result_id),
        "created": moment(task.created),
        "finished": moment(task.finished),
        "url": url_of("tasks", task.pk),
        "batch_url": url_of("batches", task.batch_id),
    }


def facts_of_batch(batch: Batch) -> dict[str, Any]:
    """Return what is told of a batch whose tasks have all ended (one query)."""
    counted = batch.tasks.order_by().values_list("state").annotate(Count("pk"))
    return {
        "id": str(batch.pk),
        "team": str(batch.team_id),
        "name": str(batch),
        "tasks": dict(counted),
        "created": moment(batch.created),
        "url": url_of("batches", batch.pk),
    }


def facts_of_image(image: Image) -> dict[str, Any]:
    """Return what is told of a picture. Needs its blob."""
    return {
        "id": str(image.pk),
        "team": str(image.team_id),
        "name": image.name,
        "size": image.blob.size,
        "width": image.blob.width,
        "height": image.blob.height,
        "content_type": image.blob.content_type,
        "parent": str(image.parent_id) if image.parent_id else None,
        "task": str(image.task_id) if image.task_id else None,
        "layer": image.layer,
        "created": moment(image.created),
        "url": url_of("images", image.pk),
    }


def moment(at: datetime | None) -> str | None:
    return in_z(at) if at else None


def url_of(room: str, pk: object) -> str:
    """Return where the API tells more of this."""
    return f"{settings.BASE_URL}/api/v1/{room}/{pk}"
