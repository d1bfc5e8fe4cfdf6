"""An exception at a named point, in this process: the next try goes on from there."""

from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils import timezone

from imaging import worker
from imaging.background import sweeping
from imaging.faults import Planted
from imaging.models import Image, Order, Task, Team
from imaging.operating.integrity import problems
from imaging.operating.walking import stored_files
from tests.drawing import jpeg
from tests.lab import Lab
from tests.labwork import begin, fresh, lab_fixture, look  # noqa: F401

pytestmark = pytest.mark.django_db
PAID = [
    "submit-claimed",
    "intent-saved",
    "answered",
    "ticket-saved",
    "submitted",
    "poll-claimed",
    "answers-committed",
    "wake-up-due",
    "fetch-claimed",
    "fetched",
    "result-written",
    "result-committed",
]


@pytest.fixture
def points(settings: LazySettings, tmp_path: Path) -> Path:
    # Begin without files: the storage knows no transaction to roll back.
    for key in stored_files(""):
        default_storage.delete(key)
    settings.FAULT_POINT = str(tmp_path)
    return tmp_path


def a_photo(team: Team, folder: Path) -> Image:
    """Store a picture by the one way in, so that its bytes are counted."""
    path = folder / "a.jpg"
    path.write_bytes(jpeg(160, 120))
    return Image.objects.store(path, team=team, owner=None, name="a.jpg")


def go_on(task: Task) -> Task:
    """Let everybody do once what they would, when leases and waits are over."""
    for act in (worker.submit, worker.fetch):
        with suppress(Planted):
            act(str(task.pk))
    with suppress(Planted):
        look(task)
    now = timezone.now()
    Task.objects.open().filter(pk=task.pk).update(due=now, lease_until=None)
    sweeping.erase_abandoned()
    return fresh(task)


@pytest.mark.parametrize("point", PAID)
def test_what_is_paid_for_comes_to_its_end_once(
    studio: Team, points: Path, lab: Lab, point: str
) -> None:
    task = begin(a_photo(studio, points), promise="list")
    (points / point).write_text("raise")
    for _ in range(6):
        task = go_on(task)
    assert not (points / point).exists()
    assert (task.state, len(lab.orders)) == ("completed", 1), task.message
    assert task.images.count() == task.results.count() == 1
    assert task.events.filter(kind="completed").count() == 1
    assert not list(problems(deep=True))


@pytest.mark.parametrize("point", ["file-begun", "file-written", "result-written"])
def test_new_bytes_are_made_again_and_not_left_half(
    studio: Team, points: Path, point: str
) -> None:
    image = a_photo(studio, points)
    order = Order.of(studio, "local", "convert", {"format": "png"})
    batch = Task.objects.start([image], order, team=studio, user=None)
    (points / point).write_text("raise")
    task = batch.tasks.get()
    for _ in range(3):
        with suppress(Planted):
            worker.submit(str(task.pk))
        Task.objects.open().update(due=timezone.now(), lease_until=None)
    assert fresh(task).state == "completed"
    assert Image.objects.filter(task=task).count() == 1
    assert not list(problems(deep=True))
