"""What is answered while a store is away, or full: a calm page, or problem details."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from imaging.outage import AWAY, Outage, outage_of, presence

log = logging.getLogger(__name__)


def answer(request: HttpRequest, outage: Outage = AWAY) -> HttpResponse:
    """Tell a person on a page, a program as problem details; neither asks a store."""
    status, code, sentence, wait = outage
    said: HttpResponse
    if "text/html" in request.headers.get("Accept", ""):
        said = HttpResponse(render_to_string(f"{status}.html"), status=status)
    else:
        told = {"type": "about:blank", "status": status, "code": code}
        told["detail"] = sentence
        said = JsonResponse(
            told, status=status, content_type="application/problem+json"
        )
    said["Retry-After"] = str(wait)
    said["Cache-Control"] = "no-store"
    # One line of ours says it; a traceback for each request would drown the log.
    said._has_been_logged = True  # type: ignore[attr-defined]
    return said


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed (`handler500`): an outage is no bug of ours."""
    error = sys.exception()
    if not (outage := outage_of(error)):
        return server_error(request)
    log.warning("%s %s: %s: %s", request.method, request.path, outage.code, error)
    return answer(request, outage)


class OutageMiddleware:
    """Answer at once while the database is away; files that are static go before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request) if presence.here else answer(request)
