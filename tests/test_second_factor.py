"""Two-step sign-in: asked for everywhere, kept encrypted, gone with what it guarded."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.db import connection
from django.test import Client

from imaging.models import Team, User
from tests.application import PASSWORD
from tests.visiting import LOGIN, revocations, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def code_of(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def secret(alice: User) -> str:
    """Switch the second factor on for Alice; return what her telephone knows."""
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    return secret


def test_the_password_alone_lets_nobody_in(alice: User, secret: str) -> None:
    client = Client()
    answer = client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_clock_half_a_minute_off_is_forgiven(alice: User, secret: str) -> None:
    client = Client()
    sign_in(client, alice.email)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, steps=-1)})
    assert "_auth_user_id" in client.session


def test_the_console_asks_for_it_too(alice: User, secret: str) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    client = Client()
    page = client.get("/admin/login/?next=/admin/")
    assert page["Location"].startswith(LOGIN)
    direct = {"username": alice.email, "password": PASSWORD}
    client.post("/admin/login/", direct)
    assert client.get("/admin/").status_code == 302
    sign_in(client, alice.email)
    assert client.get("/admin/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/admin/").status_code == 200


def test_its_secret_is_encrypted_in_the_database(secret: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mfa_authenticator")
        (row,) = cursor.fetchall()
    assert "secret" in str(row)
    assert secret not in str(row)


@pytest.mark.django_db(transaction=True)
def test_switching_it_on_by_the_page_gives_codes_and_ends_what_was_watched(
    studio: Team, alice: User
) -> None:
    client, before = signed_in(alice), revocations(alice)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    kinds = Authenticator.objects.filter(user=alice).values_list("type", flat=True)
    assert sorted(kinds) == ["recovery_codes", "totp"]
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))


def test_switching_it_off_ends_what_was_watched(
    studio: Team, alice: User, secret: str
) -> None:
    client = Client()
    sign_in(client, alice.email)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    before = revocations(alice)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=alice).exists()
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))
