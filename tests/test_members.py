"""Roles in a team: who gives them, who owns it, who leaves it, what stays."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from pytest_django import Settings

from imaging.models import AuditEvent, Invitation, Membership, Role, Team, User
from tests.visiting import TEAM, of, revocations

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def press(
    who: User, name: str, row: Membership | Team | Invitation, **sent: str
) -> str:
    """Press a button of the team page as this person; return what the page says."""
    return of(who).post(reverse(name, args=[row.pk]), sent, follow=True).text


def member(team: Team, user: User) -> Membership:
    return team.memberships.get(user=user)


def noted() -> list[str]:
    return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


@pytest.mark.parametrize("role", Role.values)
def test_an_owner_gives_a_member_any_role(
    studio: Team, alice: User, bob: User, role: str
) -> None:
    before = revocations(bob)
    press(alice, "member_role_set", member(studio, bob), role=role)
    assert studio.role_of(bob) == role
    changed = role != Role.EDITOR
    assert (revocations(bob) != before) == changed
    assert noted() == ["role_changed"] * changed


def test_a_role_that_is_none_changes_nothing(
    studio: Team, alice: User, bob: User
) -> None:
    said = press(alice, "member_role_set", member(studio, bob), role="king")
    assert "Choose one of the roles" in said
    assert studio.role_of(bob) == Role.EDITOR


@pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
@pytest.mark.parametrize(
    "name", ["member_role_set", "ownership_hand_over", "member_remove"]
)
def test_nobody_else_changes_who_is_in_a_team(
    studio: Team, alice: User, bob: User, role: str, name: str
) -> None:
    studio.memberships.filter(user=bob).update(role=role)
    for person in (alice, bob):
        path = reverse(name, args=[member(studio, person).pk])
        assert of(bob).post(path, {"role": "owner"}).status_code == 404
    assert [studio.role_of(one) for one in (alice, bob)] == [Role.OWNER, role]


def test_a_team_keeps_its_last_owner(studio: Team, alice: User, bob: User) -> None:
    own = member(studio, alice)
    for said in (
        press(alice, "member_role_set", own, role="viewer"),
        press(alice, "team_leave", studio),
        press(alice, "member_remove", own),
    ):
        assert "Studio needs an owner" in said
    assert studio.role_of(alice) == Role.OWNER
    studio.memberships.filter(user=bob).update(role=Role.OWNER)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "Studio needs an owner" in press(alice, "team_leave", studio)


def test_an_owner_hands_the_team_over_and_then_may_leave(
    studio: Team, alice: User, bob: User
) -> None:
    Invitation.objects.create(team=studio, invited_by=alice, digest="x")
    press(alice, "ownership_hand_over", member(studio, bob))
    assert studio.role_of(bob) == Role.OWNER
    assert studio.role_of(alice) == Role.EDITOR
    assert not Invitation.objects.open().exists()
    client = of(alice, studio)
    client.post(reverse("team_leave", args=[studio.pk]))
    assert studio.role_of(alice) is None
    assert client.get(TEAM).context["team"].personal
    assert noted() == ["ownership_handed_over", "left"]
    left = AuditEvent.objects.get(action="left")
    assert left.subject_id not in {"", "None"}


def test_a_team_is_not_handed_to_whoever_cannot_sign_in(
    studio: Team, alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    said = press(alice, "ownership_hand_over", member(studio, bob))
    assert "switched off" in said
    assert studio.role_of(alice) == Role.OWNER


def test_a_personal_team_stays_its_persons(alice: User, bob: User) -> None:
    own = alice.teams.get()
    guest = Membership.objects.create(team=own, user=bob, role=Role.EDITOR)
    for said in (
        press(alice, "member_role_set", guest, role="owner"),
        press(alice, "ownership_hand_over", guest),
        press(alice, "member_role_set", member(own, alice), role="viewer"),
        press(alice, "team_leave", own),
    ):
        assert "it stays its person" in said or "Choose one of the roles" in said
    Invitation(team=own, invited_by=alice, role="owner", digest="x").save()
    guest.delete()
    assert Invitation.objects.get().accept(bob)
    assert own.role_of(bob) == Role.EDITOR
    assert own.role_of(alice) == Role.OWNER


def test_anybody_makes_teams_up_to_a_bound(
    charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.models.people.MOST_OWNED", 2)
    client, path = of(charlie), reverse("team_add")
    said = client.post(path, {"name": "Second"}, follow=True)
    assert said.context["team"].name == "Second"
    assert said.context["team"].role_of(charlie) == Role.OWNER
    assert "which is the most" in client.post(path, {"name": "3"}, follow=True).text
    assert "Give the team a name" in client.post(path, {}, follow=True).text
    assert charlie.teams.count() == 2


def test_teams_are_not_made_by_the_hundred(charlie: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"team": "1/h/user"}
    client, path = of(charlie), reverse("team_add")
    codes = [client.post(path, {"name": "New"}).status_code for _ in range(2)]
    assert codes == [302, 429]


def test_an_invitation_waits_on_the_page_of_whom_it_names(
    studio: Team, alice: User, charlie: User
) -> None:
    invitation = studio.invitations.create(
        invited_by=alice, email=charlie.email, role="viewer", digest="x"
    )
    # Whoever only says that the address is theirs sees nothing of it.
    assert "invites you" not in of(charlie).get(TEAM).text
    press(charlie, "invitation_accept", invitation)
    assert studio.role_of(charlie) is None
    EmailAddress.objects.create(user=charlie, email=charlie.email, verified=True)
    assert "invites you into the team" in of(charlie).get(TEAM).text
    press(charlie, "invitation_accept", invitation)
    assert studio.role_of(charlie) == Role.VIEWER
    assert "invites you" not in of(charlie).get(TEAM).text
