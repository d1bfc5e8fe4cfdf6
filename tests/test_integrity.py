"""Each thing that can be wrong is found; what is right is not complained of."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import wakeup, worker
from imaging.models import (
    Batch,
    Blob,
    Checkup,
    Image,
    Order,
    ProviderControl,
    Result,
    Subject,
    Task,
    Team,
    User,
)
from imaging.models.leases import identity
from imaging.models.steering import Mode
from imaging.operating import integrity
from imaging.operating.checking import check
from imaging.operating.walking import stored_files
from tests.drawing import jpeg
from tests.stored import JPEG, an_image

pytestmark = [pytest.mark.django_db]
GONE = f"{identity().rsplit('/', 1)[0]}/1"


@pytest.fixture(autouse=True)
def task(studio: Team, bob: User, tmp_path: Path) -> Task:
    """A picture, and a conversion of it that is done."""
    for key in stored_files(""):
        default_storage.delete(key)
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    image = Image.objects.store(path, team=studio, owner=bob, name="a.jpg")
    order = Order.of(studio, "local", "convert", {"format": "png"})
    task = Task.objects.start([image], order, team=studio, user=bob).tasks.get()
    worker.submit(str(task.pk))
    return Task.objects.get(pk=task.pk)


def blob() -> Blob:
    return Image.objects.get(parent=None).blob


def lose_file() -> None:
    default_storage.delete(blob().key)


def lose_rendition() -> None:
    default_storage.delete(blob().renditions["320"]["key"])


def cut_file() -> None:
    default_storage.save(blob().key, ContentFile(b"short"))


def change_file() -> None:
    default_storage.save(blob().key, ContentFile(b"x" * blob().size))


def let_writer_die() -> None:
    Blob.objects.filter(pk=blob().pk).update(stored=False, writer=GONE)


def let_writer_fall_silent() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    writing = Blob.objects.filter(pk=blob().pk)
    writing.update(stored=False, writer=identity(), created=long_ago)


def lose_image() -> None:
    made = Image.objects.exclude(parent=None).get()
    Image.objects.filter(parent=None).update(blob=made.blob)


def leave_file() -> None:
    default_storage.save("team/00/0000/original.jpg", ContentFile(b"x"))


def miscount() -> None:
    Team.objects.filter(name="Studio").update(bytes_used=1)


def forget_task() -> None:
    get_broker("engine").purge_queue()
    ago = timezone.now() - timedelta(seconds=61)
    Task.objects.update(state="processing", stage="sending", due=ago, woken=ago)


def lose_time() -> None:
    Task.objects.update(finished=None)


def lose_reason() -> None:
    Task.objects.update(state="error", message="")


def lose_result() -> None:
    Result.objects.all().delete()


def lose_tasks() -> None:
    Batch.objects.create(team=Team.objects.get(name="Studio"))


def lose_unit() -> None:
    Task.objects.update(cost=1, reserved=timezone.now())


def lose_attempt() -> None:
    Task.objects.update(cost=1, spent=2, unit="credits", reserved=timezone.now())


def keep_cost() -> None:
    Task.objects.update(
        state="cancelled", began=None, cost=1, unit="credits", reserved=timezone.now()
    )


def mix_teams() -> None:
    Task.objects.update(team=Team.objects.exclude(name="Studio").first())


def measure_foreigner() -> None:
    team = Team.objects.exclude(name="Studio").first()
    Task.objects.update(subject=Subject.objects.create(team=team, name="Anna"))


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lose_file, "original.jpg is missing"),
        (lose_rendition, "320.webp is missing"),
        (cut_file, "original.jpg should have"),
        (change_file, "its bytes have changed"),
        (let_writer_die, "its writer left it half written"),
        (let_writer_fall_silent, "its writer left it half written"),
        (lose_image, "no image has these bytes"),
        (leave_file, "original.jpg: no blob or upload knows it"),
        (miscount, "says 1 bytes, has"),
        (forget_task, "sending and left alone since"),
        (lose_time, "completed without a time"),
        (lose_reason, "failed without a reason"),
        (lose_result, "completed without a result"),
        (lose_tasks, "has no task"),
        (lose_unit, "costs something, and nobody knows since when or in what"),
        (lose_attempt, "costs less than its attempts before"),
        (keep_cost, "was never sent, and still costs something"),
        (mix_teams, "is of another team than its batch"),
        (measure_foreigner, "measures somebody of another team"),
    ],
)
def test_what_is_wrong_is_found(plant: Callable[[], None], words: str) -> None:
    plant()
    assert any(words in problem for problem in integrity.problems(deep=True))


def test_what_is_right_is_not_complained_of() -> None:
    assert list(integrity.problems(deep=True)) == []


def test_work_that_goes_on_is_not_complained_of(task: Task, studio: Team) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    digest, writer = "0" * 64, identity()
    facts = {**JPEG, "width": 80, "height": 80, "mode": "RGB", "size": 1}
    Blob.objects.create(team=studio, digest=digest, writer=writer, **facts)
    Task.objects.update(state="processing", stage="working", due=long_ago)
    Task.objects.update(woken=long_ago)
    Task.objects.take()
    assert list(integrity.problems(deep=True)) == []


def test_work_that_waits_its_turn_is_not_complained_of(task: Task) -> None:
    """A long queue is no fault: what is in it was woken, and its turn will come."""
    wakeup.wake("submit", task.pk, queue="engine")
    long_ago = timezone.now() - timedelta(hours=1)
    Task.objects.update(
        state="pending", stage="queued", due=long_ago, woken=long_ago, finished=None
    )
    Result.objects.all().delete()
    assert list(integrity.problems()) == []


def test_the_command_prints_json_alone_and_tells_by_its_code() -> None:
    out = io.StringIO()
    call_command("check_integrity", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"ok": True, "problems": []}
    lose_file()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity", "--json", stdout=out)
    assert ended.value.code == 1
    said = json.loads(out.getvalue())
    assert not said["ok"]
    assert "is missing" in said["problems"][0]


def test_a_check_needs_to_write_nothing(db: None) -> None:
    closed, opened = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": ("SET LOCAL transaction_read_only = on", "SELECT 1"),
    }[connection.vendor]
    try:
        with connection.cursor() as cursor:
            cursor.execute(closed)
        assert check().problems == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute(opened)
    assert not Checkup.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("bound", [{"mode": Mode.PAUSED}, {"most_at_once": 1}])
def test_what_is_held_back_is_not_left_alone(
    bound: dict[str, Any], studio: Team, alice: User
) -> None:
    batch = Batch.objects.create(team=studio, user=alice)
    early = timezone.now() - timedelta(hours=1)
    facts = {"batch": batch, "team": studio, "provider": "local"}
    facts |= {"due": early, "woken": early, "image": an_image(studio, b"bytes")}
    held = Task.objects.create(**facts)
    get_broker(held.queue).purge_queue()
    assert [str(held.pk) in one for one in integrity.stuck_tasks()] == [True]
    later = timezone.now() + timedelta(hours=1)
    Task.objects.create(**facts | {"stage": "remote", "due": later})
    control = ProviderControl.objects.create(provider="local", **bound)
    assert not list(integrity.stuck_tasks())
    # Where there is room, nobody has let it in.
    control.mode, control.most_at_once = Mode.RUNNING, 2
    control.save()
    assert len(list(integrity.stuck_tasks())) == 1
