"""The door: what is written down of a request, and what never is."""

import logging
import traceback
from collections.abc import Iterator
from secrets import token_hex

import pytest
from pytest_django.fixtures import Settings

from imaging.failures import ProviderError
from imaging.outgoing.door import Door, Exchange
from tests.providers.playing import Playing, answer, half

SECRET = {"Authorization": "Bearer SECRET"}


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Playing]:
    settings.OUTGOING_ALLOW_PRIVATE = True
    with Playing() as vendor:
        yield vendor


def test_requests_are_noted_without_their_secrets(
    vendor: Playing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[Exchange] = []
    path = "/v3/task/89f758a0-c0fb-11ee-961f-d12490e606ad"
    vendor.on(f"POST {path}", answer({}, 402))
    door = Door(vendor.url, headers=SECRET, observer=seen.append)
    door.request("POST", f"{path}?Signature=SECRET", data=b"SECRET")
    note = seen[0]
    assert (note.method, note.status, note.error) == ("POST", 402, "")
    assert note.endpoint == "127.0.0.1/v3/task/*"
    assert "POST 127.0.0.1/v3/task/* 402" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_failure_shows_no_secret_however_it_is_printed(vendor: Playing) -> None:
    vendor.on("GET /", half(answer(bytes(99))))
    secret = token_hex()
    with pytest.raises(ProviderError) as caught:
        Door(vendor.url, headers={"X-Key": secret}).request("GET", f"/?Key={secret}")
    assert secret not in "".join(traceback.format_exception(caught.value))


def test_failures_are_noted_and_an_observer_that_fails_loses_nothing(
    vendor: Playing,
) -> None:
    seen: list[Exchange] = []

    def observer(exchange: Exchange) -> None:
        seen.append(exchange)
        raise RuntimeError("no room on the timeline")

    vendor.on("POST /", answer({"paid": True}), half(answer(bytes(99))))
    door = Door(vendor.url, observer=observer)
    assert door.request("POST", "/").json() == {"paid": True}
    with pytest.raises(ProviderError):
        door.request("POST", "/")
    assert [note.error for note in seen] == ["", "outcome_unknown"]


def test_a_key_with_a_line_break_is_refused_without_showing_it(vendor: Playing) -> None:
    door = Door(vendor.url, headers={"X-Token": "SECRET\r\nX-Evil: 1"})
    with pytest.raises(ProviderError, match="The value for X-Token") as caught:
        door.request("GET", "/")
    assert "SECRET" not in repr(caught.value)
    assert vendor.count() == 0
