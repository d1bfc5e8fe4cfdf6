"""Work for the played laboratory: switched on in this process, its acts by hand."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from imaging import providers, worker
from imaging.background.watcher import Watcher
from imaging.models import Image, Order, ProviderAccount, Task, Team, User
from imaging.providers.circuit import Circuit
from tests.drawing import jpeg
from tests.lab import Lab
from tests.services import ROOT, free_port
from tests.stored import an_image

PLAYED = str(ROOT / "tests/played")
TOKEN = "tk-7Qx1Zp40WmLr8sVd"  # noqa: S105


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Play the laboratory, and offer it as a provider in this process."""
    with (
        Lab() as lab,
        mock.patch.dict(os.environ, LAB_URL=lab.url),
        override_settings(OUTGOING_ALLOW_PRIVATE=True),
        mock.patch.object(providers, "__path__", [*providers.__path__, PLAYED]),
    ):
        providers._registry.cache_clear()
        close_circuit()
        try:
            yield lab
        finally:
            providers._registry.cache_clear()
            close_circuit()


@pytest.fixture(name="lab")
def lab_fixture() -> Iterator[Lab]:
    with open_lab() as lab:
        yield lab


def close_circuit() -> None:
    """Let the pause of the laboratory's circuit be over, and forgotten."""
    Circuit._memos.clear()
    cache.delete("circuit:lab")


def go_away() -> None:
    """Let the laboratory be out of reach until the test is over."""
    os.environ["LAB_URL"] = f"http://127.0.0.1:{free_port()}"


def a_picture(team: Team, name: str = "a.jpg", seed: int = 0) -> Image:
    """Store a photograph that the laboratory takes."""
    return an_image(team, jpeg(seed=seed), name, width=640, height=480)


def begin(
    image: Image, user: User | None = None, where: str = "lab", **options: object
) -> Task:
    """Start one task at the laboratory, done at once unless told otherwise."""
    what = {"lab": "develop", "atelier": "etch"}[where]
    order = Order.of(image.team, where, what, {"seconds": 0, **options})
    batch = Task.objects.start([image], order, team=image.team, user=user)
    return batch.tasks.get()


def at_the_lab(image: Image, **options: Any) -> Task:
    """Start one task and submit it."""
    task = begin(image, **options)
    worker.submit(str(task.pk))
    return fresh(task)


def enter(team: Team, lab: Lab, token: str = TOKEN) -> None:
    """Give a team an account of its own with the atelier, which this lab plays."""
    ProviderAccount.objects.update_or_create(
        team=team,
        provider="atelier",
        defaults={"url": lab.url, "sealed": json.dumps({"token": token})},
    )


def fresh(task: Task) -> Task:
    """Read a task again, as another process would see it."""
    return Task.objects.get(pk=task.pk)


def due_now(task: Task) -> None:
    """Let the waiting of a task be over."""
    Task.objects.filter(pk=task.pk).update(due=timezone.now())


def look(task: Task, watcher: Watcher | None = None) -> Task:
    """Poll once for a task, and write down what the provider said."""
    due_now(task)
    watcher = watcher or Watcher()
    # The database in memory waits for nobody: no other query while a thread writes.
    alone = [providers.get(task.provider)]
    with mock.patch.object(providers, "providers", lambda: alone):
        watcher.ask()
    for lane in watcher.lanes.values():
        lane.pool.shutdown(wait=True)
    watcher.lanes.clear()
    watcher.take_answers()
    watcher.runs.write(everything=True)
    return fresh(task)
