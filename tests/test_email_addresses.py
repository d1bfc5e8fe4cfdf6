"""The address a person goes by: changed when confirmed, never two people's."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from pytest_django import Settings

from imaging.models import User
from tests.visiting import in_letter, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_a_new_address_counts_once_it_is_confirmed(alice: User) -> None:
    client = signed_in(alice)
    client.post("/accounts/email/", {"email": "New@Example.com", "action_add": ""})
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"
    client.post(in_letter(mail.outbox[0]))
    assert User.objects.get(pk=alice.pk).email == "new@example.com"
    address = EmailAddress.objects.get(user=alice)
    assert (address.email, address.verified) == ("new@example.com", True)
    assert mail.outbox[-1].to == ["alice@example.com"]


def test_the_address_of_somebody_else_is_not_taken_over(
    alice: User, charlie: User
) -> None:
    client = signed_in(charlie)
    client.post("/accounts/email/", {"email": "alice@example.com", "action_add": ""})
    answer = client.post(in_letter(mail.outbox[0]), follow=True)
    assert answer.status_code == 200
    assert User.objects.get(pk=charlie.pk).email == "charlie@example.com"
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_an_operator_vouches_for_the_address_of_a_user_they_made(alice: User) -> None:
    signed_in(alice)
    assert EmailAddress.objects.get(user=alice).verified


def test_behind_a_second_factor_an_address_stays_and_the_page_says_how(
    alice: User, settings: Settings
) -> None:
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    client = signed_in(alice)
    TOTP.activate(alice, "SECRET")
    new = {"email": "new@example.com", "action_add": ""}
    answer = client.post("/accounts/email/", new)
    assert "Switch that off, change the address" in answer.text
    assert not mail.outbox
