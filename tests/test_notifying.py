"""Messages to webhooks: signed, tried again in time, sent once, given up at last."""

import re
import socket
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import worker
from imaging.background import sweeping
from imaging.models import Team, Webhook, WebhookDelivery
from imaging.models.deliveries import WAITS, Delivery
from imaging.models.leases import identity
from imaging.models.webhooks import new_secret, signature
from tests.hearing import (  # noqa: F401
    Clock,
    a_webhook,
    clock_fixture,
    owed,
    receiver_fixture,
    send,
    verified,
)
from tests.providers.playing import (
    RESET,
    Heard,
    Playing,
    Steps,
    answer,
    giant,
    redirect,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
GONE = f"{identity().rsplit('/', 1)[0]}/1"


def test_the_signature_is_that_of_the_published_example() -> None:
    said = '{"event_type":"ping","data":{"success":true}}'
    made = signature(
        "whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121, said
    )
    assert made == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_the_readme_tells_how_to_check_a_signature(
    receiver: Playing, studio: Team
) -> None:
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text()
    [code] = re.findall("```python\n(import base64.*?)```", readme, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    is_genuine = names["is_genuine"]
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    old, new = webhook.secret, webhook.rotate()
    send(owed(webhook))
    [heard] = receiver.heard
    assert is_genuine(old, heard.headers, heard.body)
    assert is_genuine(new, heard.headers, heard.body)
    assert not is_genuine(new, heard.headers, heard.body + b" ")
    assert not is_genuine(new_secret(), heard.headers, heard.body)
    late = {**heard.headers, "webhook-timestamp": "1731705121"}
    assert not is_genuine(new, late, heard.body)


def test_a_message_arrives_signed_once(receiver: Playing, studio: Team) -> None:
    webhook = a_webhook(studio, f"{receiver.url}/hook?key=1")
    row = send(send(owed(webhook)))
    [heard] = receiver.heard
    said = verified(heard, webhook.secret)
    assert said["type"] == "task.completed"
    assert said["data"] == {"id": "1"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["timestamp"])
    assert heard.target == "/hook?key=1"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["webhook-id"] == str(row.pk)
    assert "authorization" not in heard.headers
    assert (row.state, row.due, row.tries) == (Delivery.DELIVERED, None, 1)
    assert row.last["status"] == 200
    assert row.last["said"] == "thank you"


def test_it_is_tried_eight_times_at_their_times(
    receiver: Playing, studio: Team, clock: Clock
) -> None:
    receiver.on("POST /hook", answer(b"no", 500))
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))
    for count, wait in enumerate(WAITS):
        clock.forward(seconds=wait - 0.5 if wait else 0)
        assert wait == 0 or send(row).tries == count
        clock.forward(seconds=0.6)
        assert send(row).tries == count + 1
    clock.forward(days=2)
    row = send(row)
    assert (row.state, row.due, receiver.count()) == (Delivery.FAILED, None, 8)
    assert WAITS == (0, 5, 300, 1800, 7200, 18000, 36000, 36000)
    assert len({one.headers["webhook-id"] for one in receiver.heard}) == 1
    assert len({one.body for one in receiver.heard}) == 1
    assert len({one.headers["webhook-timestamp"] for one in receiver.heard}) == 8


def test_a_wait_that_is_asked_for_is_kept_within_reason(
    receiver: Playing, studio: Team
) -> None:
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    for asked, kept in (("90", 90), ("1", 5), ("999999", 36_000)):
        receiver.on("POST /hook", answer(b"", 503, Retry_After=asked))
        row = send(owed(webhook))
        assert row.due
        assert abs((row.due - timezone.now()).total_seconds() - kept) < 5


@pytest.mark.parametrize(
    ("played", "status", "said"),
    [
        (answer(b"<b>\x00no</b>" + b"x" * 9_000, 422), 422, "<b> no</b>xxx"),
        ([RESET], None, "127.0.0.1"),
        (redirect("/elsewhere", 307), 307, ""),
    ],
)
def test_what_does_not_take_it_is_noted(
    receiver: Playing, studio: Team, played: Steps, status: int | None, said: str
) -> None:
    receiver.on("POST /hook", played)
    row = send(owed(a_webhook(studio, f"{receiver.url}/hook")))
    assert (row.state, row.tries, receiver.count()) == (Delivery.OWED, 1, 1)
    assert row.last["status"] == status
    assert row.last["said"].startswith(said)
    assert len(row.last["said"]) <= 500


def test_an_endless_answer_is_not_read_to_its_end(
    receiver: Playing, studio: Team
) -> None:
    receiver.on("POST /hook", giant(1 << 40))
    row = send(owed(a_webhook(studio, f"{receiver.url}/hook")))
    assert (row.state, row.last["status"]) == (Delivery.DELIVERED, 200)
    assert "more than the limit" in row.last["said"]


