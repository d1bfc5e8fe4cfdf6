"""The page of the audit log: three lists, filtered, a page at a time, exported."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from imaging.auditing.deeds import sentence
from imaging.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Download,
    Task,
    TaskRequest,
    Team,
    User,
)
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/admin/audit/changes/"


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


def body(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_changes_are_told_in_words_and_lead_to_what_is_still_there(
    root: Client, studio: Team, alice: User, bob: User
) -> None:
    image = an_image(studio, b"bytes", "a.jpg")
    note = AuditEvent.objects.note
    note("joined", user=bob, team=studio, subject=image, address="192.0.2.7")
    note("no_such_words", user=alice)
    page = root.get("/admin/audit/").text
    assert "Joined a team" in page
    assert "no_such_words" in page
    assert reverse("admin:imaging_image_change", args=[image.pk]) in page
    image.delete()
    gone = root.get(PAGE).text
    assert reverse("admin:imaging_image_change", args=[image.pk]) not in gone
    for said in (
        {"person": "BOB@example.com"},
        {"team": "studio"},
        {"address": "192.0.2.7"},
        {"action": re.search(r'value="([^"]*\bjoined\b[^"]*)"', page)[1]},  # type: ignore[index]
    ):
        shown = body(root.get(PAGE, said).text)
        assert "Joined a team" in shown, said
        assert "no_such_words" not in shown, said
    assert not body(root.get(PAGE, {"until": "2001-01-01"}).text)
    bob.delete()
    assert "Joined a team" in body(root.get(PAGE, {"person": "bob@example.com"}).text)


def test_a_page_follows_the_other_without_counting(
    root: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(120):
        AuditEvent.objects.note("left", n=f"n{number}n")
    seen, where = "", PAGE
    for _page in range(3):
        with django_assert_max_num_queries(12) as asked:  # type: ignore[operator]
            page = root.get(where).text
        assert not any(
            "COUNT(" in one["sql"] and "auditevent" in one["sql"] for one in asked
        )
        seen += body(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        where = found[1].replace("&amp;", "&") if found else ""
    assert not where
    assert all(seen.count(f"n{number}n") == 1 for number in range(120))


def test_nonsense_is_no_fault(root: Client) -> None:
    for said in (
        "after=x~y",
        "after=2026-01-01~1",
        "since=x",
        "person=%00",
        "team=%00",
    ):
        assert root.get(f"{PAGE}?{said}").status_code == 200
    assert root.get("/admin/audit/nothing/").status_code == 404
    assert root.get(f"{PAGE}export/csv/").status_code == 405
    assert root.post(f"{PAGE}export/exe/").status_code == 404


def test_downloads_and_calls_have_their_lists(
    root: Client, studio: Team, bob: User
) -> None:
    image = an_image(studio, b"bytes", "wedding.jpg")
    Download.objects.create(image=image, team=studio, user=bob, visitor="s3cret")
    batch = Batch.objects.create(team=studio, user=bob)
    task = Task.objects.create(batch=batch, team=studio, image=image, provider="local")
    TaskRequest.objects.create(
        task=task, provider="local", method="POST", endpoint="/v1/start", status=503
    )
    downloads = root.get("/admin/audit/downloads/", {"person": bob.email}).text
    assert "wedding.jpg" in downloads
    assert "s3cret" not in downloads
    calls = root.get("/admin/audit/calls/", {"team": "Studio"}).text
    assert "POST /v1/start" in calls
    assert "503" in calls


def test_the_export_has_all_that_fits_and_is_itself_noted(
    root: Client, bob: User
) -> None:
    AuditEvent.objects.note("left", user=bob, address="192.0.2.7")
    User.objects.filter(pk=bob.pk).update(email="=cmd@example.com")
    bob.refresh_from_db()
    AuditEvent.objects.note("joined", user=bob)
    rows = root.post(f"{PAGE}export/csv/").getvalue().decode()
    assert "'=cmd@example.com" in rows
    assert ",=cmd" not in rows
    answer = root.post(f"{PAGE}export/jsonl/?address=192.0.2.7")
    text = answer.getvalue().decode()
    only = json.loads(text)
    assert only["who"] == {"name": "bob@example.com", "kind": "user", "id": str(bob.pk)}
    noted = AuditEvent.objects.order_by("-at").first()
    assert noted
    assert noted.action == "audit_exported"
    assert noted.data["filters"] == {"address": "192.0.2.7"}
    token = ApiToken.objects.issue(bob)[0]
    assert token.digest not in rows


def test_the_export_is_in_the_readers_own_time(root: Client, bob: User) -> None:
    User.objects.filter(email="root@example.com").update(time_zone="Asia/Seoul")
    AuditEvent.objects.note("left", user=bob)
    rows = root.post(f"{PAGE}export/csv/").getvalue().decode()
    assert "+09:00" in rows
    assert "+00:00" not in rows


@pytest.mark.parametrize(
    "asked",
    [
        "after=0001-01-01T00:00:00%2B14:00~x",
        "after=9999-12-31T23:59:59-14:00~3a2f6be2-e4a1-409b-a731-48b0fded11d0",
        "since=0001-01-01",
        "until=9999-12-31",
    ],
)
def test_the_ends_of_all_years_break_nothing(root: Client, asked: str) -> None:
    assert root.get(f"{PAGE}?{asked}").status_code == 200
    export = root.post(f"{PAGE}export/csv/?{asked}")
    assert export.status_code == (200 if "after" in asked else 404)


@pytest.mark.parametrize(
    "action", ["trash_emptied", "failures_retried", "quota_set", "backed_up"]
)
def test_what_the_operator_did_is_told_in_words(action: str) -> None:
    assert sentence(action) not in {action, ""}
