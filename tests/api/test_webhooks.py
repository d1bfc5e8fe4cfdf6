"""Webhooks by programs: made once, read, changed, tested, sent again."""

from typing import Any

import pytest
from django.test import Client

from imaging.models import Membership, Role, Team, User, Webhook
from tests.api.calling import with_token
from tests.hearing import (  # noqa: F401
    a_webhook,
    owed,
    receiver_fixture,
    send,
    verified,
)
from tests.providers.playing import Playing

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ROOM = "/api/v1/webhooks"
URL = "https://receiver.example/hook"


@pytest.fixture
def program(alice: User, studio: Team) -> Client:
    return with_token(alice)


def add(program: Client, into: Team, key: str = "", **changes: Any) -> Any:
    said = {"team": str(into.pk), "url": URL, "events": ["task.error"], **changes}
    headers = {"Idempotency-Key": key} if key else {}
    return program.post(ROOM, said, content_type="application/json", headers=headers)


def test_a_webhook_is_made_once_and_its_secret_told_once(
    program: Client, studio: Team
) -> None:
    answered = add(program, studio, "a")
    assert answered.status_code == 201
    made = answered.json()
    row = Webhook.objects.get()
    assert (made["secret"], made["team"]) == (row.secret, str(studio.pk))
    assert (made["url"], made["events"]) == (URL, ["task.error"])
    assert add(program, studio, "a").json() == made
    assert Webhook.objects.count() == 1
    told = program.get(answered["Location"])
    assert told.json()["id"] == made["id"]
    listed = program.get(ROOM)
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    for one in (told, listed):
        assert row.secret not in one.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"url": ""},
        {"url": "ftp://receiver.example/"},
        {"url": "https://[::1]/"},
        {"url": "https://receiver.example/\u0000"},
        {"url": None},
        {"events": []},
        {"events": ["no.such"]},
        {"events": ["task.error"] * 99},
        {"team": "x"},
    ],
)
def test_what_makes_no_sense_is_refused(
    program: Client, studio: Team, changes: dict[str, Any]
) -> None:
    assert add(program, studio, **changes).status_code in {400, 422}
    assert not Webhook.objects.exists()


def test_it_is_changed_and_deleted(program: Client, studio: Team) -> None:
    row = a_webhook(studio, URL)
    where = f"{ROOM}/{row.pk}"
    said = {"url": "https://other.example/", "events": ["image.stored"]}
    changed = program.patch(where, said, content_type="application/json").json()
    assert {name: changed[name] for name in said} == said
    for active in (False, True):
        said = {"active": active}
        changed = program.patch(where, said, content_type="application/json").json()
        assert changed["active"] is active
        assert bool(changed["disabled_at"]) is not active
        assert changed["reason"] == ("" if active else "by_hand")
    assert program.delete(where).status_code == 204
    assert program.get(where).status_code == 404


def test_a_test_is_sent_listed_and_sent_again(
    program: Client, receiver: Playing, studio: Team
) -> None:
    row = a_webhook(studio, f"{receiver.url}/hook")
    answered = program.post(f"{ROOM}/{row.pk}/test")
    assert answered.status_code == 202
    again = f"/api/v1/deliveries/{answered.json()['id']}/replay"
    assert program.post(again).status_code == 409
    send(row.deliveries.get())
    [told] = program.get(f"{ROOM}/{row.pk}/deliveries").json()["items"]
    assert (told["event"], told["state"]) == ("test", "delivered")
    assert [one["status"] for one in told["tries"]] == [200]
    assert told["body"].encode() == receiver.heard[0].body
    assert program.post(again).status_code == 202
    send(row.deliveries.get())
    assert verified(receiver.heard[1], row.secret)
    row.disable("by_hand")
    assert program.post(again).status_code == 409
    assert program.post(f"{ROOM}/{row.pk}/test").status_code == 409


def test_the_secret_is_changed(program: Client, studio: Team) -> None:
    row = a_webhook(studio, URL)
    told = program.post(f"{ROOM}/{row.pk}/rotate").json()
    assert told["secret"] not in ("", row.secret)
    assert told["old_secret_until"]


def test_only_owners_with_the_scope_come_in(
    studio: Team, alice: User, bob: User, charlie: User
) -> None:
    row = a_webhook(studio, URL)
    message = owed(row)
    before = Webhook.objects.values().get()
    lacking = with_token(alice, "read", "upload", "process", "share")
    for program, status in (
        (with_token(bob), 404),
        (with_token(charlie), 404),
        (lacking, 403),
        (Client(), 401),
    ):
        for method, path in (
            ("get", f"{ROOM}/{row.pk}"),
            ("delete", f"{ROOM}/{row.pk}"),
            ("post", f"{ROOM}/{row.pk}/test"),
            ("post", f"{ROOM}/{row.pk}/rotate"),
            ("get", f"{ROOM}/{row.pk}/deliveries"),
            ("post", f"/api/v1/deliveries/{message.pk}/replay"),
        ):
            assert getattr(program, method)(path).status_code == status, path
    assert add(with_token(bob), studio).status_code == 403
    assert add(with_token(charlie), studio).status_code == 404
    assert with_token(bob).get(ROOM).json()["items"] == []
    assert Webhook.objects.values().get() == before


def test_who_owns_no_more_sees_no_more(studio: Team, alice: User) -> None:
    row = a_webhook(studio, URL)
    program = with_token(alice)
    Membership.objects.filter(user=alice, team=studio).update(role=Role.EDITOR)
    assert program.get(f"{ROOM}/{row.pk}").status_code == 404
