"""Webhooks: their secrets, when they are given up, who sees them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from imaging.models import Team, User, Webhook, WebhookDelivery
from imaging.models.deliveries import Delivery
from imaging.models.webhooks import MOST_OF_A_TEAM, Ended
from imaging.upkeep import prune
from tests.hearing import (  # noqa: F401
    Clock,
    a_webhook,
    clock_fixture,
    owed,
    receiver_fixture,
    send,
    verified,
)
from tests.providers.playing import Playing, answer

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_a_secret_has_32_bytes_and_is_sealed(studio: Team) -> None:
    webhook = a_webhook(studio, "https://example.com/")
    assert webhook.secret.startswith("whsec_")
    assert len(webhook.secret) == len("whsec_") + 44
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM imaging_webhook")
        [kept] = cursor.fetchone()
    assert webhook.secret not in kept


def test_both_secrets_sign_for_a_day(
    receiver: Playing, studio: Team, clock: Clock
) -> None:
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    old = webhook.secret
    new = webhook.rotate()
    assert new != old
    send(owed(webhook))
    for secret in (old, new):
        assert verified(receiver.heard[-1], secret)
    clock.forward(hours=24, seconds=1)
    send(owed(webhook))
    assert verified(receiver.heard[-1], new)
    with pytest.raises(AssertionError):
        verified(receiver.heard[-1], old)


def test_what_is_gone_is_told_nothing_more(
    receiver: Playing, studio: Team, alice: User
) -> None:
    receiver.on("POST /hook", answer(b"", 410))
    webhook = a_webhook(studio, f"{receiver.url}/hook?key=SECRET")
    waiting, row = owed(webhook), send(owed(webhook))
    webhook.refresh_from_db()
    assert (webhook.active, webhook.reason) == (False, Ended.GONE)
    assert webhook.disabled_at
    for one in (row, waiting):
        one.refresh_from_db()
        assert (one.state, one.due) == (Delivery.FAILED, None)
    send(waiting)
    assert receiver.count() == 1
    [letter] = mail.outbox
    assert letter.to == [alice.email]
    assert letter.subject == "A webhook of Studio is switched off"
    assert f"/webhooks/{webhook.pk}/" in letter.body
    assert "SECRET" not in letter.body
    assert "127.0.0.1" in letter.body


def test_five_days_without_a_success_end_it_and_one_success_does_not(
    receiver: Playing, studio: Team, clock: Clock
) -> None:
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    receiver.on("POST /hook", answer(b"", 500))
    send(owed(webhook))
    clock.forward(days=4)
    send(owed(webhook))
    webhook.refresh_from_db()
    assert webhook.is_failing
    receiver.on("POST /hook", answer())
    send(owed(webhook))
    webhook.refresh_from_db()
    assert not webhook.is_failing
    receiver.on("POST /hook", answer(b"", 500))
    for days, active in ((2, True), (4, True), (1.1, False)):
        clock.forward(days=days)
        send(owed(webhook))
        webhook.refresh_from_db()
        assert webhook.active is active
    assert webhook.reason == Ended.FAILING
    assert len(mail.outbox) == 1
    assert webhook.enable()
    receiver.on("POST /hook", answer())
    assert send(owed(webhook)).state == Delivery.DELIVERED


@override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend")
@override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=1)
def test_a_letter_that_does_not_go_out_hinders_nothing(
    receiver: Playing, studio: Team
) -> None:
    receiver.on("POST /hook", answer(b"", 410))
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    assert send(owed(webhook)).state == Delivery.FAILED
    webhook.refresh_from_db()
    assert not webhook.active


def test_a_test_is_tried_once_and_proves_nothing(
    receiver: Playing, studio: Team
) -> None:
    receiver.on("POST /hook", answer(b"", 500))
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    assert send(owed(webhook, "test")).state == Delivery.FAILED
    webhook.refresh_from_db()
    assert not webhook.is_failing


def test_a_message_is_sent_again_as_it_was(receiver: Playing, studio: Team) -> None:
    row = owed(a_webhook(studio, f"{receiver.url}/hook"))
    assert not row.replay()
    send(row)
    assert row.replay()
    row = send(row)
    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (row.state, len(row.log)) == (Delivery.DELIVERED, 2)


def test_messages_are_kept_for_thirty_days(studio: Team) -> None:
    webhook = a_webhook(studio, "https://example.com/")
    for days, due in ((29, None), (31, None), (31, timezone.now())):
        row = owed(webhook)
        at = timezone.now() - timedelta(days=days)
        WebhookDelivery.objects.filter(pk=row.pk).update(created=at, due=due)
    assert prune()["messages"] == 1
    assert WebhookDelivery.objects.count() == 2


def test_only_owners_see_them(studio: Team, bob: User, charlie: User) -> None:
    webhook = a_webhook(studio, "https://example.com/")
    row = owed(webhook)
    seen = [Webhook.objects.visible_to(one).exists() for one in (bob, charlie)]
    seen += [WebhookDelivery.objects.visible_to(one).exists() for one in (bob, charlie)]
    assert not any(seen)
    [alice] = [one.user for one in studio.memberships.filter(role="owner")]
    assert Webhook.objects.visible_to(alice).get() == webhook
    assert WebhookDelivery.objects.visible_to(alice).get() == row


def test_a_team_has_a_bounded_number(studio: Team) -> None:
    for _ in range(MOST_OF_A_TEAM):
        a_webhook(studio, "https://example.com/")
    assert Webhook.objects.begin(studio, "https://example.com/", [], None) is None
