"""The team page: who is in it, who leaves it, what is used."""

import pytest
from django.urls import reverse

from imaging.models import Batch, Invitation, Membership, Task, Team, User
from tests.visiting import TEAM, of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
INVITE = {"email": "dora@example.com", "role": "editor", "days": 7}


def test_everybody_sees_the_members_only_owners_invite(
    studio: Team, alice: User, bob: User
) -> None:
    pages = [of(user, studio).get(TEAM).text for user in (alice, bob)]
    for page in pages:
        assert "alice@example.com" in page
        assert "bob@example.com" in page
    assert ['name="role"' in page for page in pages] == [True, False]
    assert of(bob, studio).post(TEAM, INVITE).status_code == 403
    assert not Invitation.objects.exists()


def test_others_withdraw_and_remove_nothing(
    studio: Team, alice: User, bob: User, charlie: User
) -> None:
    of(alice, studio).post(TEAM, INVITE)
    member = studio.memberships.get(user=alice)
    for person in (bob, charlie):
        client = of(person)
        for name, row in (
            ("invitation_close", Invitation.objects.get()),
            ("member_remove", member),
        ):
            assert client.post(reverse(name, args=[row.pk])).status_code == 404
    assert Invitation.objects.open().exists()
    assert studio.members.count() == 2


def test_whoever_is_removed_is_out_with_the_invitations_they_made(
    studio: Team, alice: User, bob: User
) -> None:
    member = Membership.objects.get(team=studio, user=bob)
    Invitation.objects.create(team=studio, invited_by=bob, digest="x")
    client, before = of(bob, studio), studio.revocations
    of(alice, studio).post(reverse("member_remove", args=[member.pk]))
    studio.refresh_from_db()
    assert studio.revocations > before
    assert not Invitation.objects.open().exists()
    assert "alice@example.com" not in client.get(TEAM).text


def test_owners_do_not_remove_themselves(studio: Team, alice: User) -> None:
    own = studio.memberships.get(user=alice)
    path = reverse("member_remove", args=[own.pk])
    page = of(alice, studio).post(path, follow=True)
    assert "Studio needs an owner" in page.text
    assert studio.role_of(alice) == "owner"


def test_a_team_of_others_cannot_be_switched_to(studio: Team, charlie: User) -> None:
    client, path = of(charlie), reverse("team_switch", args=[studio.pk])
    assert client.post(path).status_code == 404
    assert client.get(path).status_code == 405


def test_switching_returns_to_the_page_but_not_to_another_site(
    studio: Team, bob: User
) -> None:
    client, path = of(bob, studio), reverse("team_switch", args=[studio.pk])
    assert client.post(path, {"next": TEAM})["Location"] == TEAM
    for away in ("//elsewhere.example/", "nowhere", "share"):
        answer = client.post(path, {"next": away})
        assert answer["Location"] == reverse("library")


def test_what_is_used_is_what_was_counted(studio: Team, bob: User) -> None:
    assert studio.take_bytes(3 * 1024**2)
    Team.objects.update(max_bytes=12 * 1024**2, max_engine_minutes=1234)
    for team, seconds in ((studio, 100), (studio, 50), (bob.teams.first(), 600)):
        batch = Batch.objects.create(team=team)
        Task.objects.create(
            batch=batch, team=team, provider="local", engine_seconds=seconds
        )
    page = " ".join(of(bob, studio).get(TEAM).text.split())
    assert "3.0 MB of 12.0 MB" in page
    assert "2.5 of 1,234" in page
    assert f'max="{12 * 1024**2}" value="{3 * 1024**2}"' in page
