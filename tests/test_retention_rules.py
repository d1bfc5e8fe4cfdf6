"""Rules say what they would delete before they are rules, and delete just that."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import upkeep
from imaging.console import retention as console
from imaging.models import (
    AuditEvent,
    Batch,
    Gallery,
    Image,
    Period,
    ShareLink,
    Task,
    TaskEvent,
    Team,
    User,
)
from imaging.models.periods import BOUNDS
from imaging.operating import retention
from tests.application import PASSWORD
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


def aged(team: Team, days: float, data: bytes, **changes: object) -> Image:
    image = an_image(team, data)
    created = timezone.now() - timedelta(days=days)
    Image.objects.filter(pk=image.pk).update(created=created, **changes)
    return image


@pytest.fixture
def images(studio: Team, alice: User) -> list[Image]:
    """Two old pictures, one in a shared gallery; one in work; a new one."""
    old = aged(studio, 100, b"1" * 10)
    result = aged(studio, 95, b"2" * 20, parent=old)
    busy = aged(studio, 100, b"3" * 30)
    new = aged(studio, 1, b"4" * 40)
    batch = Batch.objects.create(team=studio, user=alice)
    Task.objects.create(batch=batch, team=studio, image=busy, provider="local")
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    gallery.add([old.pk, new.pk], alice)
    ShareLink.objects.make(gallery, alice)
    return [old, result, busy, new]


def where(team: Team) -> str:
    return reverse("admin:retention_team", args=[team.pk])


def test_a_dry_run_names_what_would_go(
    root: Client, images: list[Image], studio: Team
) -> None:
    said = root.get(where(studio), {"days": "90"}).context["going"]
    assert (said.pictures, said.results, said.bytes) == (2, 1, 30)
    assert (said.links, said.picks, said.busy) == (1, 0, 1)
    # Bytes that a younger picture shares stay.
    Image.objects.filter(pk=images[3].pk).update(blob=images[1].blob)
    assert retention.going(retention.older(studio, 90), studio).bytes == 10
    assert Image.objects.count() == 4
    assert root.get(reverse("admin:retention")).status_code == 200


def test_a_rule_is_for_new_pictures_unless_it_is_said_otherwise(
    root: Client, images: list[Image], studio: Team
) -> None:
    assert root.post(where(studio), {"days": "90"}).status_code == 302
    assert Team.objects.get(pk=studio.pk).retention_days == 90
    assert upkeep.prune_images() == 0
    both = {"days": "90", "existing": "1"}
    for number in ("", "3", "x"):
        assert root.post(where(studio), both | {"number": number}).status_code == 409
    assert root.post(where(studio), both | {"number": "4"}).status_code == 302
    assert upkeep.prune_images() == 2
    assert set(Image.objects.all()) == set(images[2:])
    Task.objects.update(state="error", message="x", finished=timezone.now())
    assert upkeep.prune_images() == 1
    events = AuditEvent.objects.filter(action__startswith="retention_")
    assert {one.data["after"] for one in events if "after" in one.data} == {90}
    assert events.get(action="retention_applied").data["pictures"] == 4


def test_a_rule_only_shortens(images: list[Image], studio: Team) -> None:
    soon, late = (timezone.now() + timedelta(days=n) for n in (1, 1_000))
    Image.objects.filter(pk=images[3].pk).update(expires=soon)
    Image.objects.filter(pk=images[1].pk).update(expires=late)
    assert retention.apply(studio, 500) == 3
    assert Image.objects.get(pk=images[3].pk).expires == soon
    shortened = Image.objects.get(pk=images[1].pk)
    assert shortened.expires == shortened.created + timedelta(days=500)
    assert retention.apply(studio, 500) == 0


def test_bad_rules_are_refused(root: Client, studio: Team) -> None:
    for days in ("0", "-1", "x", "99999999999", "1.5"):
        assert root.get(where(studio), {"days": days}).status_code == 422
        assert root.post(where(studio), {"days": days}).status_code == 422
        period = reverse("admin:retention_period", args=["trash"])
        assert root.post(period, {"days": days, "number": "0"}).status_code == 422
    assert root.get("/admin/retention/period/moon/", {"days": "5"}).status_code == 404
    assert not Period.objects.exists()


def test_the_trash_is_kept_for_as_long_as_is_set(
    root: Client, images: list[Image]
) -> None:
    thrown = timezone.now() - timedelta(days=10)
    Image.objects.filter(pk=images[1].pk).update(trashed=thrown)
    page = reverse("admin:retention_period", args=["trash"])
    said = root.get(page, {"days": "7"})
    assert said.context["going"].pictures == said.context["count"] == 1
    assert root.post(page, {"days": "7", "number": "0"}).status_code == 409
    assert upkeep.prune_images() == 0
    assert root.post(page, {"days": "7", "number": "1"}).status_code == 302
    assert not Image.objects.in_trash().exists()
    assert upkeep.prune_images() == 1
    assert AuditEvent.objects.get(action="period_set").data["after"] == 7


def test_a_longer_period_brings_back_nothing_that_was_deleted_for_good(
    images: list[Image],
) -> None:
    Image.objects.filter(pk=images[1].pk).update(trashed=timezone.now())
    Image.objects.in_trash().condemn()
    Period.objects.put("trash", 365, None)
    assert not Image.objects.in_trash().exists()
    assert Image.objects.over().count() == 1


def test_history_goes_by_its_period_and_open_tasks_keep_theirs(
    images: list[Image], alice: User, studio: Team
) -> None:
    task = Task.objects.get()
    ended = Task.objects.create(
        batch=task.batch, team=studio, provider="local", state="completed"
    )
    ago = timezone.now() - timedelta(days=40)
    for one in (task, ended):
        TaskEvent.objects.create(task=one, kind="began", at=ago)
    AuditEvent.objects.note("old", user=alice)
    assert upkeep.prune()["history"] == 0
    Period.objects.put("events", 30, None)
    assert retention.count_aged("events", 30) == 1
    assert upkeep.prune()["history"] == 1
    assert TaskEvent.objects.get().task == task
    later = timezone.now() + timedelta(days=366)
    assert AuditEvent.objects.filter(action="old", at__lt=later).exists()


@pytest.mark.parametrize("name", BOUNDS)
def test_every_period_can_be_tried_and_set(root: Client, name: str) -> None:
    page = reverse("admin:retention_period", args=[name])
    low = str(BOUNDS[name].low)
    assert "would go" in root.get(page, {"days": low}).text
    assert root.post(page, {"days": low, "number": "0"}).status_code == 302
    assert Period.objects.days(name) == BOUNDS[name].low
    upkeep.prune()
    assert retention.count_aged("notices", Period.objects.days("notices")) == 0


def test_the_command_says_the_same(images: list[Image], studio: Team) -> None:
    out = io.StringIO()
    asked = ["retention", "--dry-run", "--team", "Studio", "--days", "90"]
    call_command(*asked, stdout=out)
    assert "with 90 days: 2 pictures (30 bytes) would go" in out.getvalue()
    assert "1 results, 1 share links and 0 picks concerned; 1 more" in out.getvalue()
    out = io.StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "audit, kept for good: 0 rows would go" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("retention", "--dry-run", "--team", "Nobody")
    assert Image.objects.count() == 4


def test_the_work_of_a_rule_begins_when_the_rule_is_there(
    root: Client,
    images: list[Image],
    studio: Team,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(console, "AT_ONCE", 1)
    monkeypatch.setattr(console, "async_task", lambda act, *_, **__: begun.append(act))
    said = {"days": "90", "existing": "1", "number": "4"}
    with django_capture_on_commit_callbacks() as later:
        assert root.post(where(studio), said).status_code == 302
        assert not begun
    for one in later:
        one()
    assert begun == ["imaging.operating.retention.apply_in_background"]
