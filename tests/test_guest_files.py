"""What guests take home: its size, what it tells, and how it is counted."""

import io

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client
from PIL import Image as Picture

from imaging.models import Download, Image, ShareLink, Team, User
from tests import drawing
from tests.sharing import SECRETS, a_photograph, change, every_address, of
from tests.sharing import image as image
from tests.sharing import link as link
from tests.stored import add_rendition, an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def pixels(answer: HttpResponse) -> tuple[int, int]:
    return Picture.open(io.BytesIO(body(answer))).size


def test_a_link_to_look_at_gives_no_more_than_the_screen_has(
    link: ShareLink, image: Image, client: Client
) -> None:
    change(link, mode="view")
    assert client.get(of(link, image, "download")).status_code == 404
    assert "download" not in client.get(of(link)).text
    assert pixels(client.get(of(link, image, "1600"))) == (1600, 1067)
    for rest in ("2048", "2400", "0", "original", "full", "download/"):
        assert client.get(of(link, image, rest)).status_code == 404
    for path in (f"/images/{image.pk}/1600", f"/images/{image.pk}/original"):
        assert client.get(path).status_code == 404


def test_before_there_is_a_rendition_the_original_does_not_stand_in(
    link: ShareLink, studio: Team, alice: User, client: Client
) -> None:
    bare = an_image(studio, drawing.jpeg(1800, 1200), width=1800, height=1200)
    link.gallery.add([bare.pk], alice)
    assert client.get(of(link, bare, "1600")).status_code == 404
    add_rendition(bare, "320", b"small")
    assert body(client.get(of(link, bare, "1600"))) == b"small"


@pytest.mark.parametrize(
    ("mode", "size", "file"),
    [
        ("web", (2048, 1365), "anna-jorg-001.jpg"),
        ("full", (2100, 1400), "anna-jorg-001.jpg"),
    ],
)
def test_a_download_has_the_size_of_the_link_and_tells_nothing_else(
    link: ShareLink,
    image: Image,
    client: Client,
    mode: str,
    size: tuple[int, int],
    file: str,
) -> None:
    change(link, mode=mode)
    answer = client.get(of(link, image, "download"))
    assert answer["Content-Disposition"] == f'attachment; filename="{file}"'
    data = body(answer)
    assert Picture.open(io.BytesIO(data)).size == size
    for secret in (*SECRETS, b"Exif"):
        assert secret not in data


def test_nothing_that_guests_see_names_the_camera_or_its_file(
    link: ShareLink, studio: Team, alice: User, client: Client
) -> None:
    # Small enough that no rendition of it is resized.
    small = a_photograph(studio, 300, 200)
    link.gallery.add([small.pk], alice)
    for address in every_address(link, small):
        answer = client.get(address)
        said = body(answer) + str(answer.headers).encode()
        for secret in SECRETS:
            assert secret not in said, address


def test_what_cannot_be_cleaned_is_written_anew(
    link: ShareLink, studio: Team, alice: User, client: Client
) -> None:
    facts = {"format": "heic", "content_type": "image/heic", "extension": ".heic"}
    phone = an_image(studio, drawing.heic(), "IMG_1.heic", **facts)
    link.gallery.add([phone.pk], alice)
    answer = client.get(of(link, phone, "download"))
    assert "anna-jorg-002.jpg" in answer["Content-Disposition"]
    assert Picture.open(io.BytesIO(body(answer))).format == "JPEG"


def test_bytes_that_are_gone_are_absent(
    link: ShareLink, image: Image, client: Client
) -> None:
    default_storage.delete(image.blob.key)
    assert client.get(of(link, image, "download")).status_code == 404


def test_counts_of_a_link_are_those_of_its_pictures(
    link: ShareLink, image: Image, alice: User
) -> None:
    guests = [Client() for _ in range(3)]
    for guest in guests:
        guest.get(of(link))
        for _ in range(2):
            body(guest.get(of(link, image, "download")))
            guest.head(of(link, image, "download"))
            body(guest.get(of(link, image, "1600")))
    signed_in = Client()
    signed_in.force_login(alice)
    body(signed_in.get(of(link, image, "download")))
    body(signed_in.get(f"/images/{image.pk}/download/"))
    assert link.download_count == image.download_count == 4
    rows = Download.objects.filter(link=link)
    assert set(rows.values_list("door", flat=True)) == {"share"}
    assert rows.get(user=alice).visitor == f"user:{alice.pk}"


def test_a_limit_is_over_when_so_many_were_taken(link: ShareLink, image: Image) -> None:
    change(link, download_limit=2)
    first, second, third = (Client() for _ in range(3))
    for guest in (first, second):
        guest.get(of(link))
        body(guest.get(of(link, image, "download")))
    # The same again within 15 minutes is no further download.
    assert first.get(of(link, image, "download")).status_code == 200
    third.get(of(link))
    refused = third.get(of(link, image, "download"))
    assert refused.status_code == 403
    assert "No downloads are left" in refused.text
    assert third.get(of(link, image, "1600")).status_code == 200
    assert link.download_count == 2


def test_a_limited_link_gives_no_parts_that_would_not_count(
    link: ShareLink, image: Image, client: Client
) -> None:
    change(link, download_limit=1)
    answer = client.get(of(link, image, "download"), headers={"range": "bytes=1-"})
    assert answer.status_code == 200
    assert answer["Accept-Ranges"] == "none"
    body(answer)
    assert link.left == 0


def test_who_is_signed_in_for_another_team_is_a_guest_without_a_name(
    link: ShareLink, image: Image, alice: User, charlie: User
) -> None:
    stranger, member = Client(), Client()
    stranger.force_login(charlie)
    body(stranger.get(of(link, image, "download")))
    taken = Download.objects.get()
    assert (taken.user, taken.guest) == (None, 1)
    assert taken.visitor.startswith("guest:")
    member.force_login(alice)
    for path in ("/activity/", "/activity/?by=person"):
        assert "Charlie" not in member.get(path).text
    # A repeat, for the browser keeps its name.
    body(stranger.get(of(link, image, "download")))
    assert Download.objects.count() == 1


# Outside of a transaction: a request that ends may end its connection.
@pytest.mark.django_db(transaction=True)
def test_what_was_broken_off_is_given_back(
    link: ShareLink, image: Image, client: Client
) -> None:
    change(link, download_limit=1)
    answer = client.get(of(link, image, "download"))
    assert link.left == 0
    answer.close()
    assert link.left == 1
    assert not Download.objects.exists()
