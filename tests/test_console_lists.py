"""Lists over tables without end: bounded, in one order, searched by index."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.console import lists
from imaging.models import AuditEvent, Batch, Image, Task, Team, User
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TASKS = "/admin/imaging/task/"
IMAGES = "/admin/imaging/image/"


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


@pytest.fixture
def image(studio: Team) -> Image:
    return an_image(studio, b"bytes", "Weddíng 1.jpg")


@pytest.fixture
def make(studio: Team, alice: User, image: Image) -> Callable[..., Task]:
    """Make a task with these columns."""
    batch = Batch.objects.create(team=studio, user=alice)

    def make(**columns: Any) -> Task:
        columns = {"team": studio, "image": image, "provider": "local"} | columns
        return Task.objects.create(batch=batch, image_name=image.name, **columns)

    return make


def listed(root: Client, where: str, **asked: object) -> list[Any]:
    answer = root.get(where, asked)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_nobody_counts_beyond_the_bound(
    root: Client,
    make: Callable[..., Task],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _one in range(60):
        make()
    assert "60 tasks" in root.get(TASKS).text
    monkeypatch.setattr(lists, "MOST", 55)
    with django_assert_max_num_queries(12):
        page = root.get(TASKS)
    assert "The first 55 of more than 55 tasks" in page.text
    assert len(listed(root, TASKS, p=2)) == 5
    # What lies beyond is no page at all: Django leads to the first.
    assert root.get(TASKS, {"p": 3}).status_code == 302


def test_a_list_keeps_the_order_of_its_index(
    root: Client, make: Callable[..., Task]
) -> None:
    now = timezone.now()
    tasks = [make(created=now - timedelta(hours=n), code=str(n)) for n in range(3)]
    assert listed(root, TASKS, o="9.3") == tasks


def test_tasks_are_found_by_state_provider_team_and_time(
    root: Client, make: Callable[..., Task], bob: User
) -> None:
    now = timezone.now()
    failed = make(state="error", stage="", finished=now - timedelta(hours=2))
    other = make(provider="kokoon", created=now - timedelta(days=3))
    theirs = make(team=bob.own_teams()[0], created=now - timedelta(days=40))
    assert listed(root, TASKS, state="error") == [failed]
    assert listed(root, TASKS, provider="kokoon") == [other]
    assert listed(root, TASKS, team=str(theirs.team_id)) == [theirs]
    assert listed(root, TASKS, asked="24h") == [failed]
    assert listed(root, TASKS, asked="7d") == [failed, other]
    moment = now - timedelta(hours=3)
    assert listed(root, TASKS, ended=moment.isoformat()) == [failed]
    assert listed(root, TASKS, ended="1h") == []
    assert listed(root, TASKS, state="error", provider="kokoon") == []


def test_search_takes_ids_and_whole_names(
    root: Client, make: Callable[..., Task], image: Image
) -> None:
    task, _other = make(), make(image=None)
    for wanted in (task.pk, str(image.pk), task.result_id.hex, "WEDDING 1.JPG"):
        assert listed(root, TASKS, q=wanted) == [task]
    assert len(listed(root, TASKS, q=task.batch_id)) == 2
    assert listed(root, IMAGES, q="wedding 1.jpg") == [image]
    assert listed(root, IMAGES, q="wedding") == []
    AuditEvent.objects.note("invited")
    assert len(listed(root, "/admin/imaging/auditevent/", q="invited")) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "\0"},
        {"q": "x" * 5000},
        {"state": "\0"},
        {"provider": "nobody"},
        {"team": "no id"},
        {"asked": "yesterday"},
        {"ended": "2026-13-45T99:00:00Z"},
        {"p": "-1"},
        {"p": "x"},
        {"o": "99.x"},
        {"code": "\0"},
        {"asked": "0001-01-01T00:00:00+14:00"},
        {"finished__gte": "9999-12-31T23:59:59-14:00"},
    ],
    ids=str,
)
def test_what_makes_no_sense_breaks_nothing(
    root: Client, make: Callable[..., Task], asked: dict[str, str]
) -> None:
    make()
    assert root.get(TASKS, asked).status_code in {200, 302}


@pytest.mark.parametrize("name", ["user", "team", "apitoken", "heartbeat"])
def test_a_search_for_a_thousand_words_breaks_nothing(root: Client, name: str) -> None:
    where = reverse(f"admin:imaging_{name}_changelist")
    assert root.get(where, {"q": "a " * 1_500}).status_code == 200
