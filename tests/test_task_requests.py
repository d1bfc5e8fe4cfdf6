"""Requests to providers are written down: what, when, how long, and no secret."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from imaging import upkeep, worker
from imaging.background.runs import Runs
from imaging.background.watcher import Watcher
from imaging.models import Task, TaskRequest, Team
from imaging.operating import retention
from imaging.outgoing.address import Origin, resolve
from imaging.outgoing.call import Call
from imaging.outgoing.connection import Route, Trip
from imaging.outgoing.exchange import Exchange, hear, overhearing
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    close_circuit,
    due_now,
    fresh,
    go_away,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Rows = list[tuple[str, str, str, int | None, str, int]]


def rows_of(task: Task) -> Rows:
    """Return what is kept of a task's requests; the lab's address is left out."""
    return [
        (
            one.act,
            one.method,
            one.endpoint.partition("/")[2],
            one.status,
            one.error,
            one.times,
        )
        for one in task.requests.all()
    ]


def heard_at(at: float, status: int | None = 200, seconds: float = 0.1) -> Exchange:
    return Exchange(at, "GET", "lab/jobs/*", status, seconds, act="poll")


def test_every_request_of_a_task_is_written_down(lab: Lab, studio: Team) -> None:
    task = look(at_the_lab(a_picture(studio)))
    worker.fetch(str(task.pk))
    assert fresh(task).state == "completed"
    assert rows_of(task) == [
        ("submit", "POST", "jobs", 200, "", 1),
        ("poll", "GET", "jobs/*", 200, "", 1),
        ("fetch", "GET", "jobs/*/result", 200, "", 1),
    ]
    one = task.requests.first()
    assert one.provider == "lab"
    assert 0 < one.seconds == one.longest < 60
    assert one.at + timedelta(seconds=one.seconds) == one.until
    assert one.at < timezone.now() < one.at + timedelta(seconds=60)


def test_a_run_of_polls_answered_alike_is_one_row(lab: Lab, studio: Team) -> None:
    watcher = Watcher()
    task = at_the_lab(a_picture(studio), mode="never")
    for _ in range(4):
        look(task, watcher)
    go_away()
    look(task, watcher)
    assert rows_of(task)[1:] == [
        ("poll", "GET", "jobs/*", 200, "", 4),
        ("poll", "GET", "jobs/*", None, "unreachable", 1),
    ]
    run = task.requests.get(times=4)
    assert run.at < run.until
    assert 0 < run.longest < run.seconds


def test_what_fails_or_comes_too_late_is_written_down_as_well(
    lab: Lab, studio: Team
) -> None:
    refused = at_the_lab(a_picture(studio), mode="reject")
    assert rows_of(refused) == [("submit", "POST", "jobs", 422, "", 1)]
    late = at_the_lab(a_picture(studio, seed=1), seconds=60)
    late.cancel()
    assert look(late).state == "cancelled"
    assert rows_of(late)[1:] == [("cancel", "DELETE", "jobs/*", 200, "", 1)]


def test_most_turns_of_the_watcher_write_nothing(
    studio: Team,
    lab: Lab,
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]],
) -> None:
    runs, polled = Runs(), [Task(pk=uuid.uuid4(), provider="lab") for _ in range(500)]
    with django_assert_num_queries(0):
        for at in range(10):
            for task in polled:
                runs.note(task, [heard_at(at)], last=False)
            runs.write()
    task = at_the_lab(a_picture(studio), mode="never")
    runs = Runs()
    for at, status in enumerate([200, 200, 503, 200, 200]):
        runs.note(task, [heard_at(at, status)], last=at == 4)
    runs.write()
    assert [row[3::2] for row in rows_of(task)[1:]] == [(200, 2), (503, 1), (200, 2)]
    assert not runs.tasks
    assert not runs.over


def test_polls_of_several_requests_are_bundled_too(lab: Lab, studio: Team) -> None:
    task, runs = at_the_lab(a_picture(studio), mode="never"), Runs()
    for at in range(3):
        both = [heard_at(at), heard_at(at + 0.5, 304, seconds=at)]
        runs.note(task, both, last=False)
        runs.write(everything=True)
    assert [row[3::2] for row in rows_of(task)[1:]] == [(200, 3), (304, 3)]
    assert task.requests.last().longest == 2


def test_requests_are_collected_for_the_thread_that_makes_them() -> None:
    with overhearing("fetch") as heard, overhearing("cancel"):
        hear(heard_at(0))
    hear(heard_at(1))
    assert [(one.at, one.act) for one in heard] == [(0, "cancel")]


@pytest.mark.parametrize(
    ("target", "at_home", "endpoint"),
    [
        ("/v3/task/7?Signature=abc", True, "lab/v3/task/*"),
        ("/api/v1/retoucher/getFile/9f8e7d6c", True, "lab/api/v1/retoucher/getFile/*"),
        ("/files/Anna.jpg", True, "lab/files/*"),
        ("/files/Anna%20Muster", True, "lab/files/*"),
        ("/hook/abcdefghijklmnopqrstuvwxyz", True, "lab/hook/*"),
        ("/bucket/secret/picture?X-Amz-Signature=abc", False, "lab/*"),
    ],
)
def test_an_endpoint_names_no_single_thing(
    target: str, at_home: bool, endpoint: str
) -> None:
    route = Route(Origin("https", "lab", 443), private=False, resolve=resolve, ca=None)
    url, trip = f"https://lab{target}", Trip(1, (1, 1))
    call = Call("GET", url, target, route, {}, None, trip, True, at_home)
    assert call.endpoint == endpoint


def test_old_requests_are_deleted_in_portions(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = at_the_lab(a_picture(studio))
    long_ago = timezone.now() - timedelta(days=31)
    TaskRequest.objects.bulk_create(
        [TaskRequest(task=task, provider="lab", at=long_ago) for _ in range(7)]
    )
    monkeypatch.setattr(retention, "PORTION", 2)
    monkeypatch.setattr(retention, "PORTIONS", 2)
    assert upkeep.prune()["requests"] == 4
    assert upkeep.prune()["requests"] == 3
    assert task.requests.count() == 1
