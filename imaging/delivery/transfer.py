"""Stored bytes over HTTP: headers, names, conditions, ranges."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

from imaging.delivery.handover import Body, connection_of, open_part

RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,99})\s*-\s*([0-9]{0,99})\s*", re.I)
NOT_PLAIN = re.compile(r"""[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]""")
SEPARATORS = str.maketrans("/\\", "__")


@dataclass(frozen=True)
class Stored:
    """Bytes in the storage, and what a client is told about them.

    `tag` changes with the bytes; `modified` may be left out, `cache` is how they may
    be kept.
    """

    key: str
    size: int
    content_type: str
    name: str
    tag: str
    modified: datetime | None
    cache: str
    # Whether parts of it are sent, too: then a part of it is not counted.
    parts: bool = True

    @property
    def etag(self) -> str:
        return f'"{self.tag}"'

    @property
    def seconds(self) -> int | None:
        """Return when the bytes came to be, as HTTP tells time: in whole seconds."""
        return int(self.modified.timestamp()) if self.modified else None


def send(
    request: HttpRequest,
    stored: Stored,
    disposition: str,
    taken: Callable[[], None] | None = None,
    ended: Callable[[int], None] | None = None,
) -> HttpResponseBase:
    """Answer a GET or HEAD with stored bytes; call `taken` once all of them are taken.

    `ended` is called after an answer that streams, whether or not it was taken, with
    how many bytes were handed over. Raises Http404 when the bytes are not there.
    """
    answer = HttpResponse(headers=headers_of(stored, disposition))
    checked = get_conditional_response(request, stored.etag, stored.seconds, answer)
    if checked is not None and checked is not answer:
        return checked
    if settings.ACCEL_PREFIX and taken is None and ended is None:
        # Nobody counts it: the server in front may send it, whole or in parts.
        answer["X-Accel-Redirect"] = settings.ACCEL_PREFIX + quote(stored.key)
        return answer
    asked = asked_part(request, stored)
    part = range(stored.size) if asked is None else asked
    if not part:
        none = {"Content-Range": f"bytes */{stored.size}"}
        return HttpResponse(status=416, headers=none)
    answer["Content-Length"] = str(len(part))
    if asked is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{stored.size}"
    if request.method == "HEAD":
        return answer
    whole = len(part) == stored.size
    source = open_part(stored.key, part)
    done = taken if whole else None
    body = Body(source, part, connection_of(request), done, ended)
    return StreamingHttpResponse(
        body, status=answer.status_code, headers=answer.headers
    )


def headers_of(stored: Stored, disposition: str) -> dict[str, str]:
    """Return the headers that every answer about these bytes bears."""
    headers = {
        "Content-Type": stored.content_type,
        "Content-Disposition": with_name(disposition, stored.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": stored.cache,
        "Accept-Ranges": "bytes" if stored.parts else "none",
        "ETag": stored.etag,
    }
    if stored.seconds is not None:
        headers["Last-Modified"] = http_date(stored.seconds)
    return headers


def with_name(disposition: str, name: str) -> str:
    """Return a Content-Disposition with a file name, as RFC 6266 and 8187 write it.

    Clients that do not know the second form get the first, in plain ASCII.
    """
    name = "".join(c for c in name if c.isprintable()).translate(SEPARATORS)
    plain = NOT_PLAIN.sub("_", name)
    header = f'{disposition}; filename="{plain}"'
    if plain != name:
        header += f"; filename*=UTF-8''{quote(name, safe='')}"
    return header


def asked_part(request: HttpRequest, stored: Stored) -> range | None:
    """Return which bytes are asked for; None means all, as if none had been named.

    Empty when there are none there. Several parts at once are answered with all, and
    so is a part of something that has changed since (If-Range).
    """
    match = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or not match or not stored.parts:
        return None
    if not is_current(request, stored):
        return None
    first, last = match.groups()
    if not first:
        return range(max(stored.size - int(last), 0), stored.size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last or stored.size) + 1, stored.size))


def is_current(request: HttpRequest, stored: Stored) -> bool:
    """Say whether the client's earlier part, if it names one, is of these bytes."""
    condition = request.headers.get("If-Range")
    if condition is None or condition == stored.etag:
        return True
    date = parse_http_date_safe(condition)
    return date is not None and date == stored.seconds
