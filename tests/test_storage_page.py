"""The operator's page of storage: true figures, quotas, trash emptied early."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import upkeep
from imaging.models import AuditEvent, Blob, Checkup, Image, Team, User
from imaging.operating import checking, storage
from tests.application import PASSWORD
from tests.stored import add_rendition, an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/admin/storage/"


@pytest.fixture(autouse=True)
def root(client: Client) -> Client:
    """A browser in which the operator is signed in, and nothing summed up yet."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    storage.cache.delete(storage.KEY)
    return client


@pytest.fixture
def images(studio: Team) -> list[Image]:
    """An original with a rendition and copies, its result, and one in the trash."""
    first = an_image(studio, b"1" * 100)
    add_rendition(first, "320", b"r" * 7)
    copies = {"web": {"key": f"{first.blob.folder}/web-1.jpg", "size": 5}}
    copies["full"] = {"key": first.blob.key, "size": 100}
    Blob.objects.filter(pk=first.blob_id).update(copies=copies)
    result = an_image(studio, b"2" * 30)
    Image.objects.filter(pk=result.pk).update(parent=first)
    thrown = an_image(studio, b"3" * 1_000)
    Image.objects.filter(pk=thrown.pk).update(trashed=timezone.now())
    Team.objects.filter(pk=studio.pk).update(bytes_used=1_130)
    return [first, result, thrown]


def test_the_sums_are_those_of_the_rows(images: list[Image], studio: Team) -> None:
    said = storage.figures()
    assert (said.originals, said.results) == (1_100, 30)
    assert (said.renditions, said.copies) == (7, 5)
    assert (said.trashed, said.trash, said.pictures) == (1, 1_000, 2)
    share = said.shares[studio.pk]
    assert (share.pictures, share.trash_bytes, share.grown) == (2, 1_000, 1_130)
    Image.objects.all().delete()
    assert storage.figures() == said
    assert storage.figures(anew=True).pictures == 0


def test_the_page_costs_few_queries_and_none_per_row(
    root: Client, images: list[Image], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Team.objects.create(name=f"Team {number}")
    storage.figures()
    with django_assert_max_num_queries(12):
        page = root.get(PAGE)
    assert page.text.count('<th scope="row">') == 25
    assert "Studio" in page.text
    found = root.get(PAGE, {"q": "team 2", "by": "name"}).text
    assert found.count('<th scope="row">') == 11
    for odd in ({"by": "x'"}, {"page": "99999"}, {"page": "-1"}, {"q": "\0"}):
        assert root.get(PAGE, odd).status_code == 200


def test_a_quota_is_set_in_place(root: Client, studio: Team) -> None:
    where = reverse("admin:storage_quota", args=[studio.pk])
    for wrong in ("", "-1", "x", "99999999", "NaN", "1e999"):
        assert root.post(where, {"gib": wrong}).status_code == 422
    assert root.post(where, {"gib": "1.5"}).status_code == 302
    studio.refresh_from_db()
    assert studio.max_bytes == 3 * 2**29
    event = AuditEvent.objects.get(action="quota_set")
    assert event.data["after"] == studio.max_bytes


def test_a_trash_is_emptied_as_it_was_stated(
    root: Client, images: list[Image], studio: Team
) -> None:
    where = reverse("admin:storage_trash", args=[studio.pk])
    page = root.get(where)
    assert "1 picture would be deleted" in page.text
    stated = page.context["trash"]
    assert stated.bytes == 1_000
    said = {"until": stated.until.isoformat(), "number": "2"}
    assert root.post(where, said).status_code == 409
    for odd in ({"until": "x"}, {"number": "x"}, {"until": "9999-99-99"}, {}):
        assert root.post(where, said | odd if odd else {}).status_code == 409
    assert Image.objects.in_trash().count() == 1
    get_broker("worker").purge_queue()
    assert root.post(where, said | {"number": "1"}).status_code == 302
    assert not Image.objects.in_trash().exists()
    assert upkeep.prune_images() == 1
    assert not default_storage.exists(images[2].blob.key)
    assert Image.objects.count() == 2
    assert AuditEvent.objects.get(action="trash_emptied").data["pictures"] == 1
    never = {"until": "0001-01-01T00:00:00+14:00", "number": "1"}
    assert root.post(where, never).status_code == 409


def test_what_was_thrown_away_later_stays(
    root: Client, images: list[Image], studio: Team
) -> None:
    stated = storage.trash_of(studio)
    later = timezone.now() + timedelta(seconds=1)
    Image.objects.filter(pk=images[1].pk).update(trashed=later)
    assert storage.empty_trash(studio, stated.until, stated.number)
    Image.objects.filter(pk=images[1].pk).update(trashed=timezone.now())
    assert [one.pk for one in Image.objects.in_trash()] == [images[1].pk]


def test_a_check_is_begun_on_the_page_and_its_result_shown(
    root: Client, images: list[Image]
) -> None:
    where = reverse("admin:integrity")
    assert "Nobody has checked yet" in root.get(where).text
    get_broker("worker").purge_queue()
    assert root.post(reverse("admin:integrity_check")).status_code == 302
    assert get_broker("worker").queue_size() == 1
    default_storage.delete(images[0].blob.key)
    user = User.objects.get(email="root@example.com")
    checking.check_in_background(False, False, str(user.pk))
    page = root.get(where).text
    assert "original.jpg is missing" in page
    assert 'name="repair"' in page
    Checkup.objects.create()
    assert "goes on since" in root.get(where).text
    get_broker("worker").purge_queue()
    root.post(reverse("admin:integrity_check"))
    assert get_broker("worker").queue_size() == 0
