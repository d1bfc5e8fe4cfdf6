"""What Prometheus is told, who may read it, and that it stays cheap and discreet."""

import ipaddress
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from imaging import providers
from imaging.models import (
    Batch,
    Download,
    ProviderAccount,
    State,
    Task,
    TaskRequest,
    Team,
    User,
)
from imaging.operating import gauges
from imaging.providers.base import Provider
from imaging.providers.circuit import Circuit
from imaging.upkeep import beat
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TOKEN = "a-token-for-prometheus"
NAME = "secret-wedding.jpg"


@pytest.fixture(autouse=True)
def _look_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "KEPT", 0.0)
    monkeypatch.setattr(gauges, "SETTLED", timedelta(0))
    for key in ("metrics:gauges", "metrics:totals", "metrics:lock"):
        cache.delete(key)


@pytest.fixture
def client() -> Client:
    """A program on this machine, which asks it by that name."""
    return Client(headers={"host": "localhost"})


def read(client: Client) -> dict[tuple[str, ...], float]:
    """Return each number by its name and the values of its labels, sorted by label."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (one.name, *(value for _name, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


@pytest.fixture
def task(studio: Team, alice: User) -> Task:
    batch = Batch.objects.create(team=studio, user=alice)
    image = an_image(studio, b"x", NAME)
    made = {"batch": batch, "team": studio, "image": image, "image_name": NAME}
    then = timezone.now() - timedelta(minutes=5)
    return Task.objects.create(provider="local", created=then, **made)


def test_what_is_open_has_ended_and_was_asked_is_counted(
    client: Client, task: Task, alice: User
) -> None:
    beat("watch")
    TaskRequest.objects.create(
        task=task, provider="local", status=200, times=3, seconds=1.5
    )
    said = read(client)
    assert said["darkroom_tasks", "local", "engine", "pending"] == 1
    assert 299 < said["darkroom_oldest_waiting_seconds", "engine"] < 400
    assert said["darkroom_oldest_waiting_seconds", "worker"] == 0
    assert said["darkroom_provider_requests_10m", "200", "local"] == 3
    assert said["darkroom_provider_request_seconds_10m", "200", "local"] == 1.5
    assert said["darkroom_webhooks_owed",] == 0
    ages = [value for key, value in said.items() if key[0].startswith("darkroom_hea")]
    assert len(ages) == 1
    Task.objects.update(state=State.ERROR, stage="", finished=timezone.now())
    Download.objects.create(
        image=task.image, team=task.team, user=alice, visitor="user:1"
    )
    said = read(client)
    assert said["darkroom_task_outcomes_total", "local", "error"] == 1
    assert said["darkroom_downloads_total",] == 1
    assert ("darkroom_tasks", "local", "engine", "pending") not in said
    assert read(client)["darkroom_task_outcomes_total", "local", "error"] == 1


def test_requests_are_counted_by_route_and_no_path_is_told(
    client: Client, task: Task
) -> None:
    before = read(client)
    client.get(f"/images/{task.image_id}/")
    client.get("/no/such/page/of-anna@example.com")
    key = ("darkroom_requests_total", "GET", "image", "302")
    after = read(client)
    assert after[key] - before.get(key, 0) == 1
    assert ("darkroom_request_seconds_count", "image") in after
    text = client.get("/metrics").text
    for secret in (str(task.image_id), NAME, "anna", "alice", "Studio"):
        assert secret not in text


def test_an_open_circuit_is_told(client: Client, studio: Team) -> None:
    vendor: Provider = next(one for one in providers.providers() if one.credentials)
    row = ProviderAccount.objects.create(
        team=studio, provider=vendor.key, sealed='{"token": "x"}'
    )
    assert read(client)["darkroom_circuit_open", vendor.key] == 0
    circuit: Circuit = row.account(vendor).circuit
    circuit.failure(retry_after=60)
    assert read(client)["darkroom_circuit_open", vendor.key] == 1


def test_only_who_may_know_finds_the_page(client: Client, settings: Settings) -> None:
    def asked(**headers: str) -> int:
        return client.get("/metrics", headers=headers).status_code

    assert asked() == 200, "This machine itself, and no proxy."
    settings.BASE_URL = "https://photos.example.com"
    assert asked() == 404, "A proxy may be in front."
    settings.BASE_URL = "http://127.0.0.1:8000"
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.1")]
    assert asked() == 404
    settings.TRUSTED_PROXIES = []
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    assert asked(host="testserver") == 404, "It has another name, too."
    assert asked(**{"x-forwarded-for": "192.0.2.7"}) == 404, "Whoever forwards it."
    settings.METRICS_TOKEN = TOKEN
    assert asked() == 404
    assert asked(authorization=f"Bearer {TOKEN}x") == 404
    assert asked(authorization="Bearer ü") == 404
    assert asked(authorization=f"Bearer {TOKEN}") == 200
    client.force_login(User.objects.create_user("anna@example.com", PASSWORD))
    assert asked() == 404
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    assert asked() == 200


def test_figures_are_looked_up_once_for_many_readers(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(gauges, "KEPT", 60.0)
    with django_assert_max_num_queries(60):
        for _ in range(20):
            client.get("/metrics")


def test_the_newer_format_is_spoken_too(client: Client) -> None:
    answer = client.get("/metrics", headers={"accept": "application/openmetrics-text"})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_a_clock_that_was_set_back_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gauges, "KEPT", 15.0)
    ahead = timezone.now() + timedelta(hours=1)
    cache.set("metrics:gauges", {"at": ahead.timestamp(), "rows": {}})
    cache.set("metrics:totals", {"until": ahead, "outcomes": {}, "downloads": 3})
    assert gauges.read()["downloads"] == [([], 3)]
    assert cache.get("metrics:totals")["until"] == ahead, "Nothing is counted twice."
