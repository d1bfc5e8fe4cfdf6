"""Inviting on the team page: the link, the letter, its limits, taking it back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import Settings

from imaging.models import AuditEvent, Invitation, Team, User
from tests.visiting import TEAM, of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
INVITE = {"email": "dora@example.com", "role": "editor", "days": 7}


def test_the_link_is_shown_once(studio: Team, alice: User) -> None:
    client = of(alice, studio)
    assert "/invitations/" in client.post(TEAM, INVITE | {"email": ""}).text
    later = client.get(TEAM).text
    assert "Link for whoever holds it" in later
    assert "/invitations/" not in later.replace("/team/invitations/", "")
    assert AuditEvent.objects.get().action == "invited"


def test_a_member_is_not_invited_again(studio: Team, alice: User) -> None:
    answer = of(alice, studio).post(TEAM, INVITE | {"email": "Bob@Example.com"})
    assert "bob@example.com is in this team already" in answer.text
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        ("django.core.mail.backends.locmem.EmailBackend", "on its way"),
        ("django.core.mail.backends.console.EmailBackend", "No mail server is set up"),
        ("tests.visiting.AwayBackend", "did not take the letter"),
    ],
)
def test_the_page_says_what_became_of_the_letter(
    studio: Team, alice: User, settings: Settings, backend: str, sentence: str
) -> None:
    settings.EMAIL_BACKEND = backend
    answer = of(alice, studio).post(TEAM, INVITE)
    assert sentence in answer.text
    assert "/invitations/" in answer.text


def test_invitations_are_limited(studio: Team, alice: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "2/h/user"}
    client = of(alice, studio)
    codes = [client.post(TEAM, INVITE | {"email": ""}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert client.get(TEAM).status_code == 200


def test_an_owner_withdraws_an_invitation(studio: Team, alice: User) -> None:
    client = of(alice, studio)
    client.post(TEAM, INVITE)
    invitation = Invitation.objects.get()
    path = reverse("invitation_close", args=[invitation.pk])
    assert "withdrawn" in client.post(path, follow=True).text
    assert not Invitation.objects.open().exists()


def test_an_invitation_lasts_as_long_as_was_chosen(studio: Team, alice: User) -> None:
    client = of(alice, studio)
    for days in (1, 7, 30):
        client.post(TEAM, INVITE | {"days": days})
        made = Invitation.objects.open().get()
        assert round((made.expires - made.created) / timedelta(days=1), 3) == days
    assert "Select a valid choice" in client.post(TEAM, INVITE | {"days": 365}).text
    assert Invitation.objects.open().get().expires == made.expires


def test_nobody_is_invited_to_own_a_personal_team(alice: User) -> None:
    answer = of(alice).post(TEAM, INVITE | {"role": "owner"})
    assert "Select a valid choice" in answer.text
    assert not Invitation.objects.exists()
