"""Behind the stage of a site: batches that are watched, and changes of their tasks.

A task moves as it does when its provider says how far it has come: through the
application, under its fence.
"""

import random
import threading
import time
from datetime import timedelta
from typing import Any

from tests.backstage import answer


def begin(count: int) -> dict[str, Any]:
    """Make batches of one task at work; say where, and as who, they are watched."""
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from imaging import live
    from imaging.models import Batch, Task, User
    from imaging.models.states import Stage, State

    user = User.objects.create_user("alice@example.com")
    team = user.own_teams()[0]
    batches = Batch.objects.bulk_create(
        [Batch(team=team, user=user, revision=1) for _ in range(count)]
    )
    Task.objects.bulk_create(
        Task(
            batch=batch,
            team=team,
            owner=user,
            image_name="a.jpg",
            provider="local",
            operation="upscale",
            state=State.PROCESSING,
            stage=Stage.REMOTE,
            began=timezone.now(),
            due=timezone.now() + timedelta(hours=1),
        )
        for batch in batches
    )
    client = Client()
    client.force_login(user)
    return {
        "cookie": client.cookies["sessionid"].value,
        "pages": [reverse("batch", args=[batch.pk]) for batch in batches],
        "asked": [reverse("batch_changes", args=[batch.pk]) for batch in batches],
        "permits": [live.permit(user, batch) for batch in batches],
    }


def change(seconds: float, every: float) -> list[tuple[str, int, float]]:
    """Move a task by chance, again and again; say batch, revision and when."""
    from imaging.models import Task

    tasks, made = list(Task.objects.all()), []
    dice, began = random.Random(3), time.monotonic()  # noqa: S311
    for turn in range(int(seconds / every)):
        threading.Event().wait(max(began + turn * every - time.monotonic(), 0))
        made.append(move(dice.choice(tasks), turn % 98 + 1))
    return made


def change_one(address: str, percent: int) -> float:
    """Move the task of the batch with this page; say when."""
    from imaging.models import Task

    task = Task.objects.get(batch=address.strip("/").split("/")[-1])
    return move(task, percent)[2]


def move(task: Any, percent: int) -> tuple[str, int, float]:
    """Let a task come on; its change may be seen from the moment that is returned."""
    task.change(progress=percent)
    at = time.time()
    task.batch.refresh_from_db(fields=["revision"])
    return str(task.batch_id), task.batch.revision, at


if __name__ == "__main__":
    answer(begin, change, change_one)
