"""The API of our own: who may call what, and every error as problem details (RFC 9457).

Each room of it is a router, in a module of its own.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation, PathView
from ninja.parser import Parser

from imaging import pictures
from imaging.api.callers import Caller, NotAllowed, Token
from imaging.api.docs import Docs
from imaging.api.document import Document
from imaging.models import Refusal, Scope, User
from imaging.outage import outage_of

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
Row = TypeVar("Row", bound=Model)

DESCRIPTION = """\
Upload pictures, have them processed, show them, deliver them.

**Who calls.** Every call bears `Authorization: Bearer TOKEN`. A token acts as its
person in all the teams of that person, as far as its scopes go. New things go to the
`team` that is named, else to the person's own first team.

**Errors** are problem details (RFC 9457): `code` is for programs, `detail` for people.
What belongs to others is as absent as what never was: 404.

**Lists** come a page at a time, the newest first. Where there is more, `next` is the
`cursor` of the next page.

**Once.** A call that makes something takes an `Idempotency-Key`: sent again within a
day, with the same key and content, it makes nothing more and answers with what it made.

**Work** is answered at once with 202 and three addresses: `status_url` to look how it
is going, `result_url` for what came of it, `cancel_url` to stop it.
"""


class Call(HttpRequest):
    """A request that was let in: `auth` says who calls, and with which token."""

    auth: Caller
    user: User


class Unreadable(ValueError):
    """Text that no database takes, or JSON that is none."""


class Strict(Parser):
    """Reads JSON as its standard says, and no text with a NUL or half a character."""

    def parse_body(self, request: HttpRequest) -> Any:
        said = json.loads(request.body, parse_constant=_no_number)
        for text in texts(said):
            check_text(text)
        return said

    def parse_querydict(self, data: Any, *args: Any) -> Any:
        for name, values in data.lists():
            for value in (name, *values):
                if isinstance(value, str):
                    check_text(value)
        return super().parse_querydict(data, *args)


def _no_number(name: str) -> None:
    raise Unreadable(f"{name} is no JSON.")


def texts(said: Any) -> Iterator[str]:
    """Yield every text in what was read from JSON, however deep."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def check_text(text: str) -> None:
    """Raise Unreadable for a NUL, or for half of a character."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Unreadable("There is a character in it that no text may contain.")


class Api(NinjaAPI):
    """Our API, with its document, and with each of its answers as promised."""

    _documents: dict[str, OpenAPISchema]

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self._documents = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: Any = None
    ) -> OpenAPISchema:
        if path_prefix is None:
            path_prefix = self.get_root_path(path_params or {})
        # Strangers may read it, and to write it takes a tenth of a second.
        if path_prefix not in self._documents:
            self._documents[path_prefix] = Document(self, path_prefix)
        return self._documents[path_prefix]

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def _get_urls(self) -> list[Any]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = spoken(pattern.callback)
        return patterns


def spoken(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let what is answered beside the operations be problem details, too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            said = view(request, *args, **named)
        except Http404 as error:
            return absent(request, error)
        if said.status_code != 405:
            return said
        told = problem(405, "method_not_allowed", "Method not allowed.")
        told["Allow"] = ", ".join(sorted(said["Allow"].split(", ")))
        return told

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    answer.views = operations_of(view)  # type: ignore[attr-defined]
    return answer


def operations_of(view: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """Return the operations of an address by method; none of what is no operation."""
    held = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    paths = [one for one in held if isinstance(one, PathView)]
    found = [one for path in paths for one in path.operations]
    return {method: one.view_func for one in found for method in one.methods}


api = Api(
    title="Darkroom",
    version="1",
    # Unless an operation asks for more.
    auth=Token(Scope.READ),
    description=DESCRIPTION,
    openapi_url="/openapi.json",
    docs_url="/docs",
    docs=Docs(),
    urls_namespace="api",
    parser=Strict(),
)


def own(visible: QuerySet[Row], changeable: QuerySet[Row], pk: UUID) -> Row:
    """Return a row that its caller may change.

    Raises Http404 for what they may not even see, NotAllowed for what they only may.
    """
    if found := changeable.filter(pk=pk).first():
        return found
    if visible.filter(pk=pk).exists():
        raise NotAllowed(403, "forbidden", "Your role in its team may only look at it.")
    raise Http404


def problem(
    status: int, code: str, detail: str, *, wait: int = 0, **more: Any
) -> HttpResponse:
    """Say what is wrong, for programs (`code`) and for people (`detail`)."""
    said = {"type": "about:blank", "status": status, "code": code, "detail": detail}
    answer = JsonResponse({**said, **more}, status=status, content_type=PROBLEM)
    if wait:
        answer["Retry-After"] = str(wait)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(NotAllowed)
def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return problem(error.status, error.code, error.message, wait=error.wait)


@api.exception_handler(pictures.Refused)
def refused(request: HttpRequest, error: pictures.Refused) -> HttpResponse:
    known: dict[str, Any] = {"limit": error.limit, "measured": error.measured}
    told = {name: said for name, said in known.items() if said is not None}
    return problem(error.status, error.code, error.message, **told)


@api.exception_handler(Refusal)
def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return problem(422, "refused", error.message)


@api.exception_handler(Http404)
def absent(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    return problem(404, "not_found", "There is nothing here, or nothing of yours.")


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Answer for every address under ours that is none."""
    return absent(request)


@api.exception_handler(HttpError)
def wrong(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    said = str(cause) if isinstance(cause, Unreadable) else str(error)
    if isinstance(cause, RequestDataTooBig):
        return too_big(request, cause)
    return problem(error.status_code, "bad_request", said)


@api.exception_handler(Unreadable)
def unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:
    return problem(400, "bad_request", str(error))


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_many_bytes", "The body of this request is too large.")


@api.exception_handler(BadRequest)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def malformed(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "bad_request", "The body of this request cannot be read.")


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        {"where": ".".join(map(str, one["loc"])), "what": one["msg"]}
        for one in error.errors
    ]
    said = "; ".join(f"{one['where']}: {one['what']}" for one in found)
    return problem(422, "invalid", said or "Invalid.", errors=found)


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if outage := outage_of(error):
        log.warning("%s %s: %s: %s", request.method, request.path, outage.code, error)
        return problem(outage.status, outage.code, outage.sentence, wait=outage.wait)
    log.exception("%s %s failed", request.method, request.path)
    return problem(500, "internal", "Something went wrong here. It has been noted.")
