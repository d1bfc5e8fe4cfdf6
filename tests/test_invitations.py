"""An invitation: what its page says, who may join with it, when it is over."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from imaging.models import Invitation, Role, Team, User
from tests.visiting import invite, of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_the_page_says_who_invites_into_what_as_what(
    studio: Team,
) -> None:
    page = Client().get(invite(studio)).text
    for word in ("Alice", "alice@example.com", "Studio", "Viewer"):
        assert word in page


def test_somebody_who_is_signed_in_joins(studio: Team, charlie: User) -> None:
    path, client = invite(studio, role=Role.EDITOR), of(charlie)
    assert "Join" in client.get(path).text
    assert client.post(path).status_code == 302
    assert studio.role_of(charlie) == Role.EDITOR
    assert client.post(path).status_code == 410


def test_an_invitation_to_another_address_is_refused(
    studio: Team, charlie: User
) -> None:
    path, client = invite(studio, "dora@example.com"), of(charlie)
    answer = client.post(path)
    assert answer.status_code == 403
    assert "made out to" in answer.text
    assert not studio.role_of(charlie)


def test_a_member_does_not_use_an_invitation_up(studio: Team, bob: User) -> None:
    path, client = invite(studio), of(bob)
    assert "in this team already" in client.post(path).text
    assert studio.role_of(bob) == Role.EDITOR
    assert Invitation.objects.open().count() == 1


def test_an_unknown_link_is_not_found_and_an_old_one_gone(
    studio: Team,
) -> None:
    path = invite(studio)
    assert Client().get("/invitations/unknown/").status_code == 404
    Invitation.objects.update(expires=timezone.now() - timedelta(days=1))
    old = Client().get(path)
    assert old.status_code == 410
    assert "Ask Alice for a new one" in old.text


def test_a_second_invitation_to_an_address_ends_the_first(
    studio: Team,
) -> None:
    first, second = (
        invite(studio, "dora@example.com"),
        invite(studio, "dora@example.com"),
    )
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
