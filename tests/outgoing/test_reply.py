"""What is read out of an answer."""

import pytest

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.reply import Reply

DATE = "Sat, 21 Nov 2026 02:00:00 GMT"


def reply(
    body: bytes = b"", status: int = 200, *, repeatable: bool = True, **headers: str
) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, body, "vendor.example", repeatable)


def test_json_is_read() -> None:
    body = '{"a": [1, 2.5, null], "b": "\\ud55c\\ud83d\\ude00 é"}'.encode()
    assert reply(body).json() == {"a": [1, 2.5, None], "b": "한😀 é"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[-Infinity]",
        b"[1e999]",
        b'["\\u0000"]',
        b'["\\ud83d"]',
        b"[" * 100_000,
        b"9" * 5000,
        b"<html><h1>Sorry",
    ],
)
def test_what_cannot_be_stored_is_no_answer(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        reply(body).json()
    assert (caught.value.code, caught.value.permanent) == ("bad_answer", False)
    with pytest.raises(OutcomeUnknown):
        reply(body, repeatable=False).json()
    with pytest.raises(ProviderError) as caught:
        reply(body, 404, repeatable=False).json()
    assert caught.value.code == "bad_answer"


def test_a_web_page_is_named_as_what_it_is() -> None:
    with pytest.raises(ProviderError, match="answered 200 with a web page"):
        reply(b"\n<!doctype html>").json()


def test_an_answer_is_an_answer() -> None:
    for status in (200, 301, 404, 418):
        reply(status=status).raise_for_outage()


@pytest.mark.parametrize(
    ("status", "code", "unknown"),
    [
        (429, "rate_limited", False),
        (503, "server_error", False),
        (500, "server_error", True),
        (502, "server_error", True),
        (504, "server_error", True),
    ],
)
def test_an_outage_is_temporary_unless_it_hides_what_was_done(
    status: int, code: str, unknown: bool
) -> None:
    with pytest.raises(ProviderError) as caught:
        reply(status=status).raise_for_outage()
    assert (caught.value.code, caught.value.permanent) == (code, False)
    with pytest.raises(ProviderError) as caught:
        reply(status=status, repeatable=False).raise_for_outage()
    assert isinstance(caught.value, OutcomeUnknown) is unknown


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("9" * 400, 86_400),
        ("Sat, 21 Nov 2026 02:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 01:00:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_their_clock(
    value: str, seconds: float | None
) -> None:
    with pytest.raises(ProviderError) as caught:
        reply(status=429, Retry_After=value, Date=DATE).raise_for_outage()
    assert caught.value.retry_after == seconds
