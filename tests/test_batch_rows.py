"""The rows of a batch: in pages, by state, and what a watching page is sent of them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging import worker
from imaging.models import Batch, Task, Team, User
from imaging.views.batches import ROWS
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    fresh,
    lab_fixture,
    look,
)
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def long(studio: Team, bob: User) -> Batch:
    """A batch of three pages; every third task is done, every fourth has failed."""
    batch = Batch.objects.create(team=studio, user=bob, revision=1)
    image, now = a_picture(studio), timezone.now()
    ends = {0: "completed", 1: "error"}
    Task.objects.bulk_create(
        Task(
            batch=batch,
            team=studio,
            owner=bob,
            image=image,
            image_name=f"{n:03}.jpg",
            provider="lab",
            operation="develop",
            state=ends.get(n % 3, "pending"),
            message="Out of focus." if n % 3 == 1 else "",
            began=now - timedelta(seconds=9) if n % 3 == 0 else None,
            finished=now if n % 3 == 0 else None,
            created=now + timedelta(microseconds=n),
        )
        for n in range(3 * ROWS)
    )
    return batch


def names(text: str) -> list[str]:
    """Return the names of the rows, as they stand in the list."""
    rows = text[text.index('id="tasks"') :] if 'id="tasks"' in text else text
    return re.findall(r'class="work-name" id="open-[^>]*>([^<]+)<', rows)


def get(client: Client, batch: Batch, **query: object) -> str:
    answer = client.get(reverse("batch", args=[batch.pk]), query)
    assert answer.status_code == 200
    return answer.text


def changes(client: Client, batch: Batch, since: int, **query: object) -> str:
    """Ask as a page does whose permission has run out: it is sent everything new."""
    address = reverse("batch_changes", args=[batch.pk])
    answer = client.get(address, {"since": since, **query})
    assert answer.status_code == 200
    return answer.text


def test_each_page_goes_on_where_the_last_one_ended(
    client: Client, long: Batch
) -> None:
    seen, after = [], ""
    for _ in range(3):
        text = get(client, long, after=after)
        seen += names(text)
        after = (re.findall(r'data-last="([^"]+)"', text) or [""])[0]
    assert seen == [f"{n:03}.jpg" for n in range(3 * ROWS)]
    assert not after


def test_a_tab_shows_one_state_and_true_counts(client: Client, long: Batch) -> None:
    text = get(client, long, show="done")
    assert names(text) == [f"{n:03}.jpg" for n in range(0, 3 * ROWS, 3)]
    for said in ("All 180", "60 done", "60 failed", "60 waiting"):
        assert re.search(said, re.sub(r"\s+", " ", text))
    assert "running" not in text[text.index("bar-legend") : text.index("</nav>")]
    assert len(names(get(client, long, show="rubbish"))) == ROWS


def test_only_rows_that_the_page_has_are_sent(client: Client, long: Batch) -> None:
    tasks = list(long.tasks.order_by("created"))
    Task.objects.filter(pk__in=[tasks[n].pk for n in (5, 70, 130)]).update(revision=2)
    page: dict[str, Any] = {"since": 1, "until": tasks[ROWS - 1].pk}
    assert names(changes(client, long, **page)) == ["005.jpg"]
    page |= {"after": tasks[ROWS - 1].pk, "until": tasks[2 * ROWS - 1].pk}
    assert names(changes(client, long, **page)) == ["070.jpg"]
    assert len(names(changes(client, long, since=1))) == 3


def test_a_row_that_leaves_its_tab_is_taken_out(client: Client, long: Batch) -> None:
    waiting = long.tasks.filter(state="pending").order_by("created")[0]
    waiting.cancel()
    text = changes(client, long, since=1, show="waiting")
    assert f'<li id="task-{waiting.pk}" data-gone>' in text
    assert names(changes(client, long, since=1)) == [waiting.image_name]


def test_pages_ask_the_database_at_most_twelve_times(
    client: Client,
    long: Batch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    last = long.tasks.order_by("created")[ROWS].pk
    for query in ({}, {"show": "failed"}, {"after": last}):
        with django_assert_max_num_queries(12):
            get(client, long, **query)
    with django_assert_max_num_queries(12):
        client.get(reverse("batches"))
    with django_assert_max_num_queries(12):
        client.get(reverse("process"), {"failed": long.pk})


def test_the_provider_s_own_number_can_be_copied(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio))
    assert 'data-copy="1"' in get(client, task.batch)
    Task.objects.update(provider="local", operation="convert")
    assert "data-copy=" not in get(client, task.batch)


@pytest.mark.parametrize(
    ("provider", "stage", "steps"),
    [
        ("lab", "queued", ["now", "", "", "", ""]),
        ("lab", "remote", ["done", "done", "now", "", ""]),
        ("lab", "ready", ["done", "done", "done", "now", ""]),
        ("lab", "storing", ["done", "done", "done", "done", "now"]),
        ("local", "working", ["done", "now", ""]),
    ],
)
def test_the_steps_are_those_of_the_provider(
    lab: Lab, provider: str, stage: str, steps: list[str]
) -> None:
    assert Task(provider=provider, stage=stage).steps == steps


def test_a_result_that_came_in_spite_of_cancelling_is_shown_as_late(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    assert task.stage == "ready"
    worker.fetch(str(task.pk))
    Task.objects.filter(pk=task.pk).update(cancel_asked=True)
    assert "late: done before it could be stopped" in get(client, task.batch)


def test_all_that_wait_are_cancelled_in_one_change(
    client: Client, long: Batch, lab: Lab, studio: Team
) -> None:
    running = at_the_lab(a_picture(studio, seed=1), mode="never")
    Task.objects.filter(pk=running.pk).update(batch=long)
    client.post(reverse("batch_cancel", args=[long.pk]))
    tally = long.tally()
    assert (tally.cancelled, tally.pending, tally.processing) == (60, 0, 1)
    assert fresh(running).cancel_asked
    long.refresh_from_db()
    ended = long.tasks.filter(state="cancelled")
    assert set(ended.values_list("revision", flat=True)) == {long.revision}
    assert all(task.events.get().kind == "cancelled" for task in ended[:3])
    assert look(running).state == "cancelled"


def test_what_was_cancelled_in_doubt_is_sent_again_once_that_is_confirmed(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio), mode="hang-up", promise="list")
    task.cancel()
    Task.objects.filter(pk=task.pk).update(due=timezone.now())
    worker.submit(str(task.pk))
    task = fresh(task)
    assert (task.state, task.is_unknown) == ("cancelled", True)
    page = client.get(reverse("batch", args=[task.batch_id])).text
    address = reverse("task_retry", args=[task.pk])
    [form] = re.findall(rf'<form method="post" action="{address}".*?</form>', page)
    assert "Send again, even if paid twice" in form
    assert 'name="confirmed" value="yes"' in form
    assert "Whether the provider took it is not known" in page


def test_no_name_stands_twice_under_the_tab_of_what_failed(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    page = client.get(reverse("batch", args=[task.batch_id]), {"show": "failed"}).text
    names = re.findall(r' id="([^"]+)"', page)
    assert f"again-{task.pk}" in names
    assert [one for one in set(names) if names.count(one) > 1] == []


def test_all_that_are_in_a_providers_hands_are_counted(long: Batch) -> None:
    Task.objects.update(state="processing", stage="remote", began=timezone.now())
    assert long.tally().paid == 3 * ROWS
