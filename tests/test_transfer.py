"""Stored bytes over HTTP: every condition kept, no name escapes, nothing cut short."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import Http404
from django.test import RequestFactory

from imaging.delivery.transfer import send, with_name
from tests.stored import DATE, ask, body, stored

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = bytes(range(256))


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If_None_Match", '"abc"', 304),
        ("If_None_Match", 'W/"abc", "x"', 304),
        ("If_None_Match", "*", 304),
        ("If_None_Match", '"abd"', 200),
        ("If_Modified_Since", DATE, 304),
        ("If_Modified_Since", "Sun, 01 Mar 2026 11:59:59 GMT", 200),
        ("If_Match", '"abd"', 412),
        ("If_Unmodified_Since", "Sun, 01 Mar 2026 11:59:59 GMT", 412),
    ],
)
def test_conditions_are_kept(header: str, value: str, status: int) -> None:
    response = ask(stored(DATA), **{header: value})
    assert response.status_code == status
    if status == 304:
        assert body(response) == b""
        assert response["ETag"] == '"abc"'
        assert response["Cache-Control"] == "private"


def test_a_strangers_bytes_are_nothing_but_what_their_content_is() -> None:
    response = ask(stored(DATA, name="evil.html"))
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Last-Modified"] == DATE


def test_bytes_that_are_missing_are_not_found(caplog: Any) -> None:
    with pytest.raises(Http404):
        ask(stored(DATA, key="gone"))
    assert [record.getMessage() for record in caplog.records] == [
        "The bytes of gone are missing."
    ]


def test_bytes_that_end_too_early_are_an_error_and_no_download() -> None:
    taken: list[int] = []
    request = RequestFactory().get("/")
    what = stored(b"12345", size=6)
    response: Any = send(request, what, "inline", lambda: taken.append(1))
    with pytest.raises(EOFError, match="1 bytes too early"):
        response.getvalue()
    assert not taken


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a b.jpg", "a b.jpg"),
        ("사진 1.jpg", "__ 1.jpg"),
        ('say "hi".jpg', "say _hi_.jpg"),
        ("50%41 é.jpg", "50_41 _.jpg"),
        ("a*b|c.jpg", "a_b_c.jpg"),
    ],
)
def test_file_names_arrive_as_they_are_and_plain_for_old_clients(
    name: str, plain: str
) -> None:
    header = with_name("attachment", name)
    assert header.isascii()
    first, _, extended = header.partition("; filename*=UTF-8''")
    assert first == f'attachment; filename="{plain}"'
    assert re.fullmatch(r"([A-Za-z0-9._~-]|%[0-9A-F]{2})*", extended)
    assert unquote(extended) == ("" if plain == name else name)


def test_no_name_leaves_its_header_or_its_folder() -> None:
    header = with_name("attachment", "..\\a/\r\nSet-Cookie: x\u202egpj\x00.jpg")
    assert "\r" not in header
    assert "\n" not in header
    assert unquote(header.rpartition("'")[2]) == ".._a_Set-Cookie: xgpj.jpg"


def test_what_nobody_counts_is_left_to_the_server_in_front(settings: Any) -> None:
    settings.ACCEL_PREFIX = "/stored/"
    what = stored(DATA, key="team/0a/b c.jpg")
    for header in ({}, {"Range": "bytes=5-"}):
        handed_on = ask(what, **header)
        assert handed_on.status_code == 200
        assert handed_on["X-Accel-Redirect"] == "/stored/team/0a/b%20c.jpg"
        assert handed_on["Content-Type"] == "image/jpeg"
        assert handed_on["Cache-Control"] == "private"
        assert body(handed_on) == b""
    assert ask(what, If_None_Match='"abc"').status_code == 304
    # The last byte of what is counted must be seen here.
    request = RequestFactory().get("/")
    for counted in ({"taken": print}, {"ended": print}):
        answer: Any = send(request, stored(DATA), "attachment", **counted)
        assert "X-Accel-Redirect" not in answer
        assert answer.getvalue() == DATA
