"""Copies for guests: made once, known to the books, gone when no link needs them."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from imaging import upkeep
from imaging.delivery import copies
from imaging.models import Blob, Image, ShareLink, Team, User
from imaging.operating.files import files
from imaging.operating.walking import stored_files
from tests import drawing
from tests.sharing import a_photograph, change, of
from tests.sharing import image as image
from tests.sharing import link as link
from tests.stored import an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def kept(blob: Blob) -> list[str]:
    """Name the files of the blob that are copies."""
    names = default_storage.listdir(blob.folder)[1]
    return sorted(name for name in names if name.startswith(("web-", "full-")))


def wrong(blob: Blob) -> list[str]:
    """Say what a check finds at this blob and its files."""
    names = str(blob.pk), blob.pk.hex
    return [said for said in files(deep=True) if any(name in said for name in names)]


def test_a_download_makes_its_copy_and_the_next_takes_parts_of_it(
    link: ShareLink, image: Image, client: Client
) -> None:
    first = client.get(of(link, image, "download"))
    data, tag = body(first), first["ETag"]
    assert len(kept(image.blob)) == 1
    ask = {"range": "bytes=10-19", "if-range": tag}
    part = client.get(of(link, image, "download"), headers=ask)
    assert part.status_code == 206
    assert body(part) == data[10:20]
    head = client.head(of(link, image, "download"))
    assert int(head["Content-Length"]) == len(data)
    known = client.get(of(link, image, "download"), headers={"if-none-match": tag})
    assert known.status_code == 304
    assert len(kept(image.blob)) == 1
    assert link.download_count == 1


def test_the_books_know_copies(link: ShareLink, image: Image) -> None:
    copies.prepare(str(link.pk))
    image.blob.refresh_from_db()
    [name] = kept(image.blob)
    assert image.blob.copies["full"]["key"].endswith(name)
    assert not wrong(image.blob)
    default_storage.delete(image.blob.copies["full"]["key"])
    assert [said for said in wrong(image.blob) if "full-" in said]


def test_what_carries_no_notes_is_its_own_copy(
    link: ShareLink, studio: Team, alice: User, client: Client
) -> None:
    facts = {"format": "bmp", "content_type": "image/bmp", "extension": ".bmp"}
    plain = an_image(studio, drawing.bmp(300, 200), "plain.bmp", **facts)
    link.gallery.add([plain.pk], alice)
    copies.prepare(str(link.pk))
    plain.blob.refresh_from_db()
    assert plain.blob.copies["full"]["key"] == plain.blob.key
    assert kept(plain.blob) == []
    link.revoke()
    copies.drop_unneeded()
    plain.blob.refresh_from_db()
    assert plain.blob.copies == {}
    assert default_storage.exists(plain.blob.key)


def test_they_go_when_no_link_hands_them_out_any_more(
    link: ShareLink, image: Image, alice: User
) -> None:
    other = ShareLink.objects.make(link.gallery, alice, mode="web")
    for one in (link, other):
        copies.prepare(str(one.pk))
    assert [name.partition("-")[0] for name in kept(image.blob)] == ["full", "web"]
    upkeep.drop_unneeded()
    assert len(kept(image.blob)) == 2
    change(other, expires=timezone.now() - timedelta(seconds=1))
    link.revoke()
    assert upkeep.drop_unneeded() == 2
    assert kept(image.blob) == []
    assert not Blob.objects.exclude(copies={}).exists()


def test_a_picture_deleted_meanwhile_does_not_stop_that(
    link: ShareLink, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.prepare(str(link.pk))
    link.revoke()
    drop = copies.drop

    def late(blob: Blob, kind: str) -> None:
        image.remove()
        drop(blob, kind)

    monkeypatch.setattr(copies, "drop", late)
    assert upkeep.drop_unneeded() == 0
    assert not Blob.objects.exists()


def test_what_is_hung_under_an_open_link_is_prepared(
    link: ShareLink, studio: Team, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[str, object]] = []
    say = lambda act, pk: woken.append((act, pk))  # noqa: E731
    monkeypatch.setattr("imaging.models.shares.wake", say)
    new = [a_photograph(studio, 300, 200), a_photograph(studio, 320, 200)]
    link.gallery.add([new[0].pk], alice)
    assert woken == [("prepare", link.pk)]
    link.gallery.add([new[0].pk], alice)
    assert len(woken) == 1
    # So is what a batch makes of it.
    made = a_photograph(studio, 340, 200)
    link.gallery.hang_beside(made, new[0])
    assert woken.pop() == ("prepare", link.pk)
    link.revoke()
    link.gallery.add([new[1].pk], alice)
    ShareLink.objects.make(link.gallery, alice, mode="view")
    assert len(woken) == 1


def test_what_cannot_be_read_has_none_and_is_tried_once(
    link: ShareLink, studio: Team, alice: User, client: Client
) -> None:
    broken = an_image(studio, b"\xff\xd8\xff\xe0 nothing", "broken.jpg")
    link.gallery.add([broken.pk], alice)
    change(link, mode="web")
    assert copies.make_missing(link, 60)
    assert copies.missing(link) == []
    assert client.get(of(link, broken, "download")).status_code == 404
    assert not wrong(broken.blob)


@pytest.mark.django_db(transaction=True)
def test_two_makers_at_once_leave_one(link: ShareLink, image: Image) -> None:
    first, second = (Blob.objects.get(pk=image.blob_id) for _ in range(2))
    for blob in (first, second):
        copies.make(blob, "web")
    assert len(kept(image.blob)) == 1
    assert first.copies == second.copies


@pytest.mark.django_db(transaction=True)
def test_they_go_with_the_picture(link: ShareLink, image: Image) -> None:
    copies.prepare(str(link.pk))
    image.remove()
    assert not Blob.objects.exists()
    assert not [one for one in stored_files("") if image.blob.pk.hex in one]
    with pytest.raises(Blob.DoesNotExist):
        copies.copy_of(image.blob, "web")
