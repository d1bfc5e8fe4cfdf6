"""The words on the wire: read tolerantly, sent exactly."""

from datetime import UTC, datetime
from typing import Any

import pytest

from imaging.providers.haut import paths, wire
from tests.providers.haut.played import IMAGE, body_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-08T20:00:55.784Z", datetime(2025, 10, 8, 20, 0, 55, 784_000, UTC)),
        ("2025-02-27 03:40:28", datetime(2025, 2, 27, 3, 40, 28, tzinfo=UTC)),
    ],
)
def test_both_forms_of_time_are_read(text: str, moment: datetime) -> None:
    assert wire.read_time(text) == moment
    assert wire.dump_time(moment).endswith("Z")


def test_a_permission_keeps_its_headers_and_drops_the_host() -> None:
    given = body_of("upload_v3")["front"]
    assert wire.read_upload(given).headers == {
        "Content-Type": "application/octet-stream",
        "X-Goog-Content-Length-Range": "1,31457280",
    }
    assert "signature" not in repr(wire.read_upload(given))


def test_the_body_of_one_front_picture_names_no_batch() -> None:
    assert wire.dump_image("key", "front") == {
        "side_id": 1,
        "light_id": 1,
        "name": "key",
    }


@pytest.mark.parametrize("lost", ["id", "image_batch_id", "upload_url"])
def test_what_cannot_be_done_without_is_missed(lost: str) -> None:
    body = body_of("signed_upload")
    assert wire.read_signed_upload(body)["id"] == IMAGE
    del body[lost]
    with pytest.raises(ValueError, match="this is no object|it names no"):
        wire.read_signed_upload(body)


@pytest.mark.parametrize("odd", ["?", "..", "a/b", "", "x" * 129])
def test_an_id_leads_nowhere_else(odd: str) -> None:
    for name in ("id", "image_batch_id"):
        with pytest.raises(ValueError, match="is none|it names no"):
            wire.read_signed_upload(body_of("signed_upload") | {name: odd})
    if odd:
        with pytest.raises(ValueError, match="is none"):
            wire.read_page([{"id": odd}])


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"results": []},
        {"count": 0, "next": None, "previous": None, "results": []},
    ],
)
def test_a_list_may_come_bare_or_in_pages(body: Any) -> None:
    assert wire.read_page(body) == ([], "")


@pytest.mark.parametrize("body", [{}, {"results": None}, "soon", None, 7])
def test_what_is_no_list_is_not_read_as_an_empty_one(body: Any) -> None:
    with pytest.raises(ValueError, match="no list"):
        wire.read_page(body)


def test_an_auxiliary_picture_may_lack_all_but_its_id() -> None:
    bare = wire.read_auxiliary({"id": "a", "urls": {"small": "https://x/y"}})
    assert (bare.id, bare.key, bare.url) == ("a", "", "https://x/y")
    full = wire.read_auxiliary(body_of("aux")[0])
    assert (full.key, full.name) == ("redness", "Redness mask")


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"null", b'{"errors": "no"}', b'{"errors": [1]}', b"\xff"],
)
def test_an_error_in_no_known_shape_is_read_as_none(body: bytes) -> None:
    assert wire.read_complaints(body) == []


def test_the_storage_speaks_xml() -> None:
    assert wire.read_storage_code(b"<Error><Code>ExpiredToken</Code>") == "ExpiredToken"
    assert wire.read_storage_code(b'{"Code": 1}') == ""


def test_only_a_name_of_an_application_becomes_an_address() -> None:
    with pytest.raises(ValueError, match="no name of an application"):
        paths.attach("c", "../delete")
