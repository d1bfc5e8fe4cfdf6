"""Submit and fetch, against the played laboratory."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from imaging import providers, worker
from imaging.background import outcomes, storing
from imaging.failures import ProviderError
from imaging.models import Blob, Image, Order, Task, Team, User
from imaging.models.states import MAX_STARTS, MAX_TRIES
from imaging.providers.base import Output, ResultKind
from imaging.providers.circuit import Circuit
from tests.drawing import png
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    close_circuit,
    due_now,
    fresh,
    go_away,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def submit(task: Task) -> Task:
    due_now(task)
    worker.submit(str(task.pk))
    return fresh(task)


def fetch(task: Task) -> Task:
    due_now(task)
    worker.fetch(str(task.pk))
    return fresh(task)


def test_a_task_goes_all_the_way(lab: Lab, studio: Team, bob: User) -> None:
    image = a_picture(studio, "cat.jpg")
    task = submit(begin(image, user=bob))
    assert (task.state, task.stage, task.ticket["id"]) == ("processing", "remote", "1")
    assert task.due > timezone.now()
    task = look(task)
    assert task.stage == "ready"
    task = fetch(task)
    assert (task.state, task.stage, task.progress) == ("completed", "", 100)
    assert task.seconds is not None
    result = task.results.get()
    assert result.image
    assert result.image.pk == task.result_id
    assert (result.image.parent, result.image.task) == (image, task)
    assert (result.image.owner, result.image.name) == (bob, "developed cat.jpg")
    assert result.image.blob == image.blob
    kinds = [event.kind for event in task.events.all()]
    assert kinds == ["pending", "started", "completed"]
    assert len(lab.orders) == 1
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


def test_a_wake_up_that_comes_twice_does_nothing(lab: Lab, studio: Team) -> None:
    task = submit(begin(a_picture(studio)))
    assert submit(task) == task
    assert fresh(fetch(task)).stage == "remote"
    task = fetch(look(task))
    before = Task.objects.values().get()
    for act in (worker.submit, worker.fetch):
        act(str(task.pk))
    before["due"] = Task.objects.values_list("due", flat=True).get()
    assert Task.objects.values().get() == before
    assert len(lab.orders) == 1


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("reject", "refused", "does not take this picture"),
        ("fail", "failed", "out of focus"),
        ("wrong", "bad_result", "result cannot be used"),
        ("lost", "http_404", "did not hand out the file"),
        ("garbage", "bad_answer", "a web page instead of JSON"),
    ],
)
def test_whatever_the_vendor_does_the_task_ends_with_a_reason(
    lab: Lab, studio: Team, mode: str, code: str, words: str
) -> None:
    task = submit(begin(a_picture(studio), mode=mode))
    for _ in range(MAX_TRIES + 1):
        task = look(task) if task.stage == "remote" else fetch(task)
    assert (task.state, task.code, task.stage) == ("error", code, "")
    assert words in task.message
    assert not task.results.exists()
    assert Blob.objects.count() == 1
    assert len(lab.orders) == (mode != "reject")


@pytest.mark.parametrize("promise", ["none", "key", "list"])
def test_a_job_whose_answer_was_lost_is_paid_once(
    lab: Lab, studio: Team, promise: str
) -> None:
    task = submit(begin(a_picture(studio), mode="hang-up", promise=promise))
    assert (task.state, task.code) == ("processing", "outcome_unknown")
    for _ in range(MAX_TRIES):
        close_circuit()
        task = submit(task)
    assert len(lab.orders) == 1
    if promise == "list":
        assert (task.stage, task.ticket["id"]) == ("remote", "1")
    else:
        assert (task.state, task.code) == ("error", "outcome_unknown")
        assert not task.retry()


def test_a_failed_try_is_repeated_later_and_later(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    go_away()
    waits = []
    for tries in range(1, 4):
        task = submit(task)
        assert (task.state, task.code, task.tries) == (
            "processing",
            "unreachable",
            tries,
        )
        waits.append((task.due - task.news).total_seconds())
        assert not task.lease_until
    assert 1 <= waits[0] <= 2 <= waits[1] <= 4 <= waits[2] <= 8
    assert "lab" not in task.ticket
    kinds = {event.kind for event in task.events.all()}
    assert "will try again" in kinds


def test_waiting_for_an_open_circuit_counts_as_no_start(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    Circuit("lab").failure(retry_after=60)
    for _ in range(MAX_STARTS + 2):
        task = submit(task)
    assert (task.state, task.starts) == ("pending", 0)
    assert task.deadline
    assert task.due > timezone.now() + timedelta(seconds=50)
    assert not lab.orders


def test_what_is_paid_is_waited_for_while_the_provider_is_away(
    lab: Lab, studio: Team
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    assert task.stage == "ready"
    go_away()
    for _ in range(MAX_TRIES + 2):
        task = fetch(task)
    assert (task.state, task.code) == ("processing", "unreachable")


def test_a_picture_deleted_meanwhile_ends_its_task(lab: Lab, studio: Team) -> None:
    image = a_picture(studio)
    task = begin(image)
    image.remove()
    task = submit(task)
    assert (task.state, task.code) == ("error", "image_deleted")
    assert not lab.orders


def test_a_bug_of_ours_is_noted_raised_and_tried_again(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin(a_picture(studio))
    client = providers.get("lab")
    monkeypatch.setattr(client, "order", lambda job: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        submit(task)
    task = fresh(task)
    assert (task.state, task.stage, task.starts) == ("processing", "sending", 1)
    assert task.events.last().kind == "interrupted: ZeroDivisionError"
    assert not task.lease_until


def test_a_cancelled_task_is_not_fetched(lab: Lab, studio: Team) -> None:
    task = look(at_the_lab(a_picture(studio)))
    task.cancel()
    task = fetch(task)
    assert (task.state, task.code) == ("cancelled", "cancelled")
    assert Image.objects.count() == 1


def test_a_result_is_stored_whole_or_not_at_all(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outputs(job: Any, ticket: Any) -> list[Output]:
        good, bad = job.scratch / "good", job.scratch / "bad"
        good.write_bytes(png())
        bad.write_bytes(b"This is no picture.")
        kind = ResultKind.IMAGE
        return [Output(kind, "good.png", good), Output(kind, "bad.png", bad)]

    task = look(at_the_lab(a_picture(studio)))
    monkeypatch.setattr(providers.get("lab"), "fetch", outputs)
    task = fetch(task)
    assert (task.state, task.code) == ("error", "bad_result")
    assert Image.objects.count() == Blob.objects.count() == 1


def test_the_same_bytes_twice_are_two_images_of_one_blob(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outputs(job: Any, ticket: Any) -> list[Output]:
        path = job.scratch / "made"
        path.write_bytes(png())
        return [Output(ResultKind.LAYER, f"{n}.png", path) for n in range(2)]

    task = look(at_the_lab(a_picture(studio)))
    monkeypatch.setattr(providers.get("lab"), "fetch", outputs)
    task = fetch(task)
    one, two = (result.image for result in task.results.all())
    assert one.blob == two.blob
    assert one.pk == task.result_id != two.pk


def test_a_full_storage_is_told_and_leaves_nothing(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    Blob.objects.update(digest="another")
    Team.objects.update(max_bytes=0)
    task = fetch(task)
    assert task.state == "error"
    assert "storage is full" in task.message
    assert Image.objects.count() == Blob.objects.count() == 1


def test_the_larger_renditions_are_made_once(studio: Team) -> None:
    image = a_picture(studio)
    worker.render(str(image.blob.pk))
    blob = Blob.objects.get()
    assert blob.rendered
    assert set(blob.renditions) == {"320", "640", "1600"}
    worker.render(str(blob.pk))
    assert Blob.objects.get().renditions == blob.renditions


def test_an_answer_that_cannot_be_a_job_is_a_failure(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(job: Any, ticket: Any) -> list[Output]:
        return []

    task = look(at_the_lab(a_picture(studio)))
    monkeypatch.setattr(providers.get("lab"), "fetch", nothing)
    assert fetch(task).code == "no_result"


def test_what_was_cut_off_while_storing_begins_again_where_it_can(
    studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine has nothing to fetch: cut off, it has to do its work again."""

    def cut_off(*args: Any) -> None:
        raise SystemExit

    order = Order.of(studio, "local", "convert", {"format": "png"})
    batch = Task.objects.start([a_picture(studio)], order, team=studio, user=None)
    task = batch.tasks.get()
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(storing, "draft", cut_off)
        submit(task)
    fetch(task)
    assert submit(task).state == "completed"


def test_a_provider_error_knows_what_to_do_next(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio))
    error = ProviderError("no", "x", permanent=True, hint="Ask.")
    outcomes.fail(Task.objects.get(pk=task.pk), error, None)
    assert (fresh(task).message, fresh(task).hint) == ("no", "Ask.")
