"""What load balancers are told, and what people see while a process is dead."""

import os
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from imaging.models import Batch, Heartbeat, Task, Team, User
from imaging.operating import processes, readiness
from imaging.upkeep import beat, part, prune
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ALL = ("worker", "engine", "watch")


@pytest.fixture(autouse=True)
def _ask_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember nothing of what was seen a moment before."""
    monkeypatch.setattr(readiness, "MEMORY", 0.0)
    monkeypatch.setattr(readiness, "memory", readiness.Memory())
    monkeypatch.setattr(processes, "MEMORY", 0.0)
    processes.memory.remember(processes.Lack(), 0.0)


def all_beat() -> None:
    for kind in ALL:
        beat(kind)


def fall_silent(kind: str) -> None:
    Heartbeat.objects.filter(kind=kind).update(at=timezone.now() - timedelta(minutes=1))


def test_live_asks_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz/live", headers={"host": "10.0.0.7:8000"})
    assert answer.json() == {"live": True}
    assert answer["Cache-Control"] == "no-store"
    assert client.post("/healthz/live").status_code == 405


def test_ready_names_what_is_missing_until_it_is_back(client: Client) -> None:
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert parts.pop("processes") == "no worker, no engine, no watch"
    assert set(parts.values()) == {"ok"}
    all_beat()
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    fall_silent("watch")
    assert client.get("/healthz/ready").json()["parts"]["processes"] == "no watch"
    beat("watch")
    part("engine")
    assert client.get("/healthz/ready").json()["parts"]["processes"] == "no engine"


def test_probes_are_answered_to_any_name_and_never_redirected(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/healthz/live", "/healthz/ready"):
        answer = client.get(path, headers={"host": "10.0.0.7:8000"})
        assert answer.status_code in {200, 503}
    assert client.get("/accounts/login/").status_code == 301


def test_a_part_that_breaks_is_told_without_its_secrets(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> str:
        raise OSError("redis://:pa55word@cache")

    monkeypatch.setitem(readiness.PARTS, "cache", breaks)
    answer = client.get("/healthz/ready")
    assert answer.json()["parts"]["cache"] == "fails"
    assert "pa55word" not in answer.text


def test_a_storm_of_probes_asks_once(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(readiness, "MEMORY", 60.0)
    client.get("/healthz/ready")
    with django_assert_num_queries(0):
        for _ in range(50):
            client.get("/healthz/ready")


def test_staff_see_on_every_page_what_is_dead_and_where(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    all_beat()
    for url in (reverse("library"), reverse("admin:index"), reverse("settings")):
        assert "No worker is running" not in client.get(url).text
    fall_silent("worker")
    for url in (reverse("library"), reverse("admin:index"), reverse("settings")):
        page = client.get(url).text
        assert "No worker is running" in page, url
        assert reverse("admin:doctor") in page
    part("worker")
    beat("worker")
    Heartbeat.objects.create(
        kind="engine", host="rack-7", at=timezone.now() - timedelta(minutes=1)
    )
    page = client.get(reverse("library")).text
    assert "No worker is running" not in page
    assert "The process engine on rack-7 has not been heard of" in page


def test_others_are_only_told_while_work_of_theirs_waits(
    client: Client, studio: Team, alice: User, bob: User
) -> None:
    client.force_login(alice)
    client.post(reverse("team_switch", args=[studio.pk]))
    library = reverse("library")
    beat("watch")
    beat("worker")
    assert "Processing pauses" not in client.get(library).text
    batch = Batch.objects.create(team=studio, user=alice)
    image = an_image(studio, b"x")
    task = {"batch": batch, "team": studio, "image": image, "operation": "upscale"}
    Task.objects.create(provider="local", **task)
    page = client.get(library).text
    assert "Processing pauses" in page
    assert "No engine" not in page
    beat("engine")
    part("worker")
    assert "Processing pauses" not in client.get(library).text, "An engine has it."


def test_an_open_page_is_told_what_changed_and_nothing_else(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    all_beat()
    url = reverse("state")
    assert client.get(url, {"told": ""}).status_code == 204
    part("worker")
    assert "No worker is running" in client.get(url, {"told": ""}).text
    assert client.get(url, {"told": "worker"}).status_code == 204


def test_what_was_seen_costs_no_query(
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(processes, "MEMORY", 60.0)
    assert processes.memory.look().missing == ALL
    with django_assert_num_queries(0):
        for _ in range(50):
            processes.memory.look()


def test_a_process_says_what_it_is_and_since_when() -> None:
    beat("worker")
    row = Heartbeat.objects.get()
    assert row.facts["darkroom"]
    assert row.facts["cores"] >= 1
    assert abs(row.facts["clock"]) < 60
    since = row.since
    beat("worker")
    row.refresh_from_db()
    assert row.since == since
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=1))
    beat("worker")
    row.refresh_from_db()
    assert row.since > since
    assert row.facts["darkroom"]


def test_hosts_silent_for_a_day_are_forgotten() -> None:
    beat("worker")
    for hours in (23, 25):
        then = timezone.now() - timedelta(hours=hours)
        Heartbeat.objects.create(kind="engine", host=f"host-{hours}", at=then)
    assert prune()["heartbeats"] == 1
    assert not Heartbeat.objects.filter(host="host-25").exists()


def test_who_ends_says_nothing_of_a_successor() -> None:
    """Of two that overlap on one host, the later one is known by its own facts."""
    beat("worker")
    for name in ("pid", "parent"):
        Heartbeat.objects.update(facts={name: os.getpid() + 1})
        part("worker")
        assert "worker" not in Heartbeat.objects.missing()
        Heartbeat.objects.update(facts={name: os.getpid()})
        part("worker")
        assert "worker" in Heartbeat.objects.missing()
        beat("worker")
