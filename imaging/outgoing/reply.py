"""An answer that came over HTTP, and what is read out of it."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from imaging.failures import OutcomeUnknown, ProviderError

MAX_RETRY_AFTER = 86_400.0
# After these the server says itself that it did nothing.
NOT_DONE = {501, 503, 505}
LOOK_UP = "Look whether the provider has the job before sending it again."


@dataclass(frozen=True)
class Reply:
    """A whole answer. Any status is an answer; `raise_for_outage` sorts out some."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str
    repeatable: bool = True

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body as JSON that can be stored; ProviderError if it is not.

        A success that cannot be read leaves open what became of a call that may not
        be repeated: that is OutcomeUnknown.
        """
        try:
            return read_json(self.body)
        except (ValueError, RecursionError) as error:
            page = self.body.lstrip()[:1] == b"<"
            found = "a web page" if page else "something unreadable"
            raise self._misread(f"{found} instead of JSON") from error

    def record(self) -> dict[str, Any]:
        """Return the body as a JSON object, by its names; raises as `json` does."""
        said = self.json()
        if not isinstance(said, dict):
            raise self._misread("JSON that is no object")
        return said

    def _misread(self, what: str) -> ProviderError:
        message = f"{self.host} answered {self.status} with {what}."
        if self.status < 400 and not self.repeatable:
            return OutcomeUnknown(message, hint=LOOK_UP)
        return ProviderError(message, "bad_answer")

    def raise_for_outage(self) -> None:
        """Raise what the usual temporary refusals mean: 429 and 5xx."""
        if self.status == 429:
            message = f"{self.host} asks for fewer requests."
            raise ProviderError(message, "rate_limited", retry_after=self.retry_after)
        if self.status >= 500:
            message = f"{self.host} has a fault of its own (status {self.status})."
            if not self.repeatable and self.status not in NOT_DONE:
                raise OutcomeUnknown(message, hint=LOOK_UP)
            raise ProviderError(message, "server_error", retry_after=self.retry_after)

    @property
    def retry_after(self) -> float | None:
        """Return the seconds of Retry-After, given as a number or as a date."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value), MAX_RETRY_AFTER)
        if (until := _date(value)) is None:
            return None
        # Their clock and ours may differ; their own Date does not.
        now = _date(self.headers.get("Date", "")) or time.time()
        return min(max(until - now, 0.0), MAX_RETRY_AFTER)


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is not a number")
    return value


# Made once: `json.loads` would build one for each answer.
_decode = json.JSONDecoder(parse_constant=_finite, parse_float=_finite).decode


def read_json(body: bytes) -> Any:
    """Read JSON; ValueError also for what no database takes: NaN, NUL, half letters."""
    value = _decode(body.decode("utf-8-sig"))
    if b"\\u" in body:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
        if "\\u0000" in text:
            raise ValueError("a NUL character")
    return value
