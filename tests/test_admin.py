"""The operator's console: every list opens, history stays, no secret is shown."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from imaging.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Blob,
    Budget,
    Download,
    Gallery,
    Heartbeat,
    Image,
    Invitation,
    ProviderAccount,
    ProviderControl,
    Result,
    ShareLink,
    Subject,
    Task,
    TaskEvent,
    TaskRequest,
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
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    made = [
        studio,
        alice,
        image,
        image.blob,
        batch,
        task,
        TaskEvent.objects.create(task=task, kind="began"),
        TaskRequest.objects.create(task=task, provider="local", method="GET"),
        ProviderControl.objects.create(provider="local"),
        Heartbeat.objects.create(kind="watch", host="here"),
        Result.objects.create(task=task, kind="image", name="x", image=image),
        Download.objects.create(
            image=image, team=image.team, user=alice, visitor="user:1"
        ),
        Upload.objects.create(team=studio, user=alice, name="x.jpg"),
        Invitation.objects.create(team=studio, invited_by=alice, digest="d1g35t"),
        ApiToken.objects.issue(alice, "camera")[0],
        AuditEvent.objects.note("invited", user=alice, team=studio),
        Subject.objects.create(team=studio, name="Dora"),
        Budget.objects.create(team=studio, provider="x", limit=10),
        ProviderAccount.objects.create(
            team=studio, provider="x", sealed='{"token": "s3al3d"}'
        ),
        gallery,
        ShareLink.objects.make(gallery, alice),
    ]
    return {type(row): row for row in made}


def address(row: Model, page: str = "change") -> str:
    return reverse(f"admin:imaging_{row._meta.model_name}_{page}", args=[row.pk])


def listed(model: type[Model]) -> str:
    return reverse(f"admin:imaging_{model._meta.model_name}_changelist")


def test_everything_is_registered() -> None:
    models = {ApiToken, AuditEvent, Batch, Blob, Download, Image, Invitation, Result}
    models |= {Budget, ProviderAccount, Subject, Task, TaskEvent, Team, Upload, User}
    models |= {Gallery, Heartbeat, ProviderControl, ShareLink, TaskRequest}
    assert set(OURS) == models


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
    token, upload, link = rows[ApiToken], rows[Upload], rows[ShareLink]
    assert isinstance(token, ApiToken)
    assert isinstance(upload, Upload)
    assert isinstance(link, ShareLink)
    pages = "".join(
        root.get(where).text
        for model, row in rows.items()
        for where in (listed(model), address(row))
    )
    secrets = (token.digest, token.secret_key, upload.key, link.token, link.digest)
    for secret in (*secrets, "d1g35t", "s3al3d"):
        assert secret not in pages


def test_tokens_are_revoked_and_invitations_withdrawn(
    root: Client, rows: dict[type[Model], Model]
) -> None:
    for model, action in ((ApiToken, "revoke"), (Invitation, "withdraw")):
        chosen = {"action": action, "_selected_action": rows[model].pk}
        root.post(listed(model), chosen)
    assert ApiToken.objects.get().revoked
    assert not Invitation.objects.open().exists()
