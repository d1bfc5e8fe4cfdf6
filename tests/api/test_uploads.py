"""Upload sessions: files in parts to signed addresses, resumed, judged at the end."""

import hashlib
import os
from typing import Any

import pytest
import requests
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from imaging.models import Image, Team, Upload, User
from imaging.models.uploads import PART
from imaging.operating.walking import stored_files
from tests.api.calling import with_token
from tests.drawing import jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.both]
UPLOADS = "/api/v1/uploads"
# Readers of JPEG stop at its end: what follows makes it long.
LONG = jpeg(640, 480) + bytes(PART)
ON_S3 = bool(os.environ.get("AWS_STORAGE_BUCKET_NAME"))


@pytest.fixture
def program(bob: User, studio: Team) -> Client:
    for key in stored_files("uploads/"):
        default_storage.delete(key)
    return with_token(bob)


def begin(program: Client, data: bytes, key: str = "", **said: Any) -> Any:
    wanted = {"name": "big.jpg", "size": len(data), **said}
    headers = {"idempotency-key": key} if key else {}
    return program.post(
        UPLOADS, wanted, content_type="application/json", headers=headers
    )


def put(part: dict[str, Any], data: bytes) -> int:
    """Send a part as it is asked for: to the storage, or to us."""
    if ON_S3:
        assert "testserver" not in part["url"]
        return requests.put(part["url"], data, timeout=30).status_code
    return Client().put(part["url"], data, "application/octet-stream").status_code


def piece(part: dict[str, Any], data: bytes) -> bytes:
    return data[part["number"] * PART :][: part["size"]]


def test_a_file_comes_in_parts_and_goes_on_after_a_break(program: Client) -> None:
    begun = begin(program, LONG).json()
    assert [one["size"] for one in begun["parts"]] == [PART, len(LONG) - PART]
    last, first = begun["parts"][1], begun["parts"][0]
    assert put(last, piece(last, LONG)) == 200
    early = program.post(begun["complete_url"])
    assert (early.status_code, early.json()["missing"]) == (409, [0])
    again = program.get(begun["status_url"]).json()
    assert (again["present"], again["state"]) == ([1], "pending")
    assert put(again["parts"][0], piece(first, LONG)) == 200
    for _ in range(2):
        done = program.post(begun["complete_url"])
        assert done.status_code == 201, done.text
        assert done.json()["digest"] == hashlib.sha256(LONG).hexdigest()
    assert done.json()["id"] == begun["id"] == str(Image.objects.get().pk)
    assert program.get(begun["status_url"]).json()["parts"] == []
    assert not list(stored_files("uploads/"))


def test_a_part_of_another_length_does_not_count(program: Client) -> None:
    begun = begin(program, LONG).json()
    first, last = begun["parts"]
    put(first, piece(first, LONG))
    put(last, b"short")
    answer = program.post(begun["complete_url"])
    assert (answer.status_code, answer.json()["missing"]) == (409, [1])
    assert put(last, piece(last, LONG)) == 200
    assert program.post(begun["complete_url"]).status_code == 201


def test_bytes_other_than_announced_are_refused(program: Client) -> None:
    data = jpeg(100, 100)
    begun = begin(program, data, sha256="0" * 64).json()
    put(begun["parts"][0], data)
    first, again = (program.post(begun["complete_url"]) for _ in range(2))
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.json()["detail"] == first.json()["detail"]
    assert not Image.objects.exists()
    assert not list(stored_files("uploads/"))


def test_the_same_digest_or_key_goes_on_with_what_was_begun(program: Client) -> None:
    digest = hashlib.sha256(LONG).hexdigest()
    first, again = (begin(program, LONG, sha256=digest).json() for _ in range(2))
    assert first["id"] == again["id"]
    one, two = (begin(program, LONG, key="k").json() for _ in range(2))
    assert one["id"] == two["id"] != first["id"]
    assert begin(program, LONG + b"x", key="k").status_code == 422
    assert begin(program, LONG).json()["id"] not in {first["id"], one["id"]}


def test_what_has_expired_is_gone(program: Client) -> None:
    begun = begin(program, LONG).json()
    Upload.objects.update(expires=timezone.now())
    assert program.get(begun["status_url"]).status_code == 404
    assert program.post(begun["complete_url"]).status_code == 404
    assert program.delete(begun["status_url"]).status_code == 404


def test_giving_up_removes_what_has_arrived(program: Client) -> None:
    begun = begin(program, LONG).json()
    put(begun["parts"][1], piece(begun["parts"][1], LONG))
    assert program.delete(begun["status_url"]).status_code == 204
    assert not list(stored_files("uploads/"))
    assert program.post(begun["complete_url"]).status_code == 404
    assert program.get(begun["status_url"]).json()["state"] == "cancelled"


@pytest.mark.skipif(ON_S3, reason="there the storage answers")
def test_an_address_takes_its_own_part_only(program: Client) -> None:
    part = begin(program, LONG).json()["parts"][1]
    data = piece(part, LONG)
    assert put({"url": part["url"].replace("/1?", "/0?")}, data) == 403
    assert put({"url": part["url"] + "0"}, data) == 403
    assert put(part, data + b"x") == 400
    assert put(part, b"") == 400
    assert not list(stored_files("uploads/"))


def test_others_neither_see_nor_end_it(program: Client, charlie: User) -> None:
    begun = begin(program, LONG).json()
    stranger = with_token(charlie)
    for answer in (
        stranger.get(begun["status_url"]),
        stranger.delete(begun["status_url"]),
        stranger.post(begun["complete_url"]),
    ):
        assert answer.status_code == 404
    assert Upload.objects.pending().count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"size": 0},
        {"size": 10**30},
        {"size": 101 << 20},
        {"sha256": "x"},
        {"name": ""},
        {"name": "a\0"},
        {"name": "\ud800"},
        {"team": "none"},
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(
    program: Client, said: dict[str, Any]
) -> None:
    answer = begin(program, LONG, **said)
    assert answer.status_code in {400, 413, 422}, answer.text
    assert not Upload.objects.exists()
