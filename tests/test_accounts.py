"""Signing in and out, passwords, addresses: what allauth does with our adapter."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from imaging.models import Team, User
from tests.application import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LOGIN = "/accounts/login/"
RESET = "/accounts/password/reset/"
OTHER = "a foghorn on the cliff"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post(LOGIN, {"login": email, "password": password}).status_code


def link_in(body: object) -> str:
    """Return the path of the link in a letter; it leads to BASE_URL."""
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", str(body))
    assert found, body
    return found[1]


def revocations(user: User) -> list[int]:
    teams = Team.objects.visible_to(user).order_by("pk")
    return list(teams.values_list("revocations", flat=True))


def signed_in(user: User) -> Client:
    """Return a browser in which this person has given their password just now."""
    client = Client()
    assert sign_in(client, user.email) == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


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


def test_asking_for_a_new_password_tells_nobody_who_is_here(
    client: Client, alice: User
) -> None:
    answers = [
        client.post(RESET, {"email": who}, follow=True)
        for who in ("alice@example.com", "nobody@example.com")
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert "If the address is known here" in answers[1].text
    assert [letter.to for letter in mail.outbox] == [
        ["alice@example.com"],
        ["nobody@example.com"],
    ]


def test_an_unknown_address_is_not_told_to_sign_up_where_that_is_closed(
    client: Client, db: None
) -> None:
    client.post(RESET, {"email": "nobody@example.com"})
    assert "/accounts/signup/" not in mail.outbox[0].body


def test_a_new_password_is_chosen_by_a_link_and_ends_what_was_watched(
    client: Client, studio: Team, alice: User
) -> None:
    elsewhere, before = signed_in(alice), revocations(alice)
    client.post(RESET, {"email": "alice@example.com"})
    form = client.get(link_in(mail.outbox[0].body), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": OTHER, "password2": OTHER})
    assert sign_in(Client(), "alice@example.com", OTHER) == 302
    assert sign_in(Client(), "alice@example.com") == 200
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))
    assert elsewhere.get(reverse("team")).status_code == 302


def test_signing_out_ends_what_was_watched(studio: Team, alice: User) -> None:
    client, before = signed_in(alice), revocations(alice)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))


def test_changing_the_password_ends_what_was_watched(studio: Team, alice: User) -> None:
    client, before = signed_in(alice), revocations(alice)
    fields = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    client.post("/accounts/password/change/", fields)
    assert sign_in(Client(), "alice@example.com", OTHER) == 302
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))


def test_a_new_address_counts_once_it_is_confirmed(alice: User) -> None:
    client = signed_in(alice)
    client.post("/accounts/email/", {"email": "New@Example.com", "action_add": ""})
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"
    client.post(link_in(mail.outbox[0].body))
    assert User.objects.get(pk=alice.pk).email == "new@example.com"
    address = EmailAddress.objects.get(user=alice)
    assert (address.email, address.verified) == ("new@example.com", True)
    assert mail.outbox[-1].to == ["alice@example.com"]


def test_the_address_of_somebody_else_is_not_taken_over(
    alice: User, charlie: User
) -> None:
    client = signed_in(charlie)
    client.post("/accounts/email/", {"email": "alice@example.com", "action_add": ""})
    answer = client.post(link_in(mail.outbox[0].body), follow=True)
    assert answer.status_code == 200
    assert User.objects.get(pk=charlie.pk).email == "charlie@example.com"
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_an_operator_vouches_for_the_address_of_a_user_they_made(alice: User) -> None:
    signed_in(alice)
    assert EmailAddress.objects.get(user=alice).verified


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


def test_a_mail_server_that_is_away_is_named(
    client: Client, alice: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.inviting.AwayBackend"
    answer = client.post(RESET, {"email": "alice@example.com"})
    assert answer.status_code == 503
    assert "could not be sent" in answer.text
