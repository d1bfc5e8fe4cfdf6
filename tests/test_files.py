"""The files of pictures over the site's addresses: who gets which, and how."""

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging.models import Image, Team, User
from tests.stored import add_rendition, an_image, body

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = bytes(range(256)) * 4096


@pytest.fixture
def image(studio: Team) -> Image:
    return an_image(studio, DATA, "사진.png")


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(alice: User) -> Client:
    return of(alice)


def at(image: Image, name: str, *args: object) -> str:
    return reverse(name, args=[image.pk, *args])


def addresses(image: Image) -> list[str]:
    return [
        at(image, "download"),
        at(image, "original"),
        *(at(image, "rendition", side) for side in (320, 640, 1600)),
    ]


def test_a_download_is_the_original_to_keep(client: Client, image: Image) -> None:
    response = client.get(at(image, "download"))
    assert body(response) == DATA
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == (
        'attachment; filename="__.png.jpg"; '
        "filename*=UTF-8''%EC%82%AC%EC%A7%84.png.jpg"
    )
    assert response["Cache-Control"] == "private, no-store"
    assert response["ETag"] == f'"{image.blob.digest}"'
    assert image.download_count == 1
    assert image.downloads.get().door == "site"


def test_looking_asks_three_times(
    client: Client, image: Image, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_rendition(image, "320", b"small")
    for address in addresses(image)[1:]:
        # For the session, the person and the picture, which is not read in full.
        with django_assert_max_num_queries(3) as asked:
            assert body(client.get(address))
        assert "descriptor" not in asked[-1]["sql"]


def test_looking_counts_nothing(client: Client, image: Image) -> None:
    add_rendition(image, "320", b"small")
    for address in addresses(image)[1:]:
        response = client.get(address)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("inline; ")
        assert body(response)
    for headers in ({"If-None-Match": "*"}, {"Range": "bytes=1-"}):
        response = client.get(at(image, "download"), headers=headers)
        assert response.status_code in {206, 304}
        assert body(response) != DATA
    assert client.head(at(image, "download")).status_code == 200
    assert image.download_count == 0


def test_only_the_team_gets_files(image: Image, bob: User, charlie: User) -> None:
    for person, status in [(bob, 200), (charlie, 404)]:
        for address in addresses(image):
            for ask in (of(person).get, of(person).head):
                response = ask(address)
                body(response)
                assert response.status_code == status, address


def test_nobody_signed_in_gets_the_sign_in_page_or_nothing(image: Image) -> None:
    first, *others = addresses(image)
    for method in (Client().get, Client().head):
        response = method(first)
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('account_login')}?next={first}"
        assert {method(other).status_code for other in others} == {404}


@pytest.mark.parametrize("name", ["download", "original"])
def test_what_is_absent_is_as_what_is_foreign(
    client: Client, image: Image, name: str
) -> None:
    address = at(image, name).replace(str(image.pk), str(image.blob.pk))
    assert client.get(address).status_code == 404
    assert client.get(f"/images/{image.pk}/500").status_code == 404
    assert client.post(at(image, name)).status_code == 405


def served(client: Client, image: Image, side: int) -> tuple[HttpResponseBase, bytes]:
    response = client.get(at(image, "rendition", side))
    return response, body(response)


def test_what_stands_in_for_a_rendition_is_kept_shortly(
    client: Client, image: Image
) -> None:
    add_rendition(image, "320", b"small")
    first, data = served(client, image, 1600)
    assert data == b"small"
    assert first["Content-Type"] == "image/webp"
    assert first["Cache-Control"] == "private, max-age=2"
    assert "Last-Modified" not in first
    add_rendition(image, "1600", b"larger")
    headers = {"If-None-Match": first["ETag"]}
    assert body(client.get(at(image, "rendition", 1600), headers=headers)) == b"larger"
    second, data = served(client, image, 1600)
    assert data == b"larger"
    assert second["Cache-Control"] == "private, max-age=86400, immutable"
    assert second["Content-Disposition"].endswith("%EC%82%AC%EC%A7%84-1600.webp")


def test_what_will_never_be_made_is_answered_for_good(
    client: Client, image: Image
) -> None:
    assert served(client, image, 320)[1] == DATA
    image.blob.rendered = True
    image.blob.save()
    response, data = served(client, image, 640)
    assert data == DATA
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
