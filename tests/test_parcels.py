"""All that a link hands out in one ZIP: what is in it, what it counts and takes."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Picture

from imaging.delivery import copies, handout, handover
from imaging.models import Blob, Download, Image, ShareLink, Taking, Team, User
from tests.sharing import NAME, SECRETS, a_photograph, change, of
from tests.sharing import image as image
from tests.sharing import link as link
from tests.stored import body

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def two(link: ShareLink, studio: Team, alice: User, image: Image) -> list[Image]:
    other = a_photograph(studio, 300, 200)
    link.gallery.add([other.pk], alice)
    return [image, other]


def zip_of(link: ShareLink) -> str:
    return f"/s/{link.named}/zip"


def unpacked(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body(answer))) as found:
        return {one.filename: found.read(one) for one in found.infolist()}


@pytest.mark.parametrize(("mode", "width"), [("web", 2048), ("full", 2100)])
def test_it_has_the_size_of_the_link_and_tells_nothing_else(
    link: ShareLink, two: list[Image], client: Client, mode: str, width: int
) -> None:
    change(link, mode=mode)
    before = handout.parcel(link)
    assert before
    assert not before.ready
    copies.prepare(str(link.pk))
    told = handout.parcel(link)
    answer = client.get(zip_of(link))
    size = int(answer["Content-Length"])
    assert told == handout.Parcel(2, size, ready=True)
    assert 'filename="anna-jorg.zip"' in answer["Content-Disposition"]
    files = unpacked(answer)
    assert list(files) == ["anna-jorg-001.jpg", "anna-jorg-002.jpg"]
    assert Picture.open(io.BytesIO(files["anna-jorg-001.jpg"])).width == width
    for secret in (*SECRETS, b"Exif"):
        assert not any(secret in data for data in files.values())


def test_as_they_are_they_keep_names_and_notes(
    link: ShareLink, two: list[Image], client: Client
) -> None:
    change(link, as_they_are=True)
    files = unpacked(client.get(zip_of(link)))
    first, second = files
    assert (first, second) == (NAME, "DSC_0001 Anna (2).jpg")
    alone = client.get(of(link, two[0], "download"))
    assert NAME in alone["Content-Disposition"]
    with two[0].blob.open() as original:
        assert files[first] == body(alone) == original.read()
    assert not Blob.objects.exclude(copies={}).exists()
    change(link, mode="web")
    files = unpacked(client.get(zip_of(link)))
    assert list(files) == [first, second]
    assert b"SECRETCAM" not in b"".join(files.values())


def test_who_may_only_look_gets_none_and_nothing_is_made(
    link: ShareLink, two: list[Image], client: Client
) -> None:
    change(link, mode="view")
    assert handout.parcel(link) is None
    assert client.get(zip_of(link)).status_code == 404
    copies.prepare(str(link.pk))
    assert not Blob.objects.exclude(copies={}).exists()


def test_it_dies_with_its_link_and_keeps_to_its_password(
    link: ShareLink, two: list[Image], client: Client
) -> None:
    link.change_password("open sesame")
    assert client.get(zip_of(link)).status_code == 404
    client.post(of(link), {"password": "open sesame"})
    assert client.get(zip_of(link)).status_code == 200
    link.revoke()
    assert client.get(zip_of(link)).status_code == 410


def test_it_counts_every_file_and_is_one_of_a_limit(
    link: ShareLink, two: list[Image]
) -> None:
    change(link, download_limit=2)
    first, second, third = Client(), Client(), Client()
    first.get(of(link))
    assert len(unpacked(first.get(zip_of(link)))) == 2
    link.refresh_from_db()
    assert (link.download_count, link.left) == (2, 1)
    assert ShareLink.objects.with_downloads().get().left == 1
    rows = Download.objects.filter(link=link)
    assert len(set(rows.values_list("bundle", "visitor"))) == 1
    body(second.get(of(link, two[0], "download")))
    assert (link.download_count, link.left) == (3, 0)
    assert third.get(zip_of(link)).status_code == 403
    assert third.get(of(link, two[0], "download")).status_code == 403
    # What one has had in the last 15 minutes is no further download.
    body(first.get(zip_of(link)))
    assert link.download_count == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rest", ["zip", "download"])
def test_who_breaks_off_late_has_taken_it_and_may_go_on(
    link: ShareLink, two: list[Image], rest: str
) -> None:
    change(link, download_limit=1)
    copies.prepare(str(link.pk))
    path = zip_of(link) if rest == "zip" else of(link, two[1], "download")
    guest, other = Client(), Client()
    guest.get(of(link))
    # Without a server's connection, what was made is what was handed over.
    guest.get(path).close()
    assert not Taking.objects.exists()
    answer = guest.get(path)
    next(iter(answer))
    answer.close()
    taking = Taking.objects.get()
    assert taking.broken
    assert link.left == 0
    assert link.left_for(taking.visitor) == 1
    assert other.get(path).status_code == 403
    Taking.objects.update(at=taking.at - timedelta(days=3))
    assert other.get(path).status_code == 403
    body(guest.get(path))
    assert not Taking.objects.exists()
    assert ShareLink.objects.with_downloads().get().left == 0


@pytest.mark.django_db(transaction=True)
def test_most_of_its_first_file_is_something(
    link: ShareLink, two: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(link, download_limit=1)
    copies.prepare(str(link.pk))
    two[0].blob.refresh_from_db()
    size = two[0].blob.copies["full"]["size"]
    monkeypatch.setattr(handover, "BLOCK", size // 8)
    answer = Client().get(zip_of(link))
    blocks, handed = iter(answer), 0
    while handed < size * 2 // 3:
        handed += len(next(blocks))
    assert handed < size
    answer.close()
    assert Taking.objects.get().broken
    assert link.left == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rest", ["zip", "download"])
def test_a_limit_holds_for_what_one_had_through_another_link(
    link: ShareLink, two: list[Image], alice: User, rest: str
) -> None:
    change(link, download_limit=1)
    free = ShareLink.objects.make(link.gallery, alice, mode="web")
    guest, other = Client(), Client()
    guest.get(of(free))
    body(guest.get(zip_of(free)))
    path = zip_of(link) if rest == "zip" else of(link, two[0], "download")
    for _again in range(2):
        body(guest.get(path))
        # It is no further download of the picture, and yet one of the limit.
        assert (link.download_count, link.left) == (0, 0)
    for one in (guest, other):
        assert one.get(of(link, two[1], "download")).status_code == 403
    assert other.get(path).status_code == 403


def test_bytes_that_are_gone_are_left_out(
    link: ShareLink, two: list[Image], client: Client
) -> None:
    default_storage.delete(two[0].blob.key)
    assert list(unpacked(client.get(zip_of(link)))) == ["anna-jorg-002.jpg"]
