"""What happens is owed to webhooks with the change itself, or not at all."""

import json
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from imaging import worker
from imaging.models import (
    Download,
    Image,
    Order,
    State,
    Task,
    Team,
    User,
    Via,
    Webhook,
    WebhookDelivery,
)
from imaging.models.deliveries import WAITS_ONCE, Delivery
from tests.drawing import jpeg
from tests.hearing import (  # noqa: F401
    Clock,
    a_webhook,
    clock_fixture,
    receiver_fixture,
    send,
)
from tests.lab import Lab
from tests.labwork import a_picture, at_the_lab, fresh, lab_fixture, look  # noqa: F401
from tests.providers.playing import Playing, answer

pytestmark = [pytest.mark.django_db, pytest.mark.both]
URL = "https://receiver.example/hook"


def told(webhook: Webhook) -> list[tuple[str, Any]]:
    """Return what a webhook is owed, in order: event and data."""
    rows = webhook.deliveries.order_by("created", "event")
    return [(row.event, json.loads(row.body)["data"]) for row in rows]


def events(webhook: Webhook) -> list[str]:
    return sorted(event for event, _data in told(webhook))


def begin(team: Team, count: int = 1, **via: Any) -> Any:
    """Order something of the laboratory, done at once."""
    images = [a_picture(team, f"{n}.jpg", seed=n) for n in range(count)]
    order = Order.of(team, "lab", "develop", {"seconds": 0})
    return Task.objects.start(images, order, team=team, user=None, via=Via(**via))


def test_a_task_that_is_done_is_told_with_its_picture_and_its_batch(
    lab: Lab, studio: Team, charlie: User
) -> None:
    webhook = a_webhook(studio, URL)
    choosy = a_webhook(studio, URL, "task.error")
    off = a_webhook(studio, URL)
    off.disable("by_hand")
    foreign = a_webhook(charlie.own_teams()[0], URL)
    task = look(at_the_lab(a_picture(studio)))
    worker.fetch(str(task.pk))
    by_event = dict(told(webhook))
    assert sorted(by_event) == ["batch.finished", "image.stored", "task.completed"]
    done = by_event["task.completed"]
    assert (done["id"], done["state"]) == (str(task.pk), "completed")
    for told_of in by_event.values():
        assert resolve(urlsplit(told_of["url"]).path).kwargs
    assert by_event["image.stored"]["id"] == done["result"]
    assert by_event["image.stored"]["task"] == done["id"]
    assert by_event["batch.finished"]["tasks"] == {"completed": 1}
    assert not told(choosy) + told(off) + told(foreign)


def test_the_batch_is_finished_with_its_last_task(lab: Lab, studio: Team) -> None:
    webhook = a_webhook(studio, URL, "task.error", "task.cancelled", "batch.finished")
    batch = begin(studio, 3)
    first, second, third = batch.tasks.all()
    first.end(State.ERROR, code="broken")
    second.cancel()
    assert events(webhook) == ["task.cancelled", "task.error"]
    batch.cancel(Task.objects.all())
    assert events(webhook)[:2] == ["batch.finished", "task.cancelled"]
    [finished] = [data for event, data in told(webhook) if event == "batch.finished"]
    assert finished["tasks"] == {"error": 1, "cancelled": 2}
    assert finished["name"] == str(batch)
    ids = {data["id"] for event, data in told(webhook) if event == "task.cancelled"}
    assert ids == {str(second.pk), str(third.pk)}


def test_what_never_began_is_told_at_once(lab: Lab, studio: Team) -> None:
    webhook = a_webhook(studio, URL)
    order = Order.of(studio, "lab", "develop", {"seconds": 0})
    images = [a_picture(studio), a_picture(studio, seed=1)]
    images[0].blob.width = 4_001
    Task.objects.start(images, order, team=studio, user=None)
    assert events(webhook) == ["task.error"]


def test_a_change_that_is_undone_is_told_to_nobody(lab: Lab, studio: Team) -> None:
    webhook = a_webhook(studio, URL)
    [task] = begin(studio).tasks.all()

    def undone() -> None:
        with transaction.atomic():
            task.end(State.ERROR)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert fresh(task).is_open
    assert not told(webhook)


def test_a_download_is_told_when_it_is_counted(studio: Team) -> None:
    image = a_picture(studio)
    webhook = a_webhook(studio, URL)
    for _ in range(2):
        Download.objects.count_once(image, "user:1", door="api")
    [(event, data)] = told(webhook)
    assert event == "image.downloaded"
    assert (data["id"], data["door"]) == (str(image.pk), "api")


def test_each_of_a_bundle_is_told_of(studio: Team) -> None:
    images = [a_picture(studio, seed=n) for n in range(2)]
    webhook = a_webhook(studio, URL)
    Download.objects.count_bundle(images, "guest:1", door="share")
    ids = {data["id"] for _event, data in told(webhook)}
    assert ids == {str(one.pk) for one in images}


def test_who_left_an_address_is_told_in_the_words_of_the_door(
    lab: Lab, receiver: Playing, studio: Team, clock: Clock
) -> None:
    words = mock.Mock(hooked=lambda task: {"id": str(task.pk), "said": task.state})
    receiver.on("POST /hook", answer(b"", 500))
    batch = begin(studio, door="played", hook=f"{receiver.url}/hook")
    [task] = batch.tasks.all()
    task.end(State.ERROR)
    row = WebhookDelivery.objects.get()
    modules = {"imaging.providers.played.server": words}
    with mock.patch.dict("sys.modules", modules):
        for wait in WAITS_ONCE:
            clock.forward(seconds=wait)
            row = send(row)
    assert (row.state, row.tries, receiver.count()) == (Delivery.FAILED, 4, 4)
    for heard in receiver.heard:
        assert heard.json() == {"id": str(task.pk), "said": "error"}
        assert "webhook-signature" not in heard.headers


@pytest.mark.parametrize("many", [1, 3])
def test_where_nobody_listens_it_costs_one_query(
    lab: Lab, studio: Team, many: int
) -> None:
    batch = begin(studio, many)
    task = batch.tasks.select_related("batch").first()
    with CaptureQueriesContext(
        connection,
    ) as heard:
        task.end(State.ERROR)
    ours = [one for one in heard.captured_queries if "webhook" in one["sql"].lower()]
    assert len(ours) == 1


def test_an_ingest_where_nobody_listens_costs_one_query(
    studio: Team, alice: User, tmp_path: Any
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(80, 64))
    with CaptureQueriesContext(connection) as heard:
        Image.objects.store(path, team=studio, owner=alice, name="a.jpg")
    ours = [one for one in heard.captured_queries if "webhook" in one["sql"].lower()]
    assert len(ours) == 1
