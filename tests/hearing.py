"""A receiver of webhooks on a real socket, and a clock that can be put forward."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import override_settings
from django.utils import timezone

from imaging import worker
from imaging.models import Team, User, Webhook, WebhookDelivery
from imaging.models.webhooks import Event
from tests.providers.playing import Heard, Playing, answer


class Clock:
    """What the application takes for the time; it runs on from where it was put."""

    def __init__(self) -> None:
        self.real, self.ahead = timezone.now, timedelta()

    def now(self) -> datetime:
        return self.real() + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@pytest.fixture(name="clock")
def clock_fixture() -> Iterator[Clock]:
    clock = Clock()
    with mock.patch("django.utils.timezone.now", clock.now):
        yield clock


@pytest.fixture(name="receiver")
def receiver_fixture() -> Iterator[Playing]:
    with override_settings(OUTGOING_ALLOW_PRIVATE=True), Playing() as receiver:
        receiver.on("POST /hook", answer(b"thank you"))
        yield receiver


def a_webhook(team: Team, url: str, *events: str, user: User | None = None) -> Webhook:
    """Make a webhook that is told of everything, unless events are named."""
    made = Webhook.objects.begin(team, url, list(events or Event.values), user)
    assert made
    return made


def owed(webhook: Webhook, event: str = "task.completed") -> WebhookDelivery:
    """Owe it a message."""
    return webhook.tell(event, {"id": "1"})


def ended(webhook: Webhook) -> WebhookDelivery:
    """Return a message to it that was given up."""
    row = owed(webhook)
    WebhookDelivery.objects.filter(pk=row.pk).update(state="failed", due=None)
    return row


def send(row: WebhookDelivery) -> WebhookDelivery:
    """Do what a worker does that is woken for this message."""
    worker.notify(str(row.pk))
    row.refresh_from_db()
    return row


def verified(heard: Heard, secret: str) -> Any:
    """Check a message as the specification says; return what it tells."""
    given = heard.headers
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(
        hmac.new(key, signed + heard.body, hashlib.sha256).digest()
    )
    signatures = given["webhook-signature"].split(" ")
    assert f"v1,{expected.decode()}" in signatures
    return json.loads(heard.body)
