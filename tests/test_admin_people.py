"""People in the operator's console: made, changed, let in again."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from imaging.models import Role, Team, User, VendorRecord
from tests.application import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.both]
USERS = "/admin/imaging/user/"


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


def test_an_operator_makes_a_user_who_can_sign_in(root: Client) -> None:
    fields = {"email": "Dora@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    root.post(USERS + "add/", fields | memberships(0))
    dora = User.objects.get(email="dora@example.com")
    assert dora.own_teams()[0].personal
    form = {"login": "dora@example.com", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302


def memberships(count: int) -> dict[str, object]:
    """Return what the form of a page with this many memberships sends along."""
    return {"memberships-TOTAL_FORMS": count, "memberships-INITIAL_FORMS": count}


def changed(client: Client, user: User, **fields: object) -> int:
    """Change a user as an operator does; return the status."""
    page = client.get(reverse("admin:imaging_user_change", args=[user.pk])).text
    hidden = re.findall(r'name="(memberships-\d-\w+)" value="([\w-]*)"', page)
    form = dict(hidden) | memberships(user.memberships.count())
    form |= {"email": user.email, "name": user.name, "is_active": "on"} | fields
    return client.post(
        reverse("admin:imaging_user_change", args=[user.pk]), form
    ).status_code


def test_a_changed_address_is_the_only_one_to_sign_in_with(
    root: Client, alice: User
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    assert changed(root, alice, email="New@Example.com") == 302
    assert User.objects.get(pk=alice.pk).email == "new@example.com"
    assert EmailAddress.objects.get(user=alice).email == "new@example.com"


def test_an_address_is_not_given_twice(root: Client, alice: User, bob: User) -> None:
    assert changed(root, alice, email="BOB@example.com") == 200
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_a_new_password_ends_what_was_watched(root: Client, bob: User) -> None:
    before = bob.teams.get().revocations
    fields = {"password1": "a new foghorn", "password2": "a new foghorn"}
    root.post(f"{USERS}{bob.pk}/password/", fields)
    assert User.objects.get(pk=bob.pk).check_password("a new foghorn")
    assert bob.teams.get().revocations > before


def test_an_operator_removes_a_lost_second_factor_whole(
    root: Client, bob: User
) -> None:
    totp = TOTP.activate(bob, "SECRET").instance
    RecoveryCodes.activate(bob)
    page = f"/admin/mfa/authenticator/{totp.pk}/"
    assert str(totp.data["secret"]) not in root.get(page + "change/").text
    root.post(page + "delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(user=bob).exists()


def test_staff_who_may_do_everything_else_do_not_change_people(
    client: Client, alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.all())
    client.force_login(bob)
    assert client.get(USERS).status_code == 200
    assert changed(client, alice, is_superuser="on") == 403
    assert client.post("/admin/account/emailaddress/add/").status_code == 403
    assert not User.objects.get(pk=alice.pk).is_superuser


def test_an_operator_grants_what_programs_may_have_done(
    root: Client, studio: Team
) -> None:
    of = {"provider": "x", "team": studio, "data": {"granted": 5}}
    account = VendorRecord.objects.create(kind="account", key="credit", **of)
    VendorRecord.objects.create(kind="token", key="s3cret", **of)
    where = reverse("admin:imaging_team_change", args=[studio.pk])
    page = root.get(where).text
    assert "s3cret" not in page
    form = dict(re.findall(r'name="((?:memb|vend)[\w-]+)"[^>]* value="([^"]*)"', page))
    for name in ("name", "max_bytes", "max_pending_uploads", "max_engine_minutes"):
        form[name] = str(getattr(studio, name))
    roles = {f"memberships-{at}-role": "owner" for at in range(9)}
    granted = {"vendor_records-0-data": '{"granted": 7}', "served_by": "{}"}
    assert root.post(where, form | roles | granted).status_code == 302
    account.refresh_from_db()
    assert account.data == {"granted": 7}


def test_no_team_loses_its_last_owner_in_the_console(
    root: Client, studio: Team, alice: User, bob: User
) -> None:
    own = studio.memberships.get(user=alice)
    row = {"id": own.pk, "team": studio.pk, "user": alice.pk, "role": "viewer"}
    form = {f"memberships-0-{name}": value for name, value in row.items()}
    form |= memberships(1) | {"vendor_records-TOTAL_FORMS": 0}
    form |= {"vendor_records-INITIAL_FORMS": 0, "name": "Studio", "max_bytes": 9}
    form |= {"max_pending_uploads": 9, "max_engine_minutes": 9}
    form |= {"served_by": "{}", "preferred": "{}"}
    path = f"/admin/imaging/team/{studio.pk}/change/"
    assert "keeps at least one owner" in root.post(path, form).text
    delete = f"{USERS}{alice.pk}/delete/"
    assert "Studio has no other owner" in root.post(delete, {"post": "yes"}).text
    assert studio.role_of(alice) == Role.OWNER
    studio.memberships.filter(user=bob).update(role=Role.OWNER)
    assert root.post(path, form).status_code == 302
    assert root.post(delete, {"post": "yes"}).status_code == 302
    assert studio.members.get() == bob
