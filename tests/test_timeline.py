"""A task's timeline: in order, whole, and fit to be given to strangers."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from imaging import worker
from imaging.models import State, Subject, Task, TaskRequest, Team, User
from imaging.operating.timeline import timeline_of
from tests.application import PASSWORD
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    fresh,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


def text_of(client: Client, task: Task) -> str:
    answer = client.get(reverse("admin:task_timeline_text", args=[task.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert f"task-{task.pk}.txt" in answer["Content-Disposition"]
    return answer.text


def test_all_that_was_done_stands_there_in_its_order(
    root: Client, lab: Lab, studio: Team
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    worker.fetch(str(task.pk))
    task = fresh(task)
    lines = [one for one in timeline_of(task).lines if one.kind != "wait"]
    assert [one.what.partition(" 1")[0] for one in lines] == [
        "pending",
        "started",
        "submit: POST",
        "poll: GET",
        "fetch: GET",
        "completed",
    ]
    assert lines == sorted(lines, key=lambda line: line.at)
    page = root.get(reverse("admin:task_timeline", args=[task.pk])).text
    text = text_of(root, task)
    for said in ("/jobs/*/result", "completed", str(task.pk)):
        assert said in page
        assert said in text
    for said in (
        "state: completed",
        "darkroom: ",
        "results: 1",
        f"batch: {task.batch_id}",
    ):
        assert said in text


def test_waits_and_runs_of_polls_are_told(studio: Team, lab: Lab) -> None:
    task = at_the_lab(a_picture(studio))
    TaskRequest.objects.all().delete()
    end = task.events.last().at
    at = end + timedelta(seconds=20)
    TaskRequest.objects.create(
        task=task,
        provider="lab",
        act="poll",
        method="GET",
        endpoint="lab/jobs/*",
        status=200,
        at=at,
        until=at + timedelta(seconds=60),
        times=30,
        seconds=3.0,
        longest=0.25,
    )
    *_, wait, run = timeline_of(task).lines
    assert (wait.kind, wait.at, wait.until, wait.seconds) == ("wait", end, at, 20)
    assert (run.times, run.seconds, run.longest, run.is_good) == (30, 3.0, 0.25, True)


def test_the_text_for_support_names_nobody(
    root: Client, lab: Lab, studio: Team, alice: User
) -> None:
    image = a_picture(studio, "Anna am See.jpg")
    task = at_the_lab(image)
    subject = Subject.objects.obtain(studio, "Berta Muster", agreed=True, user=None)
    said = "Alice (alice@example.com): Anna am See.jpg, Anna am See, Berta Muster"
    Task.objects.filter(pk=task.pk).update(
        owner=alice, subject=subject, options={"note": "for Carla", "scale": 4}
    )
    task = fresh(task)
    task.end(State.ERROR, code="failed", message=said, hint="Studio must pay.")
    task.events.create(kind="note", message="https://x.test/a?X-Amz-Signature=s3cr3t")
    text = text_of(root, task)
    for name in (
        "Alice",
        "alice@",
        "Anna",
        "See",
        "Berta",
        "Muster",
        "Studio",
        "Carla",
        "s3cr3t",
    ):
        assert name not in text
    assert "message: […] ([…]): […], […], […]" in text
    assert "scale=4" in text
    assert f"created: {task.created:%Y-%m-%d %H:%M:%S}" in text


def test_it_is_linked_and_only_the_operators(
    root: Client, client: Client, lab: Lab, studio: Team, alice: User
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    path = reverse("admin:task_timeline", args=[task.pk])
    change = reverse("admin:imaging_task_change", args=[task.pk])
    assert path in root.get(change).text
    assert path in root.get(reverse("admin:failures")).text
    nobody = path.replace(str(task.pk), str(uuid.uuid4()))
    assert root.get(nobody).status_code == 404
    assert root.post(path).status_code == 405
    client.force_login(alice)
    assert client.get(path).status_code in {302, 403}


def test_a_very_long_story_is_cut_and_says_so(
    root: Client, lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.operating.timeline.MOST", 1)
    task = at_the_lab(a_picture(studio))
    assert (
        "only its beginning"
        in root.get(reverse("admin:task_timeline", args=[task.pk])).text
    )
    assert "only the first 1 of each kind" in text_of(root, task)
