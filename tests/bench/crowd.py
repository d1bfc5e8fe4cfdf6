"""Makes a million tasks on 100,000 pictures, and prints how quick the console is.

`python -m tests.bench.crowd PICTURES DOUBLINGS`, in an empty database: a thousand tasks
of a month are written row by row and doubled by the database itself.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django

from config.stack import roomy

FIRST, TURNS = 1_000, 7
# What the database says for a new id, and for a moment some seconds earlier.
WORDS = {
    "sqlite": (
        "lower(hex(randomblob(16)))",
        "strftime('%%Y-%%m-%%d %%H:%%M:%%f', {0}, '-{1} seconds')",
    ),
    "postgresql": ("gen_random_uuid()", "{0} - interval '{1} seconds'"),
}
# The indexes of a table that can be left out for a while: those of no constraint.
INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master "
    "WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
}
# State, stage and how many of a thousand are so.
STATES = [
    ("pending", "queued", 3),
    ("processing", "remote", 2),
    ("cancelled", "", 5),
    ("error", "", 30),
    ("completed", "", 960),
]
PROVIDERS = [("local", 700), ("kokoon", 200), ("haut", 70), ("naver", 28)]
PROVIDERS += [("retouch4me", 2)]


def make(pictures: int, doublings: int) -> Any:
    """Fill the database; return the operator."""
    from django.db import connection

    from imaging.models import Image, Task, TaskEvent, User
    from tests.wall import hang

    user = User.objects.create_superuser("root@example.com", "x" * 20)
    hang(user.email, pictures)
    images = list(Image.objects.all()[:FIRST])
    Task.objects.bulk_create(first(user, images), batch_size=200)
    if connection.vendor == "sqlite":
        # Only to be filled sooner; the pages below are opened without it.
        connection.cursor().execute("PRAGMA cache_size = -600000")
        connection.cursor().execute("PRAGMA synchronous = OFF")
    began = [TaskEvent(task=task, kind="began") for task in Task.objects.all()]
    TaskEvent.objects.bulk_create(began)
    for table in (Task._meta, TaskEvent._meta):
        with without_indexes(connection, table.db_table):
            for number in range(doublings):
                double(connection, table, 1.7 * 2**number)
    connection.close()
    if connection.vendor == "postgresql":
        # As its own keeper does there before long.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return user


def first(user: Any, images: list[Any]) -> Iterator[Any]:
    """Yield a thousand tasks, spread over 30 days."""
    from django.utils import timezone

    from imaging.models import Batch, Task

    team, now, dice = user.own_teams()[0], timezone.now(), random.Random(8)  # noqa: S311
    batches = [Batch.objects.create(team=team, user=user) for _one in range(20)]
    kinds = [kind for *kind, many in STATES for _one in range(many)]
    makers = [key for key, many in PROVIDERS for _one in range(many)]
    dice.shuffle(kinds)
    dice.shuffle(makers)
    for state, stage in kinds:
        image, created = dice.choice(images), now - timedelta(days=30 * dice.random())
        ended = state in {"completed", "error", "cancelled"}
        began = created + timedelta(seconds=5)
        yield Task(
            batch=dice.choice(batches),
            team=team,
            owner=user,
            image=image,
            image_name=image.name,
            provider=makers.pop(),
            operation="enlarge",
            state=state,
            stage=stage,
            code=dice.choice(["timeout", "refused"]) if state == "error" else "",
            reason=dice.choice(["No answer", "Too large"]) if state == "error" else "",
            created=created,
            began=began if ended else None,
            finished=began + timedelta(seconds=dice.uniform(2, 60)) if ended else None,
            due=now + timedelta(days=1),
        )


@contextmanager
def without_indexes(connection: Any, table: str) -> Iterator[None]:
    """Leave out what each new row would be written into; build it at the end."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES[connection.vendor], [table])
        found = cursor.fetchall()
        for name, _made in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _name, made in found:
            # What its maker said may have a percent sign of its own.
            cursor.execute(made, None)


def double(connection: Any, table: Any, seconds: float) -> None:
    """Write every row once more, a little earlier."""
    new, earlier = WORDS[connection.vendor]
    moved = {"created", "began", "finished", "at"}
    columns = [one.column for one in table.concrete_fields if not one.db_returning]
    values = [
        new
        if name in {"id", "result_id"}
        else earlier.format(name, seconds)
        if name in moved
        else f'"{name}"'
        for name in columns
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table.db_table} ({names}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM {table.db_table}",
            (),
        )


def addresses() -> dict[str, str]:
    """Return every page of the console that shows many rows, by what it is."""
    from django.contrib import admin
    from django.urls import reverse

    from imaging.console.site import PAGES
    from imaging.models import Task

    task = Task.objects.order_by("-created").first()
    assert task
    found = {
        f"list of {model._meta.verbose_name_plural}": reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        )
        for model in admin.site._registry
    }
    tasks = reverse("admin:imaging_task_changelist")
    asked = {
        "last page": "p=20",
        "waiting": "state=pending",
        "running": "state=processing",
        "failed in 24 hours": "state=error&ended=24h",
        "cancelled": "state=cancelled",
        "of a rare provider": "provider=retouch4me",
        "failed at a rare provider": "provider=retouch4me&state=error",
        "asked for in an hour": "asked=1h",
        "of a team": f"team={task.team_id}",
        "by an id": f"q={task.pk}",
        "by a name": f"q={task.image_name}",
        "by what nobody has": "q=nobody",
    }
    found |= {f"tasks, {name}": f"{tasks}?{query}" for name, query in asked.items()}
    images = reverse("admin:imaging_image_changelist")
    found["pictures, by a name"] = f"{images}?q={task.image_name}"
    found["one task"] = reverse("admin:imaging_task_change", args=[task.pk])
    found |= {
        f"page {one.name}": reverse(f"admin:{one.name}") for one in PAGES if one.label
    }
    return found


def spans(user: Any) -> dict[str, tuple[float, int]]:
    """Return milliseconds and queries of each page, in the middle of some turns."""
    from django.core.cache import cache

    from imaging.operating import figures

    pages = {"start page": "/admin/"} | addresses()
    taken = {
        name: [opened(user, one) for _turn in range(TURNS)]
        for name, one in pages.items()
    }
    fresh = []
    for _turn in range(TURNS):
        cache.delete(figures.key_of("en"))
        fresh.append(opened(user, "/admin/"))
    taken["start page, counted anew"] = fresh
    return {name: sorted(each[1:])[len(each[1:]) // 2] for name, each in taken.items()}


def opened(user: Any, address: str) -> tuple[float, int]:
    """Open a page; return its milliseconds and how many queries it made."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        answer = client.get(address)
        seconds = time.perf_counter() - began
    assert answer.status_code == 200, (address, answer.status_code)
    return 1000 * seconds, len(queries)


if __name__ == "__main__":
    django.setup()
    operator = make(int(sys.argv[1]), int(sys.argv[2]))
    # With room on the stack, as the site is served.
    print(json.dumps(roomy(spans)(operator)))  # noqa: T201
