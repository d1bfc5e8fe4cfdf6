"""How failures are told: in words that can be shown, stored and logged."""

import pytest

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.reply import Reply
from imaging.providers.haut import refusals
from imaging.providers.naver import calls


def test_only_what_can_be_shown_is_told() -> None:
    error = ProviderError("a\0b\nc\ud800d\u202ee: “ü” ×", "f\0")
    assert (error.message, error.code) == ("a b c d e: “ü” ×", "f ")
    assert str(error) == error.message
    assert OutcomeUnknown("gone\nnow").message == "gone now"


@pytest.mark.parametrize(
    "body",
    [
        b"a page\0\nwith\xff bytes",
        b'{"code": "1\\u00002", "message": "a\\u0000\\ud800b"}',
        b'{"errors": [{"code": "invalid", "detail": "a\\u0000\\ud800b"}]}',
    ],
)
def test_a_vendors_refusal_can_be_stored(body: bytes) -> None:
    reply = Reply(400, {}, body, "vendor.example")
    for error in (refusals.refusal(reply), calls.refused(reply)):
        error.message.encode()
        assert "\0" not in f"{error.message}{error.code}"
