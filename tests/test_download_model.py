"""A download is counted once a visitor and a quarter of an hour, and never lost."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging import upkeep
from imaging.models import Download, Image, Team, User
from imaging.models.downloads import REPEAT
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def image(studio: Team) -> Image:
    return an_image(studio, b"12345")


def age(by: timedelta) -> None:
    """Let all downloads have happened earlier."""
    Download.objects.update(at=F("at") - by)


def test_the_first_counts(image: Image, alice: User) -> None:
    assert Download.objects.count_once(image, "user:1", user=alice, door="api")
    row = image.downloads.get()
    assert (row.visitor, row.user, row.door) == ("user:1", alice, "api")


def test_a_repeat_within_15_minutes_does_not_and_later_does(image: Image) -> None:
    assert Download.objects.count_once(image, "user:1")
    age(REPEAT - timedelta(seconds=30))
    assert not Download.objects.count_once(image, "user:1")
    assert image.downloads.count() == 1
    age(timedelta(seconds=30))
    assert Download.objects.count_once(image, "user:1")
    assert image.downloads.count() == 2


def test_repeats_that_did_not_count_do_not_put_off_the_next(image: Image) -> None:
    assert Download.objects.count_once(image, "user:1")
    age(timedelta(minutes=14))
    assert not Download.objects.count_once(image, "user:1")
    age(timedelta(minutes=1))
    assert Download.objects.count_once(image, "user:1")


def test_another_visitor_and_another_image_count_by_themselves(
    image: Image, studio: Team
) -> None:
    other = an_image(studio, b"678")
    assert Download.objects.count_once(image, "user:1")
    assert Download.objects.count_once(image, "user:2")
    assert Download.objects.count_once(other, "user:1")
    assert (image.downloads.count(), other.downloads.count()) == (2, 1)


def test_every_number_of_downloads_is_the_same_query(image: Image) -> None:
    for visitor in ("user:1", "user:2", "user:1"):
        Download.objects.count_once(image, visitor)
    assert image.download_count == 2
    with_count = Image.objects.with_downloads().get(pk=image.pk)
    assert with_count.download_count == 2
    assert Download.objects.counts([image]) == {image.pk: 2}


def test_an_image_deleted_meanwhile_counts_nothing(image: Image) -> None:
    gone = Image.objects.get(pk=image.pk)
    image.delete()
    assert not Download.objects.count_once(gone, "user:1")
    assert not Download.objects.exists()


def test_what_is_owed_of_a_deleted_picture_is_owed_no_more(image: Image) -> None:
    Download.objects.count_once(image, "user:1")
    Download.objects.update(owed=timezone.now())
    image.remove()
    row = Download.objects.get()
    assert (row.image, row.owed, row.told) == (None, None, None)
    # One that was being told at that moment may be owed anew.
    Download.objects.update(owed=timezone.now())
    assert upkeep.prune()["debts"] == 1
    assert not Download.objects.lost().exists()


def test_a_count_outlives_the_person(image: Image, bob: User) -> None:
    Download.objects.count_once(image, f"user:{bob.pk}", user=bob)
    bob.delete()
    assert image.downloads.get().user is None


def test_a_bundle_counts_each_of_it_once_and_leaves_repeats_out(
    image: Image, studio: Team, alice: User
) -> None:
    others = [an_image(studio, bytes([n] * 9)) for n in range(3)]
    gone = others.pop()
    gone_too = Image.objects.get(pk=gone.pk)
    gone.delete()
    assert Download.objects.count_once(image, "user:1")
    taken = [*reversed(others), image, gone_too, others[0]]
    bundle = uuid.uuid4()
    counted = Download.objects.count_bundle(
        taken, "user:1", bundle=bundle, user=alice, door="share"
    )
    assert counted == 2
    rows = Download.objects.filter(bundle=bundle)
    assert {row.image_id for row in rows} == {one.pk for one in others}
    assert {(row.team, row.user, row.door) for row in rows} == {
        (studio, alice, "share")
    }
    assert Download.objects.count_bundle(taken, "user:1", door="share") == 0
    assert Download.objects.count_bundle(taken, "user:2", door="share") == 3


def test_a_bundle_of_thousands_takes_few_queries(
    studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = an_image(studio, b"1")
    Image.objects.bulk_create(
        [Image(team=studio, blob=first.blob, name="b.jpg") for _ in range(1_199)]
    )
    with django_assert_max_num_queries(40):
        assert Download.objects.count_bundle(Image.objects.all(), "guest:1") == 1_200
    assert Download.objects.values("bundle").distinct().count() == 1
