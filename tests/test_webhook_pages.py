"""The room of webhooks: owners add, test, read, send again; others see nothing."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging.models import AuditEvent, Team, User, Webhook, WebhookDelivery
from imaging.models.deliveries import Delivery
from imaging.models.webhooks import Ended
from tests.hearing import (  # noqa: F401
    a_webhook,
    owed,
    receiver_fixture,
    send,
    verified,
)
from tests.providers.playing import Playing, answer

pytestmark = [pytest.mark.django_db, pytest.mark.both]
URL = "https://receiver.example/hook?key=1"
ONE = ["webhook_set", "webhook_switch", "webhook_secret_set", "webhook_remove"]
ONE += ["webhook_test_add"]


@pytest.fixture
def page(client: Client, alice: User, studio: Team) -> Iterator[Client]:
    """A browser in which Alice uses the studio."""
    client.force_login(alice)
    client.post(reverse("team_switch", args=[studio.pk]))
    return client


def add(page: Client, url: str = URL, *events: str) -> object:
    return page.post(reverse("webhooks"), {"url": url, "events": events})


def test_a_webhook_is_added_and_its_secret_shown_this_once(
    page: Client, studio: Team
) -> None:
    shown = add(page, URL, "task.error", "image.stored").content.decode()
    webhook = studio.webhooks.get()
    assert (webhook.url, webhook.events) == (URL, ["task.error", "image.stored"])
    assert webhook.secret in shown
    for address in (reverse("webhooks"), reverse("webhook", args=[webhook.pk])):
        assert webhook.secret not in page.get(address).content.decode()
    noted = AuditEvent.objects.get(action="webhook_made")
    assert noted.data == {
        "host": "receiver.example",
        "events": ["task.error", "image.stored"],
    }


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://receiver.example/",
        "https://10.0.0.1/",
        "https://user:pw@receiver.example/",
        "javascript:alert(1)",
        "https://2130706433/",
        "https://x.example/" + "a" * 1_000,
    ],
)
def test_an_address_that_is_never_called_is_refused(
    page: Client, studio: Team, settings: object, url: str
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = False
    answered = add(page, url, "task.error")
    assert answered.status_code == 422
    assert not studio.webhooks.exists()


def test_our_own_address_is_refused(
    page: Client, studio: Team, settings: object
) -> None:
    settings.BASE_URL = "https://darkroom.example"
    shown = add(page, "https://darkroom.example/api/v1/images", "image.stored")
    assert "for ever" in shown.content.decode()
    assert not studio.webhooks.exists()


def test_at_least_one_known_event_is_chosen(page: Client, studio: Team) -> None:
    for events in ((), ("no.such",)):
        assert add(page, URL, *events).status_code == 422
    assert not studio.webhooks.exists()


def test_a_test_arrives_and_is_listed_with_its_answer(
    page: Client, receiver: Playing, studio: Team
) -> None:
    receiver.on("POST /hook", answer(b"<i>thanks</i>", 201))
    webhook = a_webhook(studio, f"{receiver.url}/hook")
    page.post(reverse("webhook_test_add", args=[webhook.pk]))
    send(webhook.deliveries.get())
    assert verified(receiver.heard[0], webhook.secret)["type"] == "test"
    shown = page.get(reverse("webhook", args=[webhook.pk])).content.decode()
    assert "&lt;i&gt;thanks&lt;/i&gt;" in shown
    assert ">201<" in shown
    page.post(reverse("delivery_retry", args=[webhook.deliveries.get().pk]))
    send(webhook.deliveries.get())
    assert receiver.heard[0].body == receiver.heard[1].body


def test_it_is_changed_switched_and_deleted(page: Client, studio: Team) -> None:
    webhook = a_webhook(studio, URL)
    waiting = owed(webhook)
    form = {"url": "https://other.example/", "events": ["task.cancelled"]}
    page.post(reverse("webhook_set", args=[webhook.pk]), form)
    page.post(reverse("webhook_switch", args=[webhook.pk]), {"on": "no"})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == (form["url"], form["events"])
    assert (webhook.active, webhook.reason) == (False, Ended.BY_HAND)
    waiting.refresh_from_db()
    assert waiting.state == Delivery.FAILED
    for name, pk in (("webhook_test_add", webhook.pk), ("delivery_retry", waiting.pk)):
        page.post(reverse(name, args=[pk]))
    assert not WebhookDelivery.objects.owed().exists()
    page.post(reverse("webhook_switch", args=[webhook.pk]), {"on": "yes"})
    webhook.refresh_from_db()
    assert webhook.active
    page.post(reverse("webhook_remove", args=[webhook.pk]))
    assert not Webhook.objects.exists()


def test_the_new_secret_is_shown_once(page: Client, studio: Team) -> None:
    webhook = a_webhook(studio, URL)
    answered = page.post(reverse("webhook_secret_set", args=[webhook.pk]))
    old = webhook.secret
    webhook.refresh_from_db()
    assert webhook.secret != old
    assert webhook.secret in answered.content.decode()
    assert old not in answered.content.decode()


def test_one_that_was_given_up_is_said_on_the_page(page: Client, studio: Team) -> None:
    a_webhook(studio, URL).disable(Ended.FAILING)
    shown = page.get(reverse("webhooks")).content.decode()
    assert "The webhook to receiver.example is switched off." in shown
    assert "five days" in shown


def test_nobody_but_owners_comes_in(
    client: Client, bob: User, charlie: User, studio: Team
) -> None:
    webhook = a_webhook(studio, URL)
    row = owed(webhook)
    before = Webhook.objects.values().get()
    for person in (bob, charlie):
        client.force_login(person)
        client.post(reverse("team_switch", args=[studio.pk]))
        assert client.get(reverse("webhook", args=[webhook.pk])).status_code == 404
        for name in ONE:
            answered = client.post(reverse(name, args=[webhook.pk]))
            assert answered.status_code == 404
        assert client.post(reverse("delivery_retry", args=[row.pk])).status_code == 404
    client.force_login(bob)
    client.post(reverse("team_switch", args=[studio.pk]))
    assert client.get(reverse("webhooks")).status_code == 403
    assert add(client, URL, "task.error").status_code == 403
    assert Webhook.objects.values().get() == before


def test_many_messages_come_page_by_page(
    page: Client,
    studio: Team,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    webhook = a_webhook(studio, URL)
    for _ in range(31):
        owed(webhook)
    address = reverse("webhook", args=[webhook.pk])
    with django_assert_max_num_queries(12):
        first = page.get(address)
    second = page.get(f"{address}?after={first.context['next']}")
    seen = [*first.context["deliveries"], *second.context["deliveries"]]
    assert len({one.pk for one in seen}) == 31
    assert page.get(f"{address}?after=nonsense").status_code == 200
