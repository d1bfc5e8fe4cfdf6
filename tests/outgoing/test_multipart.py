"""Multipart bodies, as a server hears them."""

import io
import tracemalloc
from pathlib import Path

from pytest_django.fixtures import Settings

from imaging.outgoing.door import Door
from imaging.outgoing.multipart import Multipart
from tests.providers.playing import Playing, answer

NOISE = bytes(range(256)) * 999


def test_fields_and_files_arrive_as_they_were(
    settings: Settings, tmp_path: Path
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True
    path = tmp_path / "picture"
    path.write_bytes(NOISE)
    with Playing() as vendor, path.open("rb") as file:
        vendor.on("POST /start", answer({}))
        Door(vendor.url).request(
            "POST",
            "/start",
            data={"token": "t", "payload": '{"é": 1}'},
            files={
                "file": ('초상 "1".jpg', file, "image/jpeg"),
                "mask": ("m.png", b"\r\n--\r\n", "image/png"),
            },
        )
    heard = vendor.heard[0]
    assert heard.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert "transfer-encoding" not in heard.headers
    assert heard.form()["token"] == (None, b"t")
    assert heard.form()["payload"] == (None, '{"é": 1}'.encode())
    assert heard.form()["file"][1] == NOISE
    assert heard.form()["mask"] == ("m.png", b"\r\n--\r\n")
    assert 'filename="초상 %221%22.jpg"'.encode() in heard.body


def test_a_field_may_have_several_values() -> None:
    body = b"".join(Multipart({"modes[]": ["a", "b"]}, {}))
    assert body.count(b'name="modes[]"') == 2


def test_the_length_is_what_is_left_of_the_file() -> None:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    body = Multipart({}, {"file": ("n", file, "image/png")})
    length = len(body)
    sent = b"".join(body)
    assert len(sent) == length
    assert b"456789" in sent
    assert b"3456789" not in sent


def test_a_large_file_never_lies_in_memory_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with path.open("rb") as file:
        tracemalloc.start()
        try:
            body = Multipart({}, {"file": ("large", file, "image/png")})
            assert sum(map(len, body)) == len(body)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()
