"""What a share link opens to a guest, and that all its side doors are closed."""

import logging
import re
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imaging.models import Gallery, Image, ShareLink, Team, User
from imaging.reporting.masking import Masked
from imaging.views import guests
from tests.sharing import a_photograph, every_address, of
from tests.sharing import image as image
from tests.sharing import link as link

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def statuses(link: ShareLink, image: Image, guest: Client) -> set[int]:
    return {guest.get(one).status_code for one in every_address(link, image)}


def test_whoever_has_the_address_sees_the_pictures(
    link: ShareLink, image: Image, client: Client
) -> None:
    answer = client.get(of(link))
    assert of(link, image) in answer.text
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert "available until" in answer.text
    assert statuses(link, image, client) == {200}
    for other in (f"/s/{link.token}", f"/s/any-name-{link.token}"):
        assert client.get(other).status_code == 200
    link.refresh_from_db()
    # Each guest counts once a day.
    assert link.opens == 1
    for guest in (client, Client(), client):
        guest.get(of(link))
    link.refresh_from_db()
    assert link.opens == 2
    assert link.last_used


def test_an_unknown_token_is_absent(link: ShareLink, client: Client) -> None:
    answer = client.get(f"/s/{'a' * 24}")
    assert answer.status_code == 404
    assert "ask whoever sent it" in answer.text
    assert "Sign in" not in answer.text
    assert client.get(f"/s/{link.pk}").status_code == 404


@pytest.mark.parametrize("how", ["revoked", "expired", "gallery"])
def test_with_the_link_dies_every_address_it_has_handed_out(
    link: ShareLink, image: Image, client: Client, how: str
) -> None:
    assert statuses(link, image, client) == {200}
    moment = timezone.now()
    if how == "revoked":
        link.revoke()
    elif how == "expired":
        moment = link.expires
    else:
        link.gallery.erase()
    with mock.patch("imaging.models.shares.timezone.now", return_value=moment):
        assert statuses(link, image, client) == {410}
        text = client.get(of(link)).text
    assert "Ask Alice (Studio)" in text
    assert "alice@example.com" not in text
    assert str(image.pk) not in text


def test_the_moment_before_it_expires_it_is_open(
    link: ShareLink, image: Image, client: Client
) -> None:
    just = link.expires - timedelta(microseconds=1)
    with mock.patch("imaging.models.shares.timezone.now", return_value=just):
        assert statuses(link, image, client) == {200}


def test_what_it_hands_out_is_not_kept_by_the_browser_unasked(
    link: ShareLink, image: Image, client: Client
) -> None:
    answer = client.get(of(link, image, "320"))
    assert "no-cache" in answer["Cache-Control"]
    again = {"if-none-match": answer["ETag"]}
    assert client.get(of(link, image, "320"), headers=again).status_code == 304
    link.revoke()
    assert client.get(of(link, image, "320"), headers=again).status_code == 410


def test_only_what_hangs_in_the_gallery_is_shown(
    link: ShareLink, image: Image, studio: Team, alice: User, client: Client
) -> None:
    other = a_photograph(studio, 900, 600)
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Other")
    gallery.add([other.pk], alice)
    for rest in ("", "320", "1600", "download"):
        assert client.get(of(link, other, rest)).status_code == 404
    Image.objects.trash([image.pk], alice)
    for rest in ("", "320", "1600", "download"):
        assert client.get(of(link, image, rest)).status_code == 404
    assert client.get(of(link)).status_code == 200


def test_a_password_is_asked_for_at_every_door(
    link: ShareLink, image: Image, client: Client
) -> None:
    link.change_password("open sesame")
    answer = client.get(of(link))
    assert "password" in answer.text
    assert str(image.pk) not in answer.text
    assert client.get(of(link, image)).status_code == 302
    for rest in ("320", "1600", "download"):
        assert client.get(of(link, image, rest)).status_code == 404
    wrong = client.post(of(link), {"password": "Open Sesame"})
    assert (wrong.status_code, client.get(of(link, image)).status_code) == (422, 302)
    assert client.post(of(link), {"password": "open sesame"}).status_code == 302
    assert statuses(link, image, client) == {200}
    link.change_password("another")
    assert client.get(of(link, image, "320")).status_code == 404


def test_one_links_password_opens_no_other(
    link: ShareLink, image: Image, alice: User, client: Client
) -> None:
    other = ShareLink.objects.make(link.gallery, alice, password="one")
    link.change_password("one")
    client.post(of(link), {"password": "one"})
    assert client.get(of(link, image, "320")).status_code == 200
    assert client.get(of(other, image, "320")).status_code == 404


def test_guessing_has_to_wait_but_others_need_not(
    link: ShareLink, client: Client
) -> None:
    link.change_password("open sesame")
    tries = [client.post(of(link), {"password": "a"}).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]
    right = {"password": "open sesame"}
    assert client.post(of(link), right).status_code == 429
    assert client.post(of(link), right, REMOTE_ADDR="10.9.8.7").status_code == 302


def test_guests_of_one_house_who_know_the_password_are_no_guessers(
    link: ShareLink, client: Client
) -> None:
    link.change_password("open sesame")
    right, wrong = {"password": "open sesame"}, {"password": "a"}
    asked = [right] * 12 + [wrong] * 9 + [right] * 12 + [wrong] * 2
    said = [client.post(of(link), one).status_code for one in asked]
    assert said == [302] * 12 + [422] * 9 + [302] * 12 + [422, 429]


def test_many_who_guess_together_lock_nobody_else_out(
    link: ShareLink, client: Client
) -> None:
    link.change_password("open sesame")
    many = [f"10.9.{one}.1" for one in range(guests.ALL_TRIES // guests.TRIES)]
    for one in many * guests.TRIES:
        client.post(of(link), {"password": "a"}, REMOTE_ADDR=one)

    def said(password: str, source: str) -> int:
        form = {"password": password}
        return client.post(of(link), form, REMOTE_ADDR=source).status_code

    assert [said("a", "10.8.1.1") for _ in range(3)] == [422, 429, 429]
    assert [said("open sesame", many[0]), said("open sesame", "10.8.2.1")] == [429, 302]


def test_a_page_of_a_hundred_pictures_takes_few_queries(
    link: ShareLink, image: Image, studio: Team, alice: User, client: Client
) -> None:
    more = Image.objects.bulk_create(
        Image(team=studio, blob=image.blob, name=str(n)) for n in range(110)
    )
    link.gallery.add([one.pk for one in more], alice)

    # The first time is remembered: it counts as opening, and the sizes are summed up.
    client.get(of(link))
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(of(link))
    assert len(queries) <= 12
    found = re.findall(r'id="n(\d+)"', answer.text)
    following = re.search(r'href="(\?after=[^"]+)"', answer.text)
    assert following
    found += re.findall(r'id="n(\d+)"', client.get(of(link) + following[1]).text)
    assert found == [str(n) for n in range(1, 112)]


def test_log_lines_do_not_have_the_token(
    link: ShareLink,
) -> None:
    for path, masked in (
        (of(link), "/s/…"),
        ("/notices/stop/1.x/", "/notices/stop/…/"),
    ):
        record = logging.LogRecord(
            "django.request", 30, "", 1, "Gone: %s", (path,), None
        )
        assert Masked().filter(record)
        assert record.getMessage() == f"Gone: {masked}"
