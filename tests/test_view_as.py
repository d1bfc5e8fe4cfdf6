"""Looking as somebody: all pages of theirs, and no way to change or take anything."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from imaging.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Download,
    Gallery,
    Notice,
    ShareLink,
    Team,
    User,
)
from imaging.viewing import KEY
from tests.application import PASSWORD
from tests.stored import add_rendition, an_image
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD)


@pytest.fixture
def root(client: Client, operator: User, bob: User, studio: Team) -> Client:
    """A browser in which the operator looks as Bob, at the studio."""
    client.force_login(operator)
    where = reverse("admin:person_act", args=[bob.pk, "view"])
    assert client.get(where).status_code == 200
    assert client.post(where, {"team": str(studio.pk)}).status_code == 302
    return client


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def test_pages_are_bobs_and_noted_as_the_operators(
    root: Client, operator: User, bob: User, studio: Team
) -> None:
    image = an_image(studio, b"bytes", "wedding.jpg")
    page = root.get("/").text
    assert "wedding.jpg" in page
    assert bob.email in page
    assert operator.email in page
    assert root.get(reverse("image", args=[image.pk])).status_code == 200
    row = AuditEvent.objects.order_by("-at").first()
    assert row
    assert (row.action, row.user, row.subject_id) == (
        "view_as_page",
        operator,
        str(image.pk),
    )
    assert row.data == {"page": "image", "person": str(bob.pk)}
    root.post(reverse("admin:view_as_stop"))
    assert acts()[-1] == "view_as_ended"
    assert bob.email not in root.get("/").text
    assert root.get("/admin/").status_code == 200


def test_every_page_of_a_team_can_be_looked_at(
    root: Client, studio: Team, bob: User
) -> None:
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Wedding")
    batch = Batch.objects.create(team=studio, user=bob)
    for name in ("library", "upload", "galleries", "batches", "activity", "team"):
        assert root.get(reverse(name)).status_code == 200, name
    for name in ("trash", "notices", "subjects", "recipes"):
        assert root.get(reverse(name)).status_code == 200, name
    assert root.get(reverse("gallery", args=[gallery.pk])).status_code == 200
    page = root.get(reverse("batch", args=[batch.pk])).text
    assert 'data-permit=""' in page, "Watching would outlive the look."


def test_nothing_is_changed_by_any_way(root: Client, studio: Team, bob: User) -> None:
    image = an_image(studio, b"bytes", "a.jpg")
    before = acts()
    for method in ("post", "put", "patch", "delete"):
        for where in ("/galleries/", "/trash/add/", "/language/", "/accounts/email/"):
            assert getattr(root, method)(where, {"image": image.pk}).status_code == 403
    htmx = {"HX-Request": "true"}
    assert (
        root.post("/favourites/", {"image": image.pk}, headers=htmx).status_code == 403
    )
    _row, token = ApiToken.objects.issue(bob)
    shown = {"authorization": f"Bearer {token}"}
    answer = root.post("/api/v1/galleries", {"name": "x"}, headers=shown)
    assert answer.status_code == 403
    image.refresh_from_db()
    assert image.trashed is None
    assert not Gallery.objects.exists()
    assert set(acts()[len(before) :]) <= {"view_as_page"}


def test_what_opens_something_or_hands_it_out_is_closed(
    root: Client, studio: Team, bob: User
) -> None:
    image = an_image(studio, b"bytes", "a.jpg")
    add_rendition(image, "320", b"small")
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Wedding")
    link = ShareLink.objects.make(gallery, bob)
    token, _said = ApiToken.objects.issue(bob)
    closed = [
        *("settings", "tokens", "webhooks", "provider_accounts", "links_of_team"),
        *("account_email", "account_change_password", "mfa_index"),
        *("account_reauthenticate", "admin:index", "zip", "activity_download"),
    ]
    paths = [reverse(name) for name in closed]
    paths += [reverse(one, args=[image.pk]) for one in ("original", "download")]
    paths += [reverse(one, args=[gallery.pk]) for one in ("gallery_zip", "links")]
    paths += [reverse("share", args=[link.named]), "/api/v1/images", "/api/v1/docs"]
    for path in paths:
        answer = root.get(path)
        assert answer.status_code == 403, path
        assert link.token not in answer.text
        assert token.last_four not in answer.text
    assert not Download.objects.exists()
    assert root.get(reverse("rendition", args=[image.pk, 320])).status_code == 200


def test_a_notice_stays_unread(root: Client, studio: Team, bob: User) -> None:
    batch = Batch.objects.create(team=studio, user=bob)
    Notice.objects.tell_batch(batch, {"completed": 1})
    notice = Notice.objects.get(user=bob)
    assert root.get(reverse("notice_open", args=[notice.pk])).status_code == 403
    root.get(reverse("notices"))
    assert Notice.objects.visible_to(bob).unread().exists()


def test_it_ends_after_half_an_hour_with_the_session_and_with_the_rights(
    root: Client, operator: User, bob: User
) -> None:
    session = root.session
    session[KEY] = session[KEY] | {"until": time.time() - 1}
    session.save()
    assert bob.email not in root.get("/").text
    assert acts()[-1] == "view_as_ended"
    root.post(reverse("admin:person_act", args=[bob.pk, "view"]))
    User.objects.filter(pk=operator.pk).update(is_superuser=False)
    assert bob.email not in root.get("/").text
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    root.post(reverse("admin:person_act", args=[bob.pk, "view"]))
    root.post(reverse("account_logout"))
    assert set(acts()[-2:]) == {"view_as_ended", "signed_out"}
    assert root.get("/").status_code == 302


def test_nobody_looks_as_an_operator(client: Client, operator: User, bob: User) -> None:
    client.force_login(operator)
    other = User.objects.create_superuser("other@example.com", PASSWORD)
    for whom in (other, operator):
        client.post(reverse("admin:person_act", args=[whom.pk, "view"]))
        assert KEY not in client.session
    client.post(reverse("admin:person_act", args=[bob.pk, "view"]))
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    assert bob.email not in client.get("/").text
    assert KEY not in client.session


def test_no_session_but_an_operators_can_say_so(bob: User, alice: User) -> None:
    page = of(bob)
    session = page.session
    session[KEY] = {"user": str(alice.pk), "until": time.time() + 99}
    session.save()
    assert alice.email not in page.get("/").text
    assert not re.search("view_as_page", " ".join(acts()))
