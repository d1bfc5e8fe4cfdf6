"""Short-lived addresses of files: they open without a token, and count nothing."""

import time
from unittest import mock

import pytest
from django.test import Client, RequestFactory

from imaging.api.addresses import address, address_of
from imaging.models import Download, Image, Membership, Team, User
from tests.stored import add_rendition, an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def of(image: Image, user: User, side: int = 0) -> str:
    return address(RequestFactory().get("/"), image, user, side)


def body(url: str) -> bytes | int:
    answer = Client().get(url.removeprefix("http://testserver"))
    return b"".join(answer) if answer.status_code == 200 else answer.status_code


def test_the_file_and_its_rendition_open_uncounted(bob: User, studio: Team) -> None:
    image = an_image(studio, b"original", name="señal (1).jpg")
    add_rendition(image, "320", b"small")
    assert body(of(image, bob)) == b"original"
    assert body(of(image, bob, 320)) == b"small"
    assert not Download.objects.exists()


def test_it_ends_after_a_quarter_of_an_hour(bob: User, studio: Team) -> None:
    url = of(an_image(studio, b"original"), bob)
    later = time.time() + 901
    with mock.patch("django.core.signing.time.time", return_value=later):
        assert body(url) == 404


def test_it_dies_with_what_its_person_may_see(bob: User, studio: Team) -> None:
    url = of(an_image(studio, b"original"), bob)
    Membership.objects.filter(user=bob, team=studio).delete()
    assert body(url) == 404


def test_a_changed_one_opens_nothing(bob: User, studio: Team) -> None:
    url = of(an_image(studio, b"original"), bob)
    assert body(url.replace("/signed/", "/signed/x")) == 404


def test_a_name_that_is_a_way_leads_nowhere_else(bob: User, studio: Team) -> None:
    image = an_image(studio, b"original")
    url = address_of(RequestFactory().get("/"), image.pk, "../../a/\u202eb.jpg", bob)
    assert url.endswith("/b.jpg")
    assert url.count("/") == of(image, bob).count("/")
    assert body(url) == b"original"
