"""How a job comes in: its token in a header or among the fields, and its one file.

retouch4.me/docs/cloud_retouching_api/en/index.html and webhooks.html. The token may
come after the file, so a file is taken before its sender is known; what strangers send
is bounded, and gone when the request ends.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from imaging.api.callers import (
    Caller,
    NotAllowed,
    enter_by_token,
    limit,
    source_of,
)
from imaging.delivery.handover import release_connections
from imaging.digests import Digest
from imaging.models import ApiToken
from imaging.models.fields import token_digest
from imaging.pictures import clean_name
from imaging.providers.retouch4me import wire
from imaging.receiving import CHUNK, ReceivedFile, discard

MOST = wire.MAX_MEGABYTES * wire.MEGABYTE
# For the other fields, and for what divides them.
AROUND = wire.MEGABYTE
# Files a minute that one source may send before it says who it is.
UNKNOWN_A_MINUTE = 300


class Room:
    """So many bytes may lie here at once, in this process; a part of it per source."""

    def __init__(self, most: int, each: int) -> None:
        self.most, self.each = most, each
        self.held: Counter[str] = Counter()
        self._turn = threading.Lock()

    def take(self, source: str, count: int) -> None:
        """Raises NotAllowed where there is no room left."""
        with self._turn:
            all_of_it = self.held.total() + count > self.most
            if all_of_it or self.held[source] + count > self.each:
                said = "Too much is being sent. Send the token before the file."
                raise NotAllowed(429, "too_many_calls", said, wait=5)
            self.held[source] += count

    def give(self, source: str, count: int) -> None:
        with self._turn:
            self.held[source] -= count
            self.held += Counter()


UNKNOWN = Room(most=5 * MOST + AROUND, each=2 * MOST + AROUND)


def let_in(request: HttpRequest, token: str, scope: str = "") -> Caller:
    """Let in whoever shows this token. Raises NotAllowed as the vendor's codes are.

    One that is over is told from one that never was.
    """
    try:
        return enter_by_token(request, token.strip(), scope)
    except NotAllowed as refused:
        if refused.status != 401:
            raise
        known = ApiToken.objects.filter(digest=token_digest(token.strip()))
        if token and known.exists():
            raise NotAllowed(401, "unauthorized", wire.TOKEN_OVER) from None
        raise NotAllowed(460, "unauthorized", wire.TOKEN_ISSUE) from None


@dataclass(frozen=True)
class Sent:
    """A job as it came in, from whom, and its file."""

    caller: Caller
    fields: QueryDict
    file: ReceivedFile

    def text(self, name: str) -> str:
        return str(self.fields.get(name) or "")


@contextmanager
def received(request: HttpRequest) -> Iterator[Sent]:
    """Lend what a request brings; the file is gone when the block ends.

    Raises NotAllowed. Who sends a token in the header, or before the file, is let in
    before a byte of the file is taken.
    """
    if request.content_type != "multipart/form-data":
        raise NotAllowed(400, "no_file", wire.NO_FILE)
    check_length(request)
    taker = Taker(request)
    try:
        try:
            sent = taker.sent()
        except NotAllowed:
            taker.close()
            # Who still sends would not hear the answer.
            discard(request, MOST + AROUND)
            raise
        yield sent
    finally:
        taker.close()


def check_length(request: HttpRequest) -> None:
    """Refuse by what a request says of itself, before any of it is read."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if not said.isdigit():
        raise wrong("Content-Length is missing")
    if int(said) > MOST + AROUND:
        raise too_large()


def wrong(what: str) -> NotAllowed:
    return NotAllowed(400, "bad_request", f"Invalid parameters: {what}.")


def too_large() -> NotAllowed:
    said = f"The file is larger than {wire.MAX_MEGABYTES} MB."
    return NotAllowed(400, "too_many_bytes", said)


class Taker(FileUploadHandler):
    """Takes the first part named `file`, and looks who sends it as soon as it can."""

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.asked = request
        self.caller: Caller | None = None
        self.taken: ReceivedFile | None = None
        self.whole = False
        self.digest = Digest()
        self.source, self.held = source_of(request), 0

    def sent(self) -> Sent:
        """Take the request in, and say whose it is. Raises NotAllowed."""
        if token := self.asked.headers.get(wire.TOKEN, ""):
            self.caller = let_in(self.asked, token)
        fields = self.fields()
        if self.taken is None or not self.whole:
            raise NotAllowed(400, "no_file", wire.NO_FILE)
        caller = self.caller or let_in(self.asked, str(fields.get("token") or ""))
        return Sent(caller, fields, self.taken)

    def fields(self) -> QueryDict:
        """Read the body; return the other fields. Raises NotAllowed."""
        encoding = self.asked.encoding or "utf-8"
        try:
            self.parser = MultiPartParser(self.asked.META, self.asked, [self], encoding)
            return self.parser.parse()[0]
        except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
            raise wrong("the form cannot be read") from None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kw: Any) -> None:
        super().new_file(field_name, file_name, *args, **kw)
        if field_name != "file" or self.taken is not None:
            raise SkipFile
        self.caller = self.caller or self.meet()
        release_connections()
        self.taken = ReceivedFile("file", "", 0, None)
        self.taken.name = clean_name(file_name)

    def meet(self) -> Caller | None:
        """Let the sender in if the token came before the file."""
        before = getattr(self.parser, "_post", {})
        if token := before.get("token"):
            return let_in(self.asked, str(token))
        limit(f"retouch4me:{self.source}", UNKNOWN_A_MINUTE)
        return None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.taken is not None  # noqa: S101  # nosec B101
        if start + len(raw_data) > MOST:
            raise too_large()
        if self.caller is None:
            UNKNOWN.take(self.source, len(raw_data))
            self.held += len(raw_data)
        self.digest.update(raw_data)
        self.taken.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        # A part that is skipped is completed, too.
        if self.taken is not None and not self.whole:
            self.taken.flush()
            self.taken.digest = self.digest.hexdigest()
            self.whole = True

    def close(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self.taken is not None:
            self.taken.close()
        UNKNOWN.give(self.source, self.held)
        self.held = 0
