"""Speaks to a running application's database: one JSON call a line, one answer."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django


def begin(
    provider: str, operation: str, options: dict[str, Any], count: int, seed: int
) -> list[str]:
    """Store a photograph and start tasks on it, each in a batch of its own."""
    from imaging.models import Image, Order, Task, User
    from tests.drawing import jpeg

    user, _ = User.objects.get_or_create(email="alice@example.com")
    team = user.own_teams()[0]
    order = Order.of(team, provider, operation, options)
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Path(file.name).write_bytes(jpeg(320, 240, seed=seed))
        image = Image.objects.store(Path(file.name), team=team, owner=user, name="a")
    batches = [
        Task.objects.start([image], order, team=team, user=user) for _ in range(count)
    ]
    return [str(batch.tasks.get().pk) for batch in batches]


def tasks(pks: list[str]) -> list[dict[str, Any]]:
    """Tell how these tasks stand."""
    from imaging.models import Task

    return [
        {
            "id": str(task.pk),
            "state": task.state,
            "stage": task.stage,
            "code": task.code,
            "message": task.message,
            "starts": task.starts,
            "ends": task.events.filter(kind__in=ENDS).count(),
            "results": task.results.count(),
            "images": task.images.count(),
        }
        for task in Task.objects.filter(pk__in=pks)
    ]


def leaving(seconds: float, count: int) -> dict[str, float]:
    """Tell when each of so many tasks was first seen not to be waited for any more."""
    from imaging.models import Stage, Task

    until, left = time.monotonic() + seconds, dict[str, float]()
    while len(left) < count and time.monotonic() < until:
        here = Task.objects.exclude(stage__in=[Stage.QUEUED, Stage.SENDING])
        for pk in here.exclude(stage=Stage.REMOTE).values_list("pk", flat=True):
            left.setdefault(str(pk), time.time())
        time.sleep(0.1)
    return left


def announce(url: str) -> str:
    """Owe a webhook at this address one message."""
    from imaging.models import User, Webhook

    user, _ = User.objects.get_or_create(email="alice@example.com")
    webhook = Webhook.objects.begin(user.own_teams()[0], url, ["task.error"], user)
    return str(webhook.tell("task.error", {}).pk) if webhook else ""


def message(pk: str) -> list[Any]:
    """Tell how a message stands: its state, and how many tries have ended."""
    from imaging.models import WebhookDelivery

    row = WebhookDelivery.objects.get(pk=pk)
    return [row.state, row.tries]


def problems() -> list[str]:
    from imaging.operating import integrity

    return list(integrity.problems(deep=True))


ENDS = ("completed", "error", "cancelled")

if __name__ == "__main__":
    django.setup()
    calls = {
        call.__name__: call
        for call in (begin, tasks, leaving, announce, message, problems)
    }
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        name, args = json.loads(line)
        print(json.dumps(calls[name](*args)), flush=True)  # noqa: T201
