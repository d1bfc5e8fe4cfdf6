"""How Haut.AI's API lets callers in, reads bodies, pages lists and says errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError

from imaging.api.callers import Caller, NotAllowed, enter_by_token
from imaging.api.serving import Server
from imaging.models.records import VendorRecordQuerySet
from imaging.providers.haut import wire

DOOR = "haut"
MOST_ROWS = 1_000
# Our codes, in the vendor's words: its type, its code.
CLIENT, VALIDATION = "client_error", "validation_error"
WORDS = {
    "unauthorized": (CLIENT, "authentication_failed"),
    "not_authenticated": (CLIENT, "not_authenticated"),
    "forbidden": (CLIENT, "permission_denied"),
    "not_found": (CLIENT, "not_found"),
    "parse_error": (CLIENT, "parse_error"),
    "method_not_allowed": (CLIENT, "method_not_allowed"),
    "unsupported_media_type": (CLIENT, "unsupported_media_type"),
    "too_many_calls": (CLIENT, "throttled"),
    "loop": ("server_error", "error"),
    "internal": ("server_error", "error"),
}


class Invalid(NotAllowed):
    """A value that is not taken; `code` is the vendor's, `attr` names the field."""

    def __init__(
        self, code: str, message: str, attr: str | None = None, extra: Any = None
    ) -> None:
        super().__init__(400, code, message)
        self.attr, self.extra = attr, extra


def refuse(refused: NotAllowed) -> HttpResponse:
    """Say an error as the vendor does."""
    kind, code = WORDS.get(refused.code, (VALIDATION, "invalid"))
    error: dict[str, Any] = {"code": code, "detail": refused.message, "attr": None}
    if isinstance(refused, Invalid):
        kind, error["code"], error["attr"] = VALIDATION, refused.code, refused.attr
        if refused.extra is not None:
            error["extra"] = refused.extra
    if refused.status == 404:
        error["detail"] = "Not found."
    answer = JsonResponse({"type": kind, "errors": [error]}, status=refused.status)
    if refused.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def enter(request: HttpRequest, scope: str) -> Caller:
    """Let in who bears a token, in the one header that the vendor reads."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        said = "Authentication credentials were not provided."
        raise NotAllowed(401, "not_authenticated", said)
    return enter_by_token(request, token.strip(), scope)


server = Server(DOOR, enter, refuse)


def absent(request: HttpRequest, **path: str) -> HttpResponse:
    """Answer what lies below the vendor's addresses, and is none of them."""
    return refuse(NotAllowed(404, "not_found", "Not found."))


def read_body(request: HttpRequest) -> dict[str, Any]:
    """Return the object that was sent; an empty one where nothing was."""
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise NotAllowed(413, "parse_error", "The body is too large.") from error
    except UnreadablePostError as error:
        raise NotAllowed(400, "parse_error", "The body did not arrive.") from error
    if not body.strip():
        return {}
    kind = request.content_type or ""
    if kind != "application/json":
        said = f'Unsupported media type "{kind[:80]}" in request.'
        raise NotAllowed(415, "unsupported_media_type", said)
    try:
        said = json.loads(body)
        # What no database keeps: no numbers, halves of characters, the nought.
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise NotAllowed(400, "parse_error", "JSON parse error.") from error
    if "\\u0000" in text:
        raise Invalid("invalid", "Null characters are not allowed.")
    if not isinstance(said, dict):
        raise Invalid("invalid", "Invalid data. Expected a dictionary.")
    return said


def searched(request: HttpRequest, rows: VendorRecordQuerySet) -> VendorRecordQuerySet:
    """Return the rows whose names hold what is asked for."""
    asked = request.GET.get("q", "")
    if "\0" in asked:
        # No name does, and PostgreSQL takes no such text.
        return rows.none()
    return rows.filter(data__name__icontains=asked) if asked else rows


def listed(
    request: HttpRequest,
    rows: QuerySet[Any],
    dump: Callable[[Sequence[Any]], Iterable[dict[str, Any]]],
    order: Sequence[str] = ("number",),
) -> JsonResponse:
    """Answer with one page of a list."""
    size = read_number(request.GET.get("page_size", ""), wire.PAGE_SIZE)
    size = min(size or wire.PAGE_SIZE, MOST_ROWS)
    page = read_number(request.GET.get("page", "1"), 0)
    count = rows.count()
    if page < 1 or (page - 1) * size >= max(count, 1):
        raise NotAllowed(404, "not_found", "Invalid page.")
    begin = (page - 1) * size
    shown = list(rows.order_by(*order)[begin : begin + size])
    return JsonResponse(
        {
            "count": count,
            "next": page_at(request, page + 1) if begin + size < count else None,
            "previous": page_at(request, page - 1) if page > 1 else None,
            "results": list(dump(shown)),
        }
    )


def page_at(request: HttpRequest, page: int) -> str:
    query = urlencode({**request.GET.dict(), "page": page})
    return request.build_absolute_uri(f"{request.path}?{query}")


def read_number(text: str, otherwise: int) -> int:
    """Read a number in an address; whatever is none counts as not said."""
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
    )
