"""Addresses that take one file by PUT: signed, bounded, quarantined until completed."""

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client, RequestFactory

from imaging import clock
from imaging.api.presigned import put_address
from imaging.models import Image, Membership, Team, Upload, User
from imaging.models.uploads import Incomplete
from imaging.operating.walking import stored_files
from tests.drawing import jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PICTURE = jpeg(640, 480)
LATER = timedelta(seconds=901)
HEADERS = {"Content-Type": "application/octet-stream", "X-Range": "1,100000"}


@pytest.fixture
def upload(bob: User, studio: Team) -> Upload:
    for key in stored_files("uploads/"):
        default_storage.delete(key)
    return Upload.objects.permit(
        studio, bob, "a.jpg", max_bytes=100_000, headers=HEADERS
    )


def address(upload: Upload) -> str:
    url = put_address(RequestFactory().get("/"), upload)
    return url.removeprefix("http://testserver")


def put(
    url: str, data: bytes = PICTURE, headers: dict[str, str] = HEADERS
) -> HttpResponse:
    named = {name: said for name, said in headers.items() if name != "Content-Type"}
    kind = headers.get("Content-Type", "text/plain")
    # Of an empty body the test client would not say the type.
    return Client().put(url, data, kind, headers=named, CONTENT_TYPE=kind)


def code(answer: HttpResponse) -> tuple[int, Any]:
    return answer.status_code, re.findall(r"<Code>(\w+)</Code>", answer.text)


def test_the_file_waits_until_it_is_completed(upload: Upload) -> None:
    assert put(address(upload)).status_code == 200
    assert not Image.objects.exists()
    upload.refresh_from_db()
    image = upload.complete()
    assert (image.pk, image.name, image.blob.size) == (upload.pk, "a.jpg", len(PICTURE))
    assert not list(stored_files("uploads/"))
    upload.refresh_from_db()
    assert upload.complete() == image


def test_another_takes_its_place(upload: Upload) -> None:
    put(address(upload), b"no picture")
    assert put(address(upload)).status_code == 200
    assert len(list(stored_files("uploads/"))) == 1
    upload.refresh_from_db()
    assert upload.complete()


def test_an_address_for_one_file_takes_no_second(upload: Upload) -> None:
    Upload.objects.update(once=True)
    upload.refresh_from_db()
    assert put(address(upload)).status_code == 200
    assert code(put(address(upload))) == (403, ["AccessDenied"])


def test_without_a_file_there_is_nothing_to_complete(upload: Upload) -> None:
    with pytest.raises(Incomplete):
        upload.complete()


@pytest.mark.parametrize("path", ["/presigned/a%00", "/presigned/%00/1"])
def test_no_key_is_a_fault_of_ours(db: None, path: str) -> None:
    asked = f"{path}?X-Expires=1&X-Signature=x"
    assert code(put(asked)) == (404, ["NoSuchKey"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"headers": {}}, (403, ["SignatureDoesNotMatch"])),
        ({"headers": HEADERS | {"X-Range": "1,2"}}, (403, ["SignatureDoesNotMatch"])),
        ({"data": b""}, (400, ["EntityTooSmall"])),
        ({"data": b"x" * 100_001}, (400, ["EntityTooLarge"])),
    ],
)
def test_only_the_signed_request_is_taken(
    upload: Upload, change: dict[str, Any], expected: object
) -> None:
    assert code(put(address(upload), **change)) == expected
    assert not list(stored_files("uploads/"))


@pytest.mark.parametrize("part", ["X-Expires=", "X-Signature=", "presigned/"])
def test_an_altered_address_takes_nothing(upload: Upload, part: str) -> None:
    url = address(upload).replace(part, part + "1")
    assert code(put(url))[0] in {403, 404}
    assert code(put(address(upload) + "&more=1"))[0] == 403
    foreign = address(upload).partition("X-Signature=")[0] + "X-Signature=%C3%A9"
    assert code(put(foreign)) == (403, ["SignatureDoesNotMatch"])


def test_its_time_ends(upload: Upload) -> None:
    url = address(upload)
    with mock.patch.object(clock, "now", return_value=clock.now() + LATER):
        assert code(put(url)) == (400, ["ExpiredToken"])
        Upload.objects.update(once=True)
        assert code(put(url)) == (403, ["AccessDenied"])


def test_it_dies_with_the_right_to_add(upload: Upload) -> None:
    Membership.objects.filter(user=upload.user).delete()
    assert code(put(address(upload))) == (403, ["AccessDenied"])


def test_the_order_of_the_headers_says_nothing(upload: Upload) -> None:
    asked = address(upload)
    turned = dict(reversed(upload.headers.items()))
    Upload.objects.filter(pk=upload.pk).update(headers=turned)
    assert put(asked).status_code == 200
