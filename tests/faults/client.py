"""Speaks to a running application's database, see `tests.backstage`."""

import tempfile
import time
import uuid
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import OperationalError, connections

from tests.backstage import answer


def person(email: str = "alice@example.com") -> Any:
    """Return somebody who may do everything, and gets no letters unless told."""
    from imaging.models import MailPace, User
    from tests.application import PASSWORD

    if found := User.objects.filter(email=email).first():
        return found
    return User.objects.create_user(email, PASSWORD, mail_pace=MailPace.NEVER)


def token() -> str:
    """Give out a token for programs."""
    from imaging.models import ApiToken

    return ApiToken.objects.issue(person())[1]


def begin(
    provider: str, operation: str, options: dict[str, Any], count: int, seed: int
) -> list[str]:
    """Store a photograph and start tasks on it, each in a batch of its own."""
    from imaging.models import Image, Order, Task
    from tests.drawing import jpeg

    user = person()
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


def leaving(seconds: float, count: int, first: str, last: str) -> dict[str, float]:
    """Tell when each of so many tasks was first seen not to be waited for any more.

    They were begun one after another, from the first to the last.
    """
    from imaging.models import Stage, Task

    until, left = time.monotonic() + seconds, dict[str, float]()
    ends = [Task.objects.get(pk=pk).created for pk in (first, last)]
    ours = Task.objects.filter(created__range=ends)
    while len(left) < count and time.monotonic() < until:
        here = ours.exclude(stage__in=[Stage.QUEUED, Stage.SENDING])
        for pk in here.exclude(stage=Stage.REMOTE).values_list("pk", flat=True):
            left.setdefault(str(pk), time.time())
        time.sleep(0.1)
    return left


def announce(url: str) -> str:
    """Owe a webhook at this address one message."""
    from imaging.models import Webhook

    user = person()
    webhook = Webhook.objects.begin(user.own_teams()[0], url, ["task.error"], user)
    return str(webhook.tell("task.error", {}).pk) if webhook else ""


def message(pk: str) -> list[Any]:
    """Tell how a message stands: its state, and how many tries have ended."""
    from imaging.models import WebhookDelivery

    row = WebhookDelivery.objects.get(pk=pk)
    return [row.state, row.tries]


def tell() -> str:
    """Owe a person a letter; return a word that stands in it."""
    from django.utils import timezone

    from imaging.models import About, MailPace, Notice

    user, now, name = person("dora@example.com"), timezone.now(), str(uuid.uuid4())
    type(user).objects.filter(pk=user.pk).update(mail_pace=MailPace.EACH)
    facts = {"name": name, "began": now.isoformat(), "tasks": {"completed": 1}}
    people = {user.pk: now}
    about = About.BATCH_ENDED
    team = user.own_teams()[0]
    Notice.objects.tell(about, people, name, team=team, path="/", facts=facts)
    return name


def is_mailed(name: str) -> bool:
    """Say whether a letter is noted as sent, and is not owed any more."""
    from imaging.models import Notice

    row = Notice.objects.get(key=name)
    return row.mailed is not None and row.mail_due is None


def over() -> int:
    """Return how many tasks have ended."""
    from imaging.models import Task
    from imaging.models.states import OPEN

    return Task.objects.exclude(state__in=OPEN).count()


def tally() -> dict[str, Any]:
    """Sum up all tasks: how they stand, and which of them are not as they should be."""
    from django.db.models import Count, Q

    from imaging.models import Batch, Task

    ends = Count("events", filter=Q(events__kind__in=ENDS), distinct=True)
    counted = Task.objects.annotate(
        ends=ends,
        made=Count("results", distinct=True),
        pictures=Count("images", distinct=True),
    )
    done = Q(state="completed")
    right = Q(done, made=1, pictures=1) | Q(~done, ~Q(message=""), made=0, pictures=0)
    rows = Task.objects.values_list("state", "code").order_by("state", "code")
    return {
        "tasks": list(map(str, Task.objects.values_list("pk", flat=True))),
        "batches": Batch.objects.count(),
        "wrong": [
            f"{pk}: {state} {code}, {ends} ends, {made} results, {pictures} pictures"
            for pk, state, code, ends, made, pictures in counted.exclude(
                right, ends=1
            ).values_list("pk", "state", "code", "ends", "made", "pictures")
        ],
        "states": [
            [state, code, count] for state, code, count in rows.annotate(Count("pk"))
        ],
        "done at the lab": list(
            map(
                str,
                Task.objects.filter(done, provider="lab").values_list("pk", flat=True),
            )
        ),
    }


THRICE = """
CREATE TRIGGER thrice AFTER INSERT ON django_q_ormq BEGIN
INSERT INTO django_q_ormq (key, payload, lock)
VALUES (NEW.key, NEW.payload, NEW.lock), (NEW.key, NEW.payload, NEW.lock);
END
"""


def deliver_thrice() -> None:
    """From now on put every wake-up in its queue three times (SQLite)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(THRICE)


def delivered() -> int:
    """Return how many wake-ups were ever put in a queue (SQLite)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'django_q_ormq'")
        return int(cursor.fetchone()[0])


def everything(pks: list[str]) -> str:
    """Tell all that is known of these tasks and of what they made."""
    from imaging.models import Blob, Image, Result, Task, TaskEvent

    made = Image.objects.filter(task__in=pks).order_by("pk")
    return repr(
        [
            list(Task.objects.filter(pk__in=pks).order_by("pk").values()),
            list(made.values()),
            list(Result.objects.filter(task__in=pks).order_by("pk").values()),
            list(TaskEvent.objects.filter(task__in=pks).order_by("pk").values()),
            list(Blob.objects.order_by("pk").values("pk", "stored", "size")),
        ]
    )


def named(name: str) -> list[str]:
    """Return the ids of all pictures of this name."""
    from imaging.models import Image

    return list(map(str, Image.objects.filter(name=name).values_list("pk", flat=True)))


def orders(image: str) -> int:
    """Return how many batches there are with a task on this picture."""
    from imaging.models import Batch

    return Batch.objects.filter(tasks__image=image).distinct().count()


def traces(digest: str) -> int:
    """Return how many rows and files there are of these bytes."""
    from django.core.files.storage import default_storage

    from imaging.models import Blob

    rows = Blob.objects.filter(digest=digest)
    kept = [
        key for row in rows for key, _ in row.files() if default_storage.exists(key)
    ]
    return len(rows) + len(kept)


def problems() -> list[str]:
    from imaging.operating import integrity

    return list(map(str, integrity.problems(deep=True, counters=True)))


def patient(call: Callable[..., Any]) -> Callable[..., Any]:
    """Have a call made again while a database that was away is not all there yet."""

    @wraps(call)
    def made(*args: Any) -> Any:
        until = time.monotonic() + 30
        while True:
            try:
                return call(*args)
            except OperationalError:
                connections.close_all()
                if time.monotonic() > until:
                    raise

    return made


ENDS = ("completed", "error", "cancelled")

if __name__ == "__main__":
    known = (begin, tasks, leaving, announce, message, problems)
    known += (token, tell, is_mailed, named, orders, traces, over, tally)
    known += (deliver_thrice, delivered, everything)
    answer(*map(patient, known))
