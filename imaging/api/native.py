"""The API of our own: who may call what, and every error as problem details (RFC 9457).

Each room of it is a router, in a module of its own.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from imaging import pictures
from imaging.api.callers import Caller, NotAllowed, enter_by_token
from imaging.models import Refusal

PROBLEM = "application/problem+json"

api = NinjaAPI(
    title="Darkroom",
    version="1",
    description=(
        "Upload pictures, have them processed, show them, deliver them. Every call "
        "bears `Authorization: Bearer TOKEN`; tokens are made on the settings page."
    ),
    openapi_url="/openapi.json",
    docs_url="/docs",
    urls_namespace="api",
)


class Token(HttpBearer):
    """A token with this scope; `request.auth` is then its Caller."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = str(scope)

    def __call__(self, request: HttpRequest) -> Caller:
        said = request.headers.get("Authorization", "")
        kind, _space, token = said.partition(" ")
        shown = token.strip() if kind.lower() == "bearer" else ""
        return self.authenticate(request, shown)

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        return enter_by_token(request, token, self.scope)


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
    return problem(error.status, error.code, error.message)


@api.exception_handler(Refusal)
def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return problem(422, "refused", error.message)


@api.exception_handler(Http404)
def absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "not_found", "There is nothing here, or nothing of yours.")


@api.exception_handler(HttpError)
def wrong(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "bad_request", str(error))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        {"where": ".".join(map(str, one["loc"])), "what": one["msg"]}
        for one in error.errors
    ]
    said = "; ".join(f"{one['where']}: {one['what']}" for one in found)
    return problem(422, "invalid", said or "Invalid.", errors=found)
