"""The only way out: every HTTP request of Darkroom passes through a `Door`."""

import io
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urljoin

from django.conf import settings
from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse

from imaging.failures import ProviderError
from imaging.outgoing import address, hops
from imaging.outgoing.call import LOST, Call
from imaging.outgoing.connection import Body, Route, Trip, pool
from imaging.outgoing.exchange import Exchange as Exchange
from imaging.outgoing.exchange import hear
from imaging.outgoing.multipart import Fields, Multipart, Part
from imaging.outgoing.reply import Reply

MAX_REPLY = 16 << 20
MAX_REDIRECTS = 3
HTTPS_PORT = 443
REDIRECTS = {301, 302, 303, 307, 308}
READS = {"GET", "HEAD"}
PLAIN = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "Darkroom"}

log = logging.getLogger(__name__)
# They write whole addresses, with the signatures in them.
for noisy in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(noisy).setLevel(logging.ERROR)


class Door:
    """The way to one provider, with its credentials.

    `headers` hold the credentials; they go to the origin of `base_url` and nowhere
    else. `operator_set` says that the operator chose that address in the environment:
    only then do the exceptions of OUTGOING_ALLOW hold for it. `timeout` is for
    connecting and for each wait, `deadline` for a whole request, in seconds.

    Doors are cheap: the connections behind them are shared by the whole process.
    Every failure is a ProviderError. A call that is not idempotent must not be made
    twice, so its lost answer is OutcomeUnknown.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
        deadline: float = 60.0,
        max_bytes: int = MAX_REPLY,
        operator_set: bool = False,
        observer: Callable[[Exchange], None] | None = None,
        resolve: address.Resolve = address.resolve,
        ca: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.origin, _ = address.read_url(base_url)
        self.headers = dict(headers or {})
        self.timeout, self.deadline, self.max_bytes = timeout, deadline, max_bytes
        self.operator_set, self.observer = operator_set, observer
        self.resolve, self.ca = resolve, ca

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        idempotent: bool | None = None,
        json: Any = None,
        data: Fields | bytes | IO[bytes] | None = None,
        files: Mapping[str, Part] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
        max_bytes: int | None = None,
    ) -> Reply:
        """Make one request and return its whole answer, whatever its status.

        `data` is fields of a form, or the body itself. `files` are {field: (name,
        bytes or open file, media type)}, sent along with the fields. Only GET and
        HEAD are idempotent unless said otherwise, and only they follow redirects.
        """
        url = self._absolute(path_or_url)
        sent, body = _pack(method, self._headers(url, headers), data, json, files)
        again = method in READS if idempotent is None else idempotent
        trip = Trip(deadline or self.deadline, self.timeout)
        call = self._call(method, url, sent, body, trip, again)
        return self._follow(call, max_bytes or self.max_bytes)

    def download(
        self,
        url: str,
        to: Path,
        *,
        max_bytes: int,
        deadline: float | None = None,
    ) -> int:
        """Stream a file to a path and return its size; after a failure none is there.

        No credentials go along, not even to the base's origin.
        A status other than 200 is a ProviderError with the code `http_<status>`.
        """
        url = self._absolute(url)
        sent = CaseInsensitiveDict(PLAIN | {"Accept-Encoding": "identity"})
        trip = Trip(deadline or self.deadline, self.timeout)
        call = self._call("GET", url, sent, None, trip, True)
        try:
            with to.open("wb") as file:
                reply = self._follow(call, max_bytes, file)
                reply.raise_for_outage()
                if reply.status != 200:
                    message = f"{call.host} did not hand out the file ({reply.status})."
                    raise ProviderError(message, f"http_{reply.status}")
                return file.tell()
        except BaseException:
            to.unlink(missing_ok=True)
            raise

    def _absolute(self, path_or_url: str) -> str:
        if path_or_url.startswith("/"):
            return self.base_url + path_or_url
        return path_or_url

    def _headers(
        self, url: str, extra: Mapping[str, str] | None
    ) -> CaseInsensitiveDict[str]:
        headers = CaseInsensitiveDict(PLAIN)
        if address.read_url(url)[0] == self.origin:
            headers.update(self.headers)
            headers[hops.HEADER] = hops.passed()
        headers.update(extra or {})
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise ProviderError(
                    f"The value for {name} holds a line break or a special character.",
                    "bad_header",
                    permanent=True,
                    hint="Enter the key again, exactly as the provider shows it.",
                )
        return headers

    def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body,
        trip: Trip,
        idempotent: bool,
    ) -> Call:
        origin, target = address.read_url(url)
        route, at_home = self._route(origin), origin == self.origin
        return Call(
            method, url, target, route, headers, body, trip, idempotent, at_home
        )

    def _route(self, origin: address.Origin) -> Route:
        """Decide what an origin may be; where it lies is checked when it is dialled."""
        private = settings.OUTGOING_ALLOW_PRIVATE or (
            self.operator_set
            and origin == self.origin
            and origin.address in map(str.lower, settings.OUTGOING_ALLOW)
        )
        if not private and origin.scheme != "https":
            raise address.forbidden(f"{origin.host} is not to be reached by https.")
        if not private and origin != self.origin and origin.port != HTTPS_PORT:
            raise address.forbidden(f"{origin.host} names the odd port {origin.port}.")
        return Route(origin, private, self.resolve, self.ca)

    def _follow(
        self, call: Call, max_bytes: int, file: IO[bytes] | None = None
    ) -> Reply:
        """Make a call and go where its redirects lead, each under the same rules."""
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._receive(call, max_bytes, file)
            to = reply.headers.get("Location")
            if call.method not in READS or reply.status not in REDIRECTS or not to:
                return reply
            call = self._redirected(call, to)
        message = f"{call.host} redirects more than {MAX_REDIRECTS} times."
        raise ProviderError(message, "bad_answer")

    def _redirected(self, call: Call, location: str) -> Call:
        location = location.encode("latin-1").decode("utf-8", "replace")
        try:
            url = urljoin(call.url, location)
        except ValueError as error:
            raise address.forbidden(f"{call.host} redirects to no address.") from error
        headers = call.headers
        if address.read_url(url)[0] != call.route.origin:
            # Whatever the caller sent was meant for the host that it named.
            headers = PLAIN | {"Accept-Encoding": headers["Accept-Encoding"]}
        return self._call(
            call.method, url, headers, call.body, call.trip, call.idempotent
        )

    def _receive(self, call: Call, max_bytes: int, file: IO[bytes] | None) -> Reply:
        with self._exchange(call) as response:
            page = io.BytesIO()
            if file and response.status == 200:
                call.copy(response, file, max_bytes)
            else:
                call.copy(response, page, min(max_bytes, self.max_bytes))
            return Reply(
                response.status,
                response.headers,
                page.getvalue(),
                call.host,
                call.idempotent,
            )

    @contextmanager
    def _exchange(self, call: Call) -> Iterator[HTTPResponse]:
        """Lend the answer's stream; sort out failures; leave a note in any case."""
        at, start = time.time(), time.monotonic()
        status, error, line = None, "", None
        try:
            line, response = call.open()
            status = response.status
            yield response
            if response.isclosed() and not line.is_closed:
                pool.give(line)
                line = None
        except ProviderError as refusal:
            error = refusal.code
            raise
        except LOST as cause:
            failure = call.failure(cause)
            error = failure.code
            raise failure from cause
        finally:
            if line:
                line.close()
            seconds = time.monotonic() - start
            self._note(
                Exchange(at, call.method, call.endpoint, status, seconds, error),
                quiet=call.idempotent and not error,
            )

    def _note(self, exchange: Exchange, *, quiet: bool) -> None:
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "%s %s %s %d ms",
            exchange.method,
            exchange.endpoint,
            exchange.error or exchange.status,
            exchange.seconds * 1000,
        )
        hear(exchange)
        if self.observer:
            try:
                self.observer(exchange)
            except Exception:
                # The answer may be to something that was paid for: it is not lost.
                log.exception("The observer of %s failed.", exchange.endpoint)


def _pack(
    method: str,
    headers: CaseInsensitiveDict[str],
    data: Fields | bytes | IO[bytes] | None,
    json: Any,
    files: Mapping[str, Part] | None,
) -> tuple[CaseInsensitiveDict[str], Body]:
    """Return the headers and the body of a request."""
    packed = PreparedRequest()
    packed.method, packed.headers = method, headers
    body: Any = data
    if files:
        body = Multipart(cast(Fields, data or {}), files)
        packed.headers["Content-Type"] = body.content_type
    packed.prepare_body(body, None, json)
    body = packed.body
    return packed.headers, body.encode() if isinstance(body, str) else body