def test_inward_addresses_are_refused_when_they_are_called(
    receiver: Playing, studio: Team
) -> None:
    webhook = a_webhook(studio, "https://receiver.example/hook")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    inward = mock.patch("socket.getaddrinfo", lambda *_args, **_named: found)
    with override_settings(OUTGOING_ALLOW_PRIVATE=False), inward:
        row = send(owed(webhook))
    assert (row.state, row.last["status"]) == (Delivery.OWED, None)
    assert row.last["said"] == "Only https to public addresses is called."
    plain = a_webhook(studio, f"{receiver.url}/hook")
    with override_settings(OUTGOING_ALLOW_PRIVATE=False):
        assert "https" in send(owed(plain)).last["said"]
    assert receiver.connections == 0


def test_a_worker_that_dies_before_it_sends_is_replaced(
    receiver: Playing, studio: Team, django_capture_on_commit_callbacks: Any
) -> None:
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))
    assert WebhookDelivery.objects.claim(row.pk)
    assert send(row).tries == 0
    WebhookDelivery.objects.update(lease_owner=GONE)
    get_broker("worker").purge_queue()
    with django_capture_on_commit_callbacks(execute=True):
        sweeping.sweep()
    assert get_broker("worker").queue_size() == 1
    row = send(row)
    assert (row.state, row.tries, receiver.count()) == (Delivery.DELIVERED, 1, 1)


def test_what_kills_its_worker_every_time_comes_to_an_end(
    receiver: Playing, studio: Team
) -> None:
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))
    for _ in range(4):
        assert WebhookDelivery.objects.claim(row.pk)
        WebhookDelivery.objects.update(lease_until=None)
    row = send(row)
    assert (row.tries, row.starts, receiver.count()) == (1, 0, 0)
    assert "cut off" in row.last["said"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_one_message_at_once(
    receiver: Playing, studio: Team
) -> None:
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))

    def second(_heard: Heard) -> Steps:
        worker.notify(str(row.pk))
        connection.close()
        return answer()

    receiver.on("POST /hook", second)
    assert send(row).state == Delivery.DELIVERED
    assert receiver.count() == 1


def test_a_late_worker_changes_nothing(receiver: Playing, studio: Team) -> None:
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))
    late = WebhookDelivery.objects.claim(row.pk)
    assert late
    WebhookDelivery.objects.update(lease_until=None)
    row = send(row)
    with mock.patch.object(WebhookDelivery.objects, "claim", lambda pk: late):
        receiver.on("POST /hook", answer(b"", 500))
        worker.notify(str(row.pk))
    row.refresh_from_db()
    assert (row.state, len(row.log)) == (Delivery.DELIVERED, 1)


def test_a_silent_address_keeps_few_workers_and_wakes_the_rest(
    receiver: Playing, studio: Team, django_capture_on_commit_callbacks: Any
) -> None:
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    rows = [owed(webhook) for _ in range(5)]
    claimed = [WebhookDelivery.objects.claim(row.pk) for row in rows]
    assert [bool(one) for one in claimed] == [True, True, True, False, False]
    webhook.note_failure(timezone.now())
    WebhookDelivery.objects.update(lease_until=None)
    claimed = [WebhookDelivery.objects.claim(row.pk) for row in rows]
    assert [bool(one) for one in claimed] == [True, False, False, False, False]
    WebhookDelivery.objects.update(lease_until=None)
    get_broker("worker").purge_queue()
    with django_capture_on_commit_callbacks(execute=True):
        send(rows[0])
    assert get_broker("worker").queue_size() == 1


def test_silent_addresses_leave_room_for_the_others(
    receiver: Playing, studio: Team, django_capture_on_commit_callbacks: Any
) -> None:
    silent = [a_webhook(studio, f"{receiver.url}/{n}") for n in range(4)]
    Webhook.objects.update(failing_since=timezone.now())
    claimed = [WebhookDelivery.objects.claim(owed(one).pk) for one in silent]
    assert [bool(one) for one in claimed] == [True, True, True, False]
    one, more = a_webhook(studio, f"{receiver.url}/hook"), owed(silent[0])
    rows = [owed(one) for _ in range(3)]
    assert WebhookDelivery.objects.claim(rows[0].pk)
    get_broker("worker").purge_queue()
    with django_capture_on_commit_callbacks(execute=True):
        assert send(rows[1]).state == Delivery.DELIVERED
    assert get_broker("worker").queue_size() == 2
    assert WebhookDelivery.objects.claim(more.pk) is None
