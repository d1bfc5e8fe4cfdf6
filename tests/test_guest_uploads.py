"""Pictures that guests add: bounded, theirs alone, and hung when they are approved."""

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from imaging.models import (
    Blob,
    Gallery,
    GuestUpload,
    Image,
    Notice,
    ShareLink,
    Team,
    User,
)
from imaging.models import guests as rooms
from imaging.views import guest_sending
from tests import drawing
from tests.sharing import change
from tests.sharing import of as address
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = {"accept": "application/json"}


@pytest.fixture
def link(studio: Team, alice: User) -> ShareLink:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    return ShareLink.objects.make(gallery, alice, uploads=True)


def page(link: ShareLink) -> str:
    return f"{address(link)}/uploads/"


def a_file(seed: int = 1, name: str = "mine.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, drawing.jpeg(300, 200, seed=seed), "image/jpeg")


def send(guest: Client, link: ShareLink, *files: object, **how: Any) -> HttpResponse:
    said = {"name": "Anna", "files": list(files)}
    return guest.post(page(link), said, **how)


def seen(guest: Client, link: ShareLink) -> int:
    return guest.get(page(link)).text.count('class="thumb"')


def approve(user: User, *uploads: GuestUpload, act: str = "approve") -> HttpResponse:
    there = reverse("guest_uploads", args=[uploads[0].link.gallery_id])
    said = {"upload": [one.pk for one in uploads], "act": act}
    return of(user).post(there, said)


class Noting:
    """A body that notes whether anybody has read of it."""

    was_read = False

    def read(self, *size: int) -> bytes:
        self.was_read = True
        return b""

    readline = read


def unread(guest: Client, link: ShareLink, length: int = 1_000_000) -> int:
    """Send a body; return the answer's status, or 0 where the body was read."""
    body: Any = Noting()
    sent: Any = {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = guest.generic("POST", page(link), **sent)
    return 0 if body.was_read else answer.status_code


def test_what_a_guest_adds_waits_and_is_theirs_alone(
    link: ShareLink, alice: User, client: Client
) -> None:
    assert send(client, link, a_file(1), a_file(2)).status_code == 302
    one, other = GuestUpload.objects.all()
    assert (one.name, one.image.owner, one.image.team) == ("Anna", alice, link.team)
    assert (seen(client, link), seen(Client(), link)) == (2, 0)
    for guest, status in ((client, 200), (Client(), 404)):
        assert guest.get(f"{page(link)}{one.pk}/320").status_code == status
        shown = guest.get(address(link, one.image, "320"))
        assert shown.status_code == 404
        assert str(one.image_id) not in guest.get(address(link)).text
    assert Notice.objects.get().path == reverse("guest_uploads", args=[link.gallery_id])
    assert approve(alice, one).status_code == 302
    assert Client().get(address(link, one.image)).status_code == 200
    assert Client().get(address(link, other.image)).status_code == 404
    assert "approved" in client.get(page(link)).text


def test_it_is_taken_back_until_it_is_approved(
    link: ShareLink, alice: User, client: Client
) -> None:
    send(client, link, a_file(1), a_file(2))
    one, other = GuestUpload.objects.all()
    back = f"{page(link)}{one.pk}/remove/"
    assert Client().post(back).status_code == 404
    assert client.post(back).status_code == 302
    assert not Image.objects.filter(pk=one.image_id).exists()
    assert Blob.objects.count() == 1
    approve(alice, other)
    assert client.post(f"{page(link)}{other.pk}/remove/").status_code == 409
    assert not other.take_back()
    assert Image.objects.filter(pk=other.image_id).exists()
    # Who approves what was taken back meanwhile, or approves twice, does nothing.
    pks = [one.pk, other.pk]
    assert not GuestUpload.objects.approve(link.gallery, pks, alice)
    assert link.gallery.items.count() == 1


def test_what_is_thrown_away_is_in_the_trash_and_waits_no_more(
    link: ShareLink, alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, link, a_file(1))
    one = GuestUpload.objects.get()
    monkeypatch.setattr(rooms, "MOST_WAITING", 1)
    assert send(client, link, a_file(2)).status_code == 409
    approve(alice, one, act="trash")
    assert Image.objects.get().trashed
    assert seen(client, link) == 0
    assert not GuestUpload.objects.approve(link.gallery, [one.pk], alice)
    assert not one.take_back()
    assert send(client, link, a_file(2)).status_code == 302


def test_nothing_is_read_of_what_may_not_be_sent(
    link: ShareLink, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.change_password("open sesame")
    assert unread(client, link) == 404
    link.change_password("")
    change(link, uploads=False)
    assert unread(client, link) == 404
    change(link, uploads=True)
    assert unread(client, link, 2**30) == 413
    Team.objects.update(max_bytes=10)
    assert unread(client, link) == 413
    Team.objects.update(max_bytes=2**40)
    monkeypatch.setattr(rooms, "MOST_WAITING", 0)
    assert unread(client, link) == 409
    monkeypatch.setattr(guest_sending, "FILES", 2)
    near = Client(REMOTE_ADDR="10.9.8.6")
    assert [unread(near, link) for _ in range(3)] == [409, 409, 429]
    link.revoke()
    assert unread(client, link) == 410
    change(link, revoked=None)
    monkeypatch.setattr(rooms, "MOST_WAITING", 1)
    assert unread(Client(REMOTE_ADDR="10.9.8.7"), link, 1000) == 0


def test_a_refused_file_says_why_and_leaves_nothing(
    link: ShareLink, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = SimpleUploadedFile("tiny.jpg", drawing.jpeg(10, 10), "image/jpeg")
    words = SimpleUploadedFile("words.jpg", b"words", "image/jpeg")
    answer = send(client, link, a_file(), tiny, words, headers=DATA)
    assert answer.status_code == 201
    said = answer.json()
    assert len(said["stored"]) == 1
    assert [one["name"] for one in said["refused"]] == ["tiny.jpg", "words.jpg"]
    assert all(one["limit"] and one["measured"] for one in said["refused"])
    tiny.seek(0)
    text = send(client, link, tiny).text
    assert "tiny.jpg" in text
    assert said["refused"][0]["message"] in html.unescape(text)
    tiny.seek(0)
    korean = send(client, link, tiny, headers={"Accept-Language": "ko"}).text
    assert said["refused"][0]["message"] not in html.unescape(korean)
    assert send(client, link).status_code == 400
    monkeypatch.setattr(rooms, "MOST_WAITING", 2)
    said = send(client, link, a_file(5), a_file(6), headers=DATA).json()
    assert said["refused"][0]["measured"] == 2
    assert (Image.objects.count(), Blob.objects.count()) == (2, 2)


def test_a_link_that_ends_while_a_picture_is_on_its_way_takes_it_no_more(
    link: ShareLink, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = guest_sending.stored

    def late(*given: Any) -> GuestUpload:
        link.revoke()
        return stored(*given)

    monkeypatch.setattr(guest_sending, "stored", late)
    assert send(client, link, a_file()).status_code == 410
    assert not Image.objects.exists()
    assert not Blob.objects.exists()


def test_a_form_of_another_site_sends_nothing(link: ShareLink) -> None:
    guest = Client(enforce_csrf_checks=True)
    assert send(guest, link, a_file()).status_code == 403
    guest.get(page(link))
    token = {"x-csrftoken": guest.cookies["csrftoken"].value}
    assert send(guest, link, a_file(), headers=token).status_code == 302


def test_only_who_may_change_the_gallery_decides(
    link: ShareLink, bob: User, charlie: User, client: Client
) -> None:
    send(client, link, a_file())
    one = GuestUpload.objects.get()
    assert approve(charlie, one).status_code == 404
    bob.memberships.update(role="contributor")
    assert approve(bob, one).status_code == 404
    assert not link.gallery.items.exists()
    other = Gallery.objects.create(team=link.team, owner=bob, name="B")
    assert not GuestUpload.objects.approve(other, [one.pk], bob)
