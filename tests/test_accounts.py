"""Signing in and out: who gets in, how often one may guess, what ends with it."""

import pytest
from django.test import Client
from pytest_django import Settings

from imaging.models import Team, User
from tests.application import PASSWORD
from tests.visiting import LOGIN, OTHER, revocations, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_people_sign_in_however_they_write_their_address(
    client: Client, alice: User
) -> None:
    assert sign_in(client, " Alice@EXAMPLE.com ") == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_and_an_unknown_address_look_the_same(
    client: Client, alice: User
) -> None:
    wrong = [
        client.post(LOGIN, {"login": who, "password": OTHER}).context["form"].errors
        for who in ("alice@example.com", "nobody@example.com")
    ]
    assert wrong[0] == wrong[1]
    assert "_auth_user_id" not in client.session


def test_signing_out_ends_what_was_watched(studio: Team, alice: User) -> None:
    client, before = signed_in(alice), revocations(alice)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))


def test_guessing_is_limited_by_source_ipv6_by_its_64(
    alice: User, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip", "login_failed": None}

    def code(source: str) -> int:
        client = Client(REMOTE_ADDR=source)
        return sign_in(client, "nobody@example.com", "x")

    near = [code(f"2001:db8::{number}") for number in range(3)]
    assert near == [200, 200, 429]
    assert code("2001:db8:0:1::1") == 200
    assert [code("192.0.2.1"), code("192.0.2.2")] == [200, 200]


def test_guessing_one_password_is_limited(alice: User) -> None:
    for _ in range(5):
        sign_in(Client(), "alice@example.com", "x")
    late = Client().post(LOGIN, {"login": "alice@example.com", "password": PASSWORD})
    assert "Too many failed login attempts" in late.text


def test_open_sign_up_with_mail_says_the_same_of_a_known_address(
    client: Client, alice: User, settings: Settings
) -> None:
    settings.SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = "open", "mandatory"
    fields = {"password1": OTHER, "password2": OTHER}
    answers = [
        client.post("/accounts/signup/", fields | {"email": who})["Location"]
        for who in ("alice@example.com", "dora@example.com")
    ]
    assert answers[0] == answers[1]
    assert User.objects.get(email="dora@example.com").own_teams()[0].personal
