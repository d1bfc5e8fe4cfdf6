"""One HTTP request on its way: sent, received, and how it can fail."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, RemoteDisconnected
from typing import IO

import urllib3.exceptions as lower
from urllib3.response import HTTPResponse

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.connection import Body, Line, Route, Trip, pool
from imaging.outgoing.reply import LOOK_UP

CHUNK = 65_536
# How a connection ends that was idle when the other side gave it up.
STALE = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
LOST = (OSError, HTTPException, lower.HTTPError)
LATE = (TimeoutError, lower.TimeoutError)
GARBAGE = (HTTPException, lower.DecodeError, lower.InvalidHeader)
# Parts of a path that are words of an API; others name one thing: numbers, ids, keys,
# names of files.
WORD = re.compile(r"[A-Za-z_-]{0,23}|[A-Za-z]{1,5}\d{1,2}")


# No repr: it would show credentials.
@dataclass(frozen=True, repr=False)
class Call:
    """What is asked, of whom, in what time, and whether it may be asked again."""

    method: str
    url: str
    target: str
    route: Route
    headers: Mapping[str, str]
    body: Body
    trip: Trip
    idempotent: bool
    # Whether it goes to the provider's own address, and not to one that it named.
    at_home: bool = True

    @property
    def host(self) -> str:
        return self.route.origin.host

    @property
    def endpoint(self) -> str:
        """Return host and path, with `*` for what names one thing.

        Of an address that was handed out, all of the path may be a secret.
        """
        if not self.at_home:
            return f"{self.host}/*"
        segments = self.target.partition("?")[0].split("/")
        return self.host + "/".join(
            segment if WORD.fullmatch(segment) else "*" for segment in segments
        )

    def open(self) -> tuple[Line, HTTPResponse]:
        """Send the request, on a line that is open already if that can do no harm."""
        again = self.idempotent and isinstance(self.body, bytes | None)
        if again and (line := pool.take(self.route)):
            try:
                return line, self._ask(line)
            except STALE:
                pass
        line = self.route.line()
        return line, self._ask(line)

    def _ask(self, line: Line) -> HTTPResponse:
        try:
            return line.ask(
                self.trip, self.method, self.target, self.headers, self.body
            )
        except BaseException:
            line.close()
            raise

    def copy(self, response: HTTPResponse, file: IO[bytes], limit: int) -> None:
        """Write the decoded body to a file; more than `limit` bytes end it."""
        if (response.length_remaining or 0) > limit:
            raise self._too_large(limit)
        size = 0
        for piece in response.stream(CHUNK, decode_content=True):
            size += len(piece)
            if size > limit:
                raise self._too_large(limit)
            _write(file, piece)

    def _too_large(self, limit: int) -> ProviderError:
        if not self.idempotent:
            return self._unknown(f"its answer is over the limit of {limit:,} bytes")
        message = f"{self.host} sends more than the limit of {limit:,} bytes."
        return ProviderError(message, "too_large", permanent=True)

    def _unknown(self, why: str) -> OutcomeUnknown:
        message = f"{self.host} was sent the request, but {why}."
        return OutcomeUnknown(message, hint=LOOK_UP)

    def failure(self, error: Exception) -> ProviderError:
        """Say in the product's words how this request failed."""
        if self.trip.sent and not self.idempotent:
            return self._unknown("its answer never came")
        if isinstance(error, LATE):
            return ProviderError(f"{self.host} did not answer in time.", "timeout")
        if isinstance(error, ssl.SSLCertVerificationError):
            message = f"{self.host} shows a certificate that does not prove its name."
            hint = "Check the address, and this machine's clock."
            return ProviderError(message, "unreachable", hint=hint)
        if isinstance(error, GARBAGE) and not isinstance(error, RemoteDisconnected):
            message = f"{self.host} answered with something that is not HTTP."
            return ProviderError(message, "bad_answer")
        if self.trip.sent:
            message = f"{self.host} hung up before its answer was complete."
        else:
            reason = getattr(error, "strerror", None) or "the connection failed"
            message = f"{self.host} cannot be reached: {reason}."
        return ProviderError(message, "unreachable")


def _write(file: IO[bytes], piece: bytes) -> None:
    """Write at once, so that a full disk is told apart from a lost connection."""
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        message = f"The answer cannot be stored here: {error.strerror}."
        raise ProviderError(message, "storage") from error
