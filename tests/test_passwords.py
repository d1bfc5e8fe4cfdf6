"""A new password: forgotten, changed, and what ends with the old one."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from imaging.models import Team, User
from tests.application import PASSWORD
from tests.visiting import OTHER, in_letter, revocations, sign_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]
RESET = "/accounts/password/reset/"


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
    form = client.get(in_letter(mail.outbox[0]), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": OTHER, "password2": OTHER})
    assert sign_in(Client(), "alice@example.com", OTHER) == 302
    assert sign_in(Client(), "alice@example.com") == 200
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))
    assert elsewhere.get(reverse("team")).status_code == 302


def test_changing_the_password_ends_what_was_watched(studio: Team, alice: User) -> None:
    client, before = signed_in(alice), revocations(alice)
    fields = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    client.post("/accounts/password/change/", fields)
    assert sign_in(Client(), "alice@example.com", OTHER) == 302
    assert all(now > then for now, then in zip(revocations(alice), before, strict=True))


def test_a_mail_server_that_is_away_is_named(
    client: Client, alice: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.visiting.AwayBackend"
    answer = client.post(RESET, {"email": "alice@example.com"})
    assert answer.status_code == 503
    assert "could not be sent" in answer.text
