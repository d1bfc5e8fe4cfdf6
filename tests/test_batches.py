"""Batches: listed, shown, cancelled and retried by those who may."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from imaging import worker
from imaging.models import Batch, Role, Task, Team, User
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    fresh,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def of(user: User, team: Team) -> Client:
    client = Client()
    client.force_login(user)
    client.post(reverse("team_switch", args=[team.pk]))
    return client


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def act(client: Client, name: str, pk: uuid.UUID, **data: str) -> int:
    return client.post(reverse(name, args=[pk]), data).status_code


def test_the_list_shows_the_newest_batches_of_the_team_in_pages(
    client: Client, studio: Team, lab: Lab, charlie: User
) -> None:
    made = [
        Batch.objects.create(team=studio, name=f"batch-{number:02}")
        for number in range(31)
    ]
    Batch.objects.create(team=charlie.own_teams()[0], name="foreign")
    first = client.get(reverse("batches")).content.decode()
    assert ">batch-30<" in first
    assert ">batch-00<" not in first
    assert "foreign" not in first
    older = f"?after={made[1].pk}"
    assert older in first
    second = client.get(reverse("batches") + older).content.decode()
    assert "batch-00" in second
    assert "batch-01" not in second
    assert client.get(reverse("batches"), {"after": "x"}).status_code == 200


def test_a_batch_shows_every_task_as_it_stands(
    client: Client, studio: Team, lab: Lab, bob: User
) -> None:
    done = look(at_the_lab(a_picture(studio, "done.jpg")))
    worker.fetch(str(done.pk))
    failed = at_the_lab(a_picture(studio, "bad.jpg", seed=1), mode="reject")
    Task.objects.filter(pk=failed.pk).update(batch=done.batch)
    text = client.get(reverse("batch", args=[done.batch_id])).content.decode()
    for words in ("done.jpg", "bad.jpg", "The laboratory does not take this picture."):
        assert words in text
    assert str(done.result_id) in text
    assert " data-open" not in text


def test_a_batch_at_work_is_watched(client: Client, studio: Team, lab: Lab) -> None:
    task = begin(a_picture(studio))
    text = client.get(reverse("batch", args=[task.batch_id])).content.decode()
    assert reverse("batch_changes", args=[task.batch_id]) in text
    assert " data-open" in text


def test_a_page_costs_the_same_queries_however_many_its_tasks(
    client: Client, studio: Team, lab: Lab, bob: User
) -> None:
    task = begin(a_picture(studio), user=bob)
    counts = []
    for number in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("batch", args=[task.batch_id])).status_code == 200
        counts.append(len(queries))
        for seed in range(5):
            other = begin(a_picture(studio, seed=number * 10 + seed), user=bob)
            Task.objects.filter(pk=other.pk).update(batch=task.batch)
    assert counts[0] == counts[1]


def test_cancel_ends_what_waits(client: Client, studio: Team, lab: Lab) -> None:
    task = begin(a_picture(studio))
    assert act(client, "batch_cancel", task.batch_id) == 302
    assert fresh(task).state == "cancelled"


def test_retry_begins_what_failed_but_no_unknown_outcome(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    assert act(client, "batch_retry", task.batch_id) == 302
    assert fresh(task).state == "pending"
    Task.objects.update(state="error", code="outcome_unknown", stage="")
    act(client, "batch_retry", task.batch_id)
    act(client, "task_retry", task.pk)
    assert fresh(task).state == "error"
    act(client, "task_retry", task.pk, confirmed="yes")
    assert fresh(task).state == "pending"


def test_a_watching_page_is_told_to_look(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = begin(a_picture(studio))
    address = reverse("task_cancel", args=[task.pk])
    answer = client.post(address, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "look")


@pytest.mark.parametrize(
    ("role", "own", "may"),
    [
        (Role.OWNER, False, True),
        (Role.EDITOR, False, True),
        (Role.CONTRIBUTOR, True, True),
        (Role.CONTRIBUTOR, False, False),
        (Role.VIEWER, True, False),
    ],
)
def test_who_may_cancel(
    studio: Team, lab: Lab, alice: User, bob: User, role: str, own: bool, may: bool
) -> None:
    studio.memberships.filter(user=bob).update(role=role)
    task = begin(a_picture(studio), user=bob if own else alice)
    client = of(bob, studio)
    assert client.get(reverse("batch", args=[task.batch_id])).status_code == 200
    assert act(client, "task_cancel", task.pk) == (302 if may else 404)
    act(client, "batch_cancel", task.batch_id)
    assert fresh(task).state == ("cancelled" if may else "pending")


def test_what_is_foreign_is_as_absent_as_what_never_was(
    studio: Team, lab: Lab, charlie: User
) -> None:
    task = begin(a_picture(studio))
    client = of(charlie, charlie.own_teams()[0])
    for batch, one in ((task.batch_id, task.pk), (uuid.uuid4(), uuid.uuid4())):
        assert client.get(reverse("batch", args=[batch])).status_code == 404
        assert client.get(reverse("batch_changes", args=[batch])).status_code == 404
        for name in ("batch_cancel", "batch_retry"):
            assert act(client, name, batch) == 404
        for name in ("task_cancel", "task_retry"):
            assert act(client, name, one) == 404
    assert fresh(task).state == "pending"


def test_nobody_acts_by_looking(client: Client, studio: Team, lab: Lab) -> None:
    task = begin(a_picture(studio))
    for name in ("batch_cancel", "batch_retry"):
        assert client.get(reverse(name, args=[task.batch_id])).status_code == 405
    for name in ("task_cancel", "task_retry"):
        assert client.get(reverse(name, args=[task.pk])).status_code == 405
