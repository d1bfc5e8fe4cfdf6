"""The operator's console: every list opens, history stays, no secret is shown."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from imaging.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Blob,
    Download,
    Image,
    Invitation,
    Membership,
    Result,
    Task,
    TaskEvent,
    Team,
    Upload,
    User,
)
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
OURS = [one for one in admin.site._registry if one._meta.app_label == "imaging"]
EDITED = {User, Team}


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


@pytest.fixture
def rows(studio: Team, alice: User) -> dict[type[Model], Model]:
    """One row of everything that the console shows."""
    image = an_image(studio, b"bytes", "wedding.jpg")
    batch = Batch.objects.create(team=studio, user=alice)
    task = Task.objects.create(batch=batch, team=studio, image=image, provider="local")
    made = [
        studio,
        alice,
        image,
        image.blob,
        batch,
        task,
        TaskEvent.objects.create(task=task, kind="began"),
        Result.objects.create(task=task, kind="image", name="x", image=image),
        Download.objects.create(image=image, user=alice, visitor="user:1"),
        Upload.objects.create(team=studio, user=alice, name="x.jpg"),
        Invitation.objects.create(team=studio, invited_by=alice, digest="d1g35t"),
        ApiToken.objects.issue(alice, "camera")[0],
        AuditEvent.objects.note("invited", user=alice, team=studio),
    ]
    return {type(row): row for row in made}


def address(row: Model, page: str = "change") -> str:
    return reverse(f"admin:imaging_{row._meta.model_name}_{page}", args=[row.pk])


def listed(model: type[Model]) -> str:
    return reverse(f"admin:imaging_{model._meta.model_name}_changelist")


def test_everything_is_registered() -> None:
    models = {ApiToken, AuditEvent, Batch, Blob, Download, Image, Invitation, Result}
    assert set(OURS) == models | {Task, TaskEvent, Team, Upload, User}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_lists_open_are_searched_and_show_their_rows(
    root: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    assert root.get(listed(model)).status_code == 200
    assert root.get(listed(model), {"q": "alice"}).status_code == 200
    assert root.get(address(rows[model])).status_code == 200


@pytest.mark.parametrize(
    "model",
    [one for one in OURS if one not in EDITED],
    ids=lambda model: model.__name__,
)
def test_history_can_neither_be_made_changed_nor_deleted(
    root: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    row = rows[model]
    assert root.post(listed(model) + "add/").status_code == 403
    assert root.post(address(row), {"name": "x"}).status_code == 403
    assert root.post(address(row, "delete"), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_no_page_shows_a_secret(root: Client, rows: dict[type[Model], Model]) -> None:
    token, upload = rows[ApiToken], rows[Upload]
    assert isinstance(token, ApiToken)
    assert isinstance(upload, Upload)
    pages = "".join(
        root.get(where).text
        for model, row in rows.items()
        for where in (listed(model), address(row))
    )
    for secret in (token.digest, token.secret_key, upload.key, "d1g35t"):
        assert secret not in pages


def test_an_operator_makes_a_user_who_can_sign_in(root: Client) -> None:
    fields = {"email": "Dora@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    root.post("/admin/imaging/user/add/", fields | memberships(0))
    dora = User.objects.get(email="dora@example.com")
    assert dora.own_teams()[0].personal
    form = {"login": "dora@example.com", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302


def memberships(count: int) -> dict[str, object]:
    """Return what the form of a page with this many memberships sends along."""
    return {"memberships-TOTAL_FORMS": count, "memberships-INITIAL_FORMS": count}


def changed(client: Client, user: User, **fields: object) -> int:
    """Change a user as an operator does; return the status."""
    page = client.get(address(user)).text
    hidden = re.findall(r'name="(memberships-\d-\w+)" value="([\w-]*)"', page)
    form = dict(hidden) | memberships(user.memberships.count())
    form |= {"email": user.email, "name": user.name, "is_active": "on"} | fields
    return client.post(address(user), form).status_code


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
    root.post(f"/admin/imaging/user/{bob.pk}/password/", fields)
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


def test_tokens_are_revoked_and_invitations_withdrawn(
    root: Client, rows: dict[type[Model], Model]
) -> None:
    for model, action in ((ApiToken, "revoke"), (Invitation, "withdraw")):
        chosen = {"action": action, "_selected_action": rows[model].pk}
        root.post(listed(model), chosen)
    assert ApiToken.objects.get().revoked
    assert not Invitation.objects.open().exists()


def test_staff_who_may_do_everything_else_do_not_change_people(
    client: Client, alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.all())
    client.force_login(bob)
    assert client.get(listed(User)).status_code == 200
    assert changed(client, alice, is_superuser="on") == 403
    assert Membership.objects.filter(user=alice).exists()
