"""The sweep takes up what was dropped; prune deletes what has expired."""

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import upkeep, worker
from imaging.background import sweeping
from imaging.models import Blob, Heartbeat, Image, Task, Team, Upload, User
from imaging.models.leases import identity
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    fresh,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db]
LONG_AGO = timedelta(seconds=16)
GONE = f"{identity().rsplit('/', 1)[0]}/1"


@pytest.fixture
def _temporary(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path


def woken(queue: str = "worker") -> int:
    """Return how many wake-ups wait in this queue, and take them away."""
    broker = get_broker(queue)
    size = broker.queue_size()
    broker.purge_queue()
    return int(size)


def test_what_was_never_woken_is_woken_again_once(lab: Lab, studio: Team) -> None:
    begin(a_picture(studio))
    sweeping.sweep()
    assert woken() == 1
    sweeping.sweep()
    assert woken() == 0
    Task.objects.update(due=timezone.now() - LONG_AGO, woken=timezone.now() - LONG_AGO)
    sweeping.sweep()
    assert woken() == 1
    sweeping.sweep()
    assert woken() == 0


def test_what_only_waits_in_a_full_queue_is_left_there(lab: Lab, studio: Team) -> None:
    begin(a_picture(studio))
    Task.objects.update(due=timezone.now() - LONG_AGO, woken=timezone.now() - LONG_AGO)
    sweeping.sweep()
    assert woken() == 1


def test_what_is_due_again_after_a_wait_is_woken(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    woken()
    Task.objects.update(due=timezone.now() + timedelta(seconds=9))
    sweeping.sweep()
    assert woken() == 0
    Task.objects.update(due=timezone.now(), woken=timezone.now() - LONG_AGO)
    sweeping.sweep()
    assert woken() == 1
    assert fresh(task).woken > fresh(task).due


@pytest.mark.parametrize("dropped", ["killed here", "silent elsewhere"])
def test_what_was_dropped_is_woken_though_the_queue_is_full(
    lab: Lab, studio: Team, dropped: str
) -> None:
    task = begin(a_picture(studio))
    Task.objects.claim(task.pk, "submit")
    if dropped == "killed here":
        Task.objects.update(lease_owner=GONE)
    else:
        Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweeping.sweep()
    assert woken() == 2
    sweeping.sweep()
    assert woken() == 0
    worker.submit(str(task.pk))
    assert fresh(task).stage == "remote"


def test_what_is_ready_is_fetched_and_an_engine_has_its_own_queue(
    lab: Lab, studio: Team
) -> None:
    ready = look(at_the_lab(a_picture(studio)))
    local = begin(a_picture(studio, seed=1))
    Task.objects.filter(pk=local.pk).update(provider="local")
    woken()
    Task.objects.update(woken=timezone.now() - LONG_AGO)
    sweeping.sweep()
    assert (woken("worker"), woken("engine")) == (1, 1)
    worker.fetch(str(ready.pk))
    assert fresh(ready).state == "completed"


def test_a_task_past_its_deadline_ends_with_a_reason(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), mode="never")
    Task.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    sweeping.sweep()
    task = fresh(task)
    assert (task.state, task.code) == ("error", "deadline")
    assert task.message
    assert task.hint


def test_a_task_past_its_deadline_that_is_in_hand_is_left_alone(
    lab: Lab, studio: Team
) -> None:
    task = at_the_lab(a_picture(studio), mode="never")
    Task.objects.take(deadline=timezone.now() - timedelta(seconds=1))
    sweeping.sweep()
    assert fresh(task).state == "processing"


def test_a_task_that_was_just_completed_does_not_miss_its_deadline(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    Task.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    take = type(Task.objects.all()).take

    def late(rows: object, **changes: object) -> int:
        monkeypatch.undo()
        worker.fetch(str(task.pk))
        return int(take(rows, **changes))

    monkeypatch.setattr(type(Task.objects.all()), "take", late)
    sweeping.end_overdue()
    assert fresh(task).state == "completed"


def test_a_picture_without_its_larger_renditions_gets_them(studio: Team) -> None:
    image = a_picture(studio)
    sweeping.sweep()
    assert woken() == 0
    Blob.objects.update(created=timezone.now() - LONG_AGO)
    sweeping.sweep()
    assert woken() == 1
    worker.render(str(image.blob.pk))
    sweeping.sweep()
    assert woken() == 0


def test_expired_pictures_go_with_their_files(studio: Team) -> None:
    gone, kept = a_picture(studio), a_picture(studio, seed=1)
    Image.objects.filter(pk=gone.pk).update(expires=timezone.now())
    Image.objects.filter(pk=kept.pk).update(expires=timezone.now() + LONG_AGO)
    assert upkeep.prune()["images"] == 1
    assert Image.objects.get() == kept
    assert Blob.objects.get() == kept.blob
    assert not default_storage.exists(gone.blob.key)
    assert default_storage.exists(kept.blob.key)


def test_what_a_task_works_on_does_not_expire(lab: Lab, studio: Team) -> None:
    image = a_picture(studio)
    Image.objects.update(expires=timezone.now())
    task = at_the_lab(image)
    assert upkeep.prune()["images"] == 0
    task = look(task)
    worker.fetch(str(task.pk))
    assert upkeep.prune()["images"] == 1
    assert Image.objects.get().pk == fresh(task).result_id


def test_permissions_that_ran_out_go_with_their_quarantine(
    studio: Team, bob: User
) -> None:
    old, new = (Upload.objects.permit(studio, bob, "a.jpg") for _ in range(2))
    for upload in (old, new):
        assert upload.add_part(0, ContentFile(b"quarantined"))
    Upload.objects.filter(pk=old.pk).update(expires=timezone.now())
    assert upkeep.prune()["uploads"] == 1
    assert Upload.objects.get() == new
    assert (old.names(), new.names()) == ([], ["0"])


@pytest.mark.usefixtures("_temporary")
def test_what_killed_processes_left_goes_after_a_day(tmp_path: Path) -> None:
    yesterday = time.time() - upkeep.LEFTOVER.total_seconds() - 1
    for name in ("old", "new"):
        (tmp_path / f"{name}-file").write_bytes(b"x")
        (tmp_path / f"{name}-scratch").mkdir()
        (tmp_path / f"{name}-scratch" / "pixels.npy").write_bytes(b"x")
    for name in ("old-file", "old-scratch"):
        os.utime(tmp_path / name, (yesterday, yesterday))
    assert upkeep.prune()["temporary files"] == 2
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["new-file", "new-scratch"]


def test_a_heartbeat_is_heard() -> None:
    upkeep.beat("watch")
    heard = Heartbeat.objects.alive().get()
    assert (heard.kind, heard.host) == ("watch", socket.gethostname())
    assert Heartbeat.objects.missing() == ["worker", "engine"]
