"""The console's start page: its numbers are true, and each leads to what it counts."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from imaging.models import Batch, Heartbeat, ProviderControl, Task, Team, User
from imaging.models.steering import Mode
from imaging.operating import figures
from imaging.providers import get
from imaging.providers.accounts import Account
from imaging.providers.circuit import FAILURES
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
START = "/admin/"


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    cache.clear()
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


@pytest.fixture
def tasks(studio: Team, alice: User) -> dict[str, Task]:
    """One task of each state, and one that failed long ago."""
    image = an_image(studio, b"bytes", "wedding.jpg")
    batch = Batch.objects.create(team=studio, user=alice)
    now = timezone.now()
    ends = {
        "pending": None,
        "processing": None,
        "completed": now - timedelta(minutes=5),
        "error": now - timedelta(hours=3),
        "old": now - timedelta(hours=30),
    }
    return {
        name: Task.objects.create(
            batch=batch,
            team=studio,
            image=image,
            image_name=image.name,
            provider="local",
            operation="enlarge",
            state="error" if name == "old" else name,
            created=now - timedelta(hours=40),
            began=end and end - timedelta(seconds=8),
            finished=end,
        )
        for name, end in ends.items()
    }


def tile(page: str, label: str) -> tuple[str, str]:
    """Return where a tile leads, and its number."""
    found = re.search(
        rf'<a class="console-tile[^"]*" href="([^"]*)">'
        rf"<span>{label}</span><b>(.*?)</b>",
        page,
    )
    assert found, page
    return found[1].replace("&amp;", "&"), found[2]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Waiting", "pending"),
        ("Running", "processing"),
        ("Failed in 24 hours", "error"),
    ],
)
def test_a_number_leads_to_exactly_what_it_counts(
    root: Client, tasks: dict[str, Task], label: str, name: str
) -> None:
    where, number = tile(root.get(START).text, label)
    assert number == "1"
    rows = root.get(where).context["cl"].result_list
    assert list(rows) == [tasks[name]]


def test_the_oldest_and_the_last_lead_to_their_tasks(
    root: Client, tasks: dict[str, Task]
) -> None:
    page = root.get(START).text
    for label, name in (("Oldest waiting", "pending"), ("Last success", "completed")):
        where, _said = tile(page, label)
        task = tasks[name]
        assert where == reverse("admin:imaging_task_change", args=[task.pk])


def test_charts_say_what_ended_when_and_how_long_it_took(
    root: Client, tasks: dict[str, Task]
) -> None:
    context = root.get(START).context
    assert [(kind, n) for _label, kind, n in context["hours"]["totals"]] == [
        ("completed", 1),
        ("error", 1),
        ("cancelled", 0),
    ]
    numbers = [row[1] for row in context["hours"]["rows"]]
    assert numbers[-1] == [1, 0, 0]
    assert numbers[-4] == [0, 1, 0] or numbers[-3] == [0, 1, 0]
    assert context["paces"][0]["pace"].median == 8
    assert context["days"]["total"] == tasks["error"].team.blobs.get().size


def test_it_is_counted_once_a_minute_and_again_on_demand(
    root: Client,
    tasks: dict[str, Task],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    assert tile(root.get(START).text, "Waiting")[1] == "1"
    Task.objects.filter(state="pending").update(state="processing")
    with django_assert_max_num_queries(10):
        figures.count()
    with django_assert_max_num_queries(12):
        page = root.get(START).text
    assert tile(page, "Waiting")[1] == "1"
    assert root.get("/admin/refresh/").status_code == 405
    assert root.post("/admin/refresh/").status_code == 302
    assert tile(root.get(START).text, "Waiting")[1] == "0"
    Task.objects.filter(state="processing").update(state="pending")
    root.post("/admin/refresh/")
    # Pressed again at once: what was counted just now stands.
    assert tile(root.get(START).text, "Waiting")[1] == "0"


def test_processes_are_seen_to_live(root: Client) -> None:
    Heartbeat.objects.start("worker", {})
    Heartbeat.objects.start("engine", {})
    gone = timezone.now() - timedelta(minutes=10)
    Heartbeat.objects.filter(kind="engine").update(at=gone)
    page = root.get(START)
    pulses = {one.kind: (one.lamp, one.heard) for one, _url in page.context["pulses"]}
    assert pulses["worker"][0] == "ok"
    assert pulses["engine"] == ("down", gone)
    assert pulses["watch"] == ("down", None)
    where = next(url for one, url in page.context["pulses"] if one.kind == "worker")
    rows = root.get(where).context["cl"].result_list
    assert [one.kind for one in rows] == ["worker"]


def test_a_light_leads_to_the_card_of_its_provider(root: Client) -> None:
    lights = root.get(START).context["lights"]
    cards = root.get(reverse("admin:providers")).text
    for _label, light, url in lights:
        path, _, card = url.partition("#")
        assert path == reverse("admin:providers")
        assert f'id="{card}"' in cards, light


def words() -> dict[str, str]:
    return {one.provider: one.word for one in figures.count().lights}


def test_each_provider_has_a_light(
    tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    assert words() == dict.fromkeys(words(), "no key") | {"local": "ok"}
    for one in get("kokoon").credentials:
        monkeypatch.setenv(f"KOKOON_{one.name}".upper(), "1")
    account = Account("kokoon:operator")
    account.learn(balance=500)
    assert words()["kokoon"] == "ok"
    account.learn(balance=3)
    assert words()["kokoon"] == "low balance"
    for _time in range(FAILURES):
        account.circuit.failure()
    assert words()["kokoon"] == "down"
    ProviderControl.objects.create(provider="kokoon", mode=Mode.PAUSED)
    assert words()["kokoon"] == "paused"


def test_staff_without_all_rights_see_lists_alone(client: Client) -> None:
    staff = User.objects.create_user("staff@example.com", PASSWORD, is_staff=True)
    client.force_login(staff)
    page = client.get(START)
    assert page.status_code == 200
    assert "figures" not in page.context
    assert client.post("/admin/refresh/").status_code == 403


def test_slow_is_who_takes_far_longer_than_before(tasks: dict[str, Task]) -> None:
    now = timezone.now()
    base = tasks["completed"]
    for number in range(40):
        taken = 60 if number < 10 else 4
        end = now - timedelta(minutes=number)
        base.pk, base.result_id = None, None
        Task.objects.create(
            batch=base.batch,
            team=base.team,
            image_name="x",
            provider="local",
            state="completed",
            began=end - timedelta(seconds=taken),
            finished=end,
        )
    assert words()["local"] == "slow"


def test_what_is_kept_is_in_each_readers_own_words(root: Client) -> None:
    ProviderControl.objects.create(provider="local", mode=Mode.PAUSED)
    assert "By the operator." in root.get(START).text
    with translation.override("ko"):
        korean = translation.gettext("By the operator.")
        kept = {one.why for one in figures.current().lights}
    assert korean in kept
    figures.refresh()
    ProviderControl.objects.update(mode=Mode.RUNNING)
    assert "By the operator." not in root.get(START).text
