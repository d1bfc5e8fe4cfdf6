"""The door: what is sent, and what is brought home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from imaging.failures import ProviderError
from imaging.outgoing.door import Door
from tests.providers.playing import (
    Playing,
    Script,
    answer,
    chunked,
    giant,
    half,
    redirect,
)


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Playing]:
    settings.OUTGOING_ALLOW_PRIVATE = True
    with Playing() as vendor:
        yield vendor


def test_json_and_forms_are_sent_as_such(vendor: Playing) -> None:
    vendor.on("POST /", answer({}, 201))
    door = Door(vendor.url)
    door.request("POST", "/", json={"a": [1]})
    door.request("POST", "/", data={"a": "1 2", "b": ["3", "4"]})
    door.request("POST", "/")
    assert vendor.heard[0].json() == {"a": [1]}
    assert vendor.heard[0].headers["content-type"] == "application/json"
    assert vendor.heard[1].body == b"a=1+2&b=3&b=4"
    assert vendor.heard[2].headers["content-length"] == "0"


def test_a_file_is_put_whole_and_without_chunks(
    vendor: Playing, tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(bytes(range(256)) * 1000)
    vendor.on("PUT /key", answer())
    with path.open("rb") as file:
        Door(vendor.url).request("PUT", "/key?Signature=a%2Bb", data=file)
    assert vendor.heard[0].target == "/key?Signature=a%2Bb"
    assert vendor.heard[0].headers["content-length"] == "256000"
    assert vendor.heard[0].body == path.read_bytes()


def test_a_download_lands_in_its_file(vendor: Playing, tmp_path: Path) -> None:
    vendor.on("GET /big", chunked([bytes(70_000), b"end"]))
    vendor.on("GET /moved", redirect("/file"))
    vendor.on("GET /file", answer(b"bytes"))
    door = Door(vendor.url, headers={"Authorization": "Bearer t"})
    to = tmp_path / "result"
    assert door.download("/big", to, max_bytes=70_003) == 70_003
    assert to.read_bytes() == bytes(70_000) + b"end"
    assert door.download(f"{vendor.url}/moved", to, max_bytes=99) == 5
    assert to.read_bytes() == b"bytes"
    assert not any("authorization" in one.headers for one in vendor.heard)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (giant(10**9), "too_large"),
        (half(answer(bytes(99))), "unreachable"),
        (answer(b"<Error/>", 403), "http_403"),
        (answer(b"", 503), "server_error"),
    ],
)
def test_a_download_that_fails_leaves_no_file(
    vendor: Playing, tmp_path: Path, script: Script, code: str
) -> None:
    vendor.on("GET /", script)
    to = tmp_path / "result"
    with pytest.raises(ProviderError) as caught:
        Door(vendor.url).download("/", to, max_bytes=10**6)
    assert caught.value.code == code
    assert not to.exists()
