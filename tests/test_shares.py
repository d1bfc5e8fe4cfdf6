"""Share links: tokens, passwords, ends, and a limit that is never passed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from imaging.models import Download, Gallery, Image, ShareLink, Taking, Team, User
from imaging.models.shares import DAYS
from imaging.models.takings import LONGEST_TAKING
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def gallery(studio: Team, alice: User) -> Gallery:
    return Gallery.objects.create(team=studio, owner=alice, name="Anna & Jörg")


@pytest.fixture
def link(gallery: Gallery, alice: User) -> ShareLink:
    return ShareLink.objects.make(gallery, alice)


@pytest.fixture
def image(studio: Team) -> Image:
    return an_image(studio, b"12345")


def test_its_token_finds_it_and_lies_in_the_database_sealed(link: ShareLink) -> None:
    assert ShareLink.objects.by_token(link.token) == link
    assert ShareLink.objects.get().token == link.token
    assert len(link.token) == 24
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM imaging_sharelink")
        assert link.token not in str(cursor.fetchall())


def test_its_name_in_the_address_is_decoration(link: ShareLink) -> None:
    assert link.named == f"anna-jorg-{link.token}"
    link.gallery.name = "한국"
    assert link.named == link.token


def test_it_ends_after_two_weeks_unless_chosen(link: ShareLink) -> None:
    left = link.expires - timezone.now()
    assert timedelta(days=DAYS - 1) < left <= timedelta(days=DAYS)
    assert link.state == "open"
    link.expires = timezone.now()
    assert link.state == "expired"
    link.expires = None
    assert link.state == "open"


def test_switched_off_it_stays_so(link: ShareLink) -> None:
    assert link.revoke()
    assert not link.revoke()
    assert ShareLink.objects.get().state == "revoked"


def test_it_outlives_its_gallery_to_say_that_it_is_over(
    link: ShareLink, gallery: Gallery, image: Image
) -> None:
    gallery.erase()
    assert ShareLink.objects.by_token(link.token).state == "revoked"
    assert Image.objects.filter(pk=image.pk).exists()


def test_a_password_is_hashed_and_can_be_changed(link: ShareLink) -> None:
    assert link.opens_with("anything")
    link.change_password("open sesame")
    assert "sesame" not in link.password
    assert link.opens_with("open sesame")
    assert not link.opens_with("")
    link.change_password("")
    assert link.opens_with("")


def test_each_taking_counts_against_the_limit_until_it_is_given_back(
    link: ShareLink, image: Image
) -> None:
    link.download_limit = 2
    link.save()
    first, second = (Taking.objects.begin(link, image, "guest:1") for _ in range(2))
    assert first
    assert second
    assert Taking.objects.begin(link, image, "guest:1") is None
    second.end()
    assert link.left == 1
    assert ShareLink.objects.with_downloads().get().left == 1


def test_what_was_counted_is_gone_for_good(link: ShareLink, image: Image) -> None:
    link.download_limit = 1
    link.save()
    taking = Taking.objects.begin(link, image, "guest:1")
    assert taking
    assert Download.objects.count_once(image, "guest:1", door="share", link=link)
    taking.end()
    assert link.left == 0
    assert Taking.objects.begin(link, image, "guest:1") is None
    assert ShareLink.objects.with_downloads().get().download_count == 1
    assert image.download_count == 1


def test_what_a_dead_process_took_comes_back(link: ShareLink, image: Image) -> None:
    link.download_limit = 1
    link.save()
    taking = Taking.objects.begin(link, image, "guest:1")
    assert taking
    host, _slash, _rest = taking.holder.rpartition("/")
    Taking.objects.update(holder=f"{host}/1")
    assert Taking.objects.begin(link, image, "guest:1")
    assert Taking.objects.count() == 1


def test_nothing_is_taken_through_one_that_is_off(
    link: ShareLink, image: Image
) -> None:
    link.revoke()
    assert Taking.objects.begin(link, image, "guest:1") is None


def test_who_sees_a_gallery_sees_its_links(
    link: ShareLink, alice: User, bob: User, charlie: User
) -> None:
    assert ShareLink.objects.visible_to(bob).get() == link
    assert not ShareLink.objects.visible_to(charlie).exists()
    Gallery.objects.update(visibility="private")
    assert not ShareLink.objects.visible_to(bob).exists()
    assert ShareLink.objects.changeable_by(alice).exists()


def test_what_was_lost_long_ago_is_left_and_what_was_broken_off_stays_taken(
    gallery: Gallery, image: Image, alice: User
) -> None:
    link = ShareLink.objects.make(gallery, alice, mode="full", download_limit=1)
    taking = Taking.objects.begin(link, image, "guest:1")
    assert taking
    assert link.left == 0
    Taking.objects.update(at=timezone.now() - LONGEST_TAKING - timedelta(seconds=1))
    assert link.left == 1
    taking.break_off(most=True)
    assert (link.left, link.left_for("guest:1"), link.left_for("guest:2")) == (0, 1, 0)
