"""What guests of a link pick, and send: each their own, and only what it shows."""

import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from imaging.models import Gallery, Image, PickList, ShareLink, Team, User
from imaging.models import guests as rooms
from tests.sharing import a_photograph, change, of
from tests.sharing import image as image
from tests.sharing import link as link

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _picks(link: ShareLink) -> None:
    change(link, picks=True)


def press(
    guest: Client, link: ShareLink, image: Image, picked: str = "yes", **how: Any
) -> HttpResponse:
    return guest.post(of(link, image, "pick"), {"picked": picked}, **how)


def counted(
    guest: Client, link: ShareLink, image: Image, picked: str = "yes"
) -> dict[str, Any]:
    said: dict[str, Any] = press(guest, link, image, picked, headers=DATA).json()
    return said


def picks(link: ShareLink) -> str:
    return f"/s/{link.named}/picks/"


def test_a_picture_is_picked_once_however_often_it_is_pressed(
    link: ShareLink, image: Image, client: Client
) -> None:
    for _ in range(2):
        assert counted(client, link, image) == {"picked": True, "count": 1}
    assert PickList.objects.get().picks.count() == 1
    for _ in range(2):
        assert counted(client, link, image, "no") == {"picked": False, "count": 0}
    assert press(client, link, image, "maybe").status_code == 400


def test_without_a_script_the_guest_comes_back_to_where_it_was_pressed(
    link: ShareLink, image: Image, client: Client
) -> None:
    there = f"{of(link)}?after=1#n1"
    for sent, expected in (
        ({}, f"{of(link)}#n1"),
        ({"next": there}, there),
        ({"next": "//evil.example/s/"}, f"{of(link)}#n1"),
        ({"next": "/team/"}, f"{of(link)}#n1"),
    ):
        answer = client.post(of(link, image, "pick"), {"picked": "yes", **sent})
        assert (answer.status_code, answer["Location"]) == (302, expected)


def test_each_guest_has_a_list_that_no_other_sees(
    link: ShareLink, image: Image, client: Client, alice: User
) -> None:
    other, another = Client(), ShareLink.objects.make(link.gallery, alice, picks=True)
    press(client, link, image)
    assert counted(other, link, image, "no") == {"picked": False, "count": 0}
    assert of(link, image) in client.get(picks(link)).text
    for guest, at in ((other, link), (client, another)):
        assert str(image.pk) not in guest.get(picks(at)).text
    assert PickList.objects.count() == 2


def test_only_pictures_that_the_link_shows_are_picked(
    link: ShareLink, image: Image, studio: Team, alice: User, client: Client
) -> None:
    other = a_photograph(studio, 900, 600)
    Gallery.objects.create(team=studio, owner=alice, name="B").add([other.pk], alice)
    assert press(client, link, other).status_code == 404
    assert not PickList.objects.exists()
    press(client, link, image)
    link.gallery.take_out([image.pk])
    assert press(client, link, image).status_code == 404
    found = PickList.objects.with_count().get()
    assert (found.count, found.shown().count()) == (0, 0)


def test_where_picks_are_off_or_the_link_is_over_nothing_is_picked(
    link: ShareLink, image: Image, client: Client
) -> None:
    link.change_password("open sesame")
    assert press(client, link, image).status_code == 404
    assert client.get(picks(link)).status_code == 302
    assert client.post(picks(link), {"name": "A"}).status_code == 302
    link.change_password("")
    change(link, picks=False)
    assert press(client, link, image).status_code == 404
    assert client.get(picks(link)).status_code == 404
    change(link, picks=True)
    link.revoke()
    assert press(client, link, image).status_code == 410
    assert client.post(picks(link)).status_code == 410
    assert not PickList.objects.exists()


def test_a_guest_sends_picks_and_again_when_they_have_changed(
    link: ShareLink, image: Image, client: Client
) -> None:
    said = {"name": "Anna", "note": "In colour, please"}
    assert client.post(picks(link), said).status_code == 422
    press(client, link, image)
    assert client.post(picks(link), said).status_code == 302
    found = PickList.objects.sent().get()
    assert (found.name, found.note, found.is_news) == (*said.values(), False)
    assert "with Studio" in client.get(picks(link)).text
    assert not found.send(*said.values())
    press(client, link, image, "no")
    assert "Send them again" in client.get(picks(link)).text
    assert client.post(picks(link), said).status_code == 302
    assert PickList.objects.sent().get().sent > found.sent


@pytest.mark.parametrize("said", [{"name": "A" * 151}, {"note": "a\0b"}])
def test_what_cannot_be_kept_is_not_sent(
    link: ShareLink, image: Image, client: Client, said: dict[str, str]
) -> None:
    press(client, link, image)
    assert client.post(picks(link), said).status_code == 422
    assert not PickList.objects.sent().exists()


def test_what_was_never_sent_makes_room_in_time(
    link: ShareLink, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_LISTS", 2)
    sent, left, new = Client(), Client(), Client()
    for guest in (sent, left):
        press(guest, link, image)
    sent.post(picks(link), {"name": "Anna"})
    assert press(new, link, image).status_code == 403
    PickList.objects.update(changed=timezone.now() - rooms.FORGOTTEN)
    assert press(new, link, image).status_code == 302
    assert of(link, image) not in left.get(picks(link)).text
    for guest in (sent, new):
        assert of(link, image) in guest.get(picks(link)).text


def test_lists_are_bounded_for_a_source_and_for_a_link(
    link: ShareLink, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_LISTS", 25)
    found = [press(Client(), link, image).status_code for _ in range(26)]
    assert found == [302] * 25 + [403]
    other = {"REMOTE_ADDR": "10.9.8.7", "headers": DATA}
    assert press(Client(), link, image, **other).status_code == 403
    for _ in range(4):
        assert press(Client(), link, image).status_code == 403
    answer = press(Client(), link, image, headers=DATA)
    assert (answer.status_code, "Retry-After" in answer) == (429, True)
    assert json.loads(answer.text)["message"]


def test_the_page_takes_few_queries(
    link: ShareLink, image: Image, client: Client, django_assert_max_num_queries: Any
) -> None:
    press(client, link, image)
    with django_assert_max_num_queries(8, connection=connection):
        client.get(picks(link))
