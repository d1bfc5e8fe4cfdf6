"""Who may enter: signed calls, how often, and how a refusal is said.

Pages "API Gateway overview" and "Media Intelligence overview".
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError

from imaging.api.callers import Caller, NotAllowed, enter, limit
from imaging.api.serving import Server
from imaging.models import ApiToken, Scope
from imaging.providers.naver import wire

# Of the gateway: what it says by our status, before the service sees a call.
GATEWAY = {
    401: ("200", "Authentication Failed", "Invalid authentication information."),
    403: ("230", "Forbidden", ""),
    405: ("300", "Not Found Exception", ""),
    413: ("430", "Request Entity Too Large", ""),
    429: ("420", "Rate Limited", ""),
    503: ("500", "Endpoint Error", ""),
}
NO_ROUTE = ("300", "Not Found Exception", "")
# Of the service.
SERVICE = {
    404: ("10404", "Not Found."),
    500: ("99999", "Internal Server Error."),
}
INVALID = ("10001", "Invalid Request.")
RATES = {
    "presign": wire.PRESIGN_CALLS,
    "complete": wire.COMPLETE_CALLS,
    "search": wire.SEARCH_CALLS,
}
STAMP = re.compile("[0-9]{1,15}")
Read = TypeVar("Read")


def enter_signed(request: HttpRequest, scope: str) -> Caller:
    """Let in whose signature is right and at most five minutes old or ahead.

    Nothing keeps a signature from being used again in that time: it has no nonce.
    """
    token = signer(request)
    return enter(request, token, scope, limited=False)


def signer(request: HttpRequest) -> ApiToken | None:
    """Return the token whose key pair has signed this request, if one has."""
    stamp = request.headers.get("x-ncp-apigw-timestamp", "")
    access = request.headers.get("x-ncp-iam-access-key", "")
    said = request.headers.get("x-ncp-apigw-signature-v2", "")
    if not STAMP.fullmatch(stamp) or not (access.isascii() and access.isalnum()):
        return None
    if abs(time.time() - int(stamp) / 1000) > wire.CLOCK_SECONDS:
        return None
    token = ApiToken.objects.by_access_key(access)
    if token is None:
        return None
    target = target_of(request)
    good = wire.sign(request.method or "", target, stamp, access, token.secret_key)
    return token if hmac.compare_digest(said.encode(), good.encode()) else None


def target_of(request: HttpRequest) -> str:
    """Return path and query as they stood on the request line, where that is known."""
    raw = request.META.get("RAW_URI", "")
    # A proxy may ask for the whole address; the signature does not cover its host.
    raw = re.sub(r"^https?://[^/?]*", "", raw)
    if not raw:
        return request.get_full_path()
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def count_call(caller: Caller, operation: str) -> None:
    """Count a call at the documented rate, or else at the general one."""
    key = f"naver:{operation}:{caller.token.pk}"
    calls, seconds = RATES.get(operation, (settings.CALLS_PER_MINUTE, 60))
    limit(key, calls, int(seconds))


def read_body(request: HttpRequest, read: Callable[[dict[str, Any]], Read]) -> Read:
    """Return what is read of the object in a request's body. Raises NotAllowed."""
    try:
        body = json.loads(request.body)
    except RequestDataTooBig:
        raise NotAllowed(413, "too_large", "The request is too large.") from None
    except (ValueError, RecursionError, UnreadablePostError):
        raise invalid("The body is no JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The body is no object.")
    try:
        return read(body)
    except ValueError as error:
        raise invalid(str(error)) from error


def read_number(
    request: HttpRequest, name: str, default: int | None, most: int = 10**9
) -> int:
    """Return a number from 1 in the query; without a default it has to be there."""
    said = request.GET.get(name, "" if default is None else str(default))
    if not re.fullmatch("[0-9]{1,10}", said) or not 1 <= int(said) <= most:
        raise invalid(f"{name} is no number from 1 to {most}.")
    return int(said)


def invalid(why: str) -> NotAllowed:
    return NotAllowed(400, "bad_request", why)


def success(result: dict[str, Any]) -> HttpResponse:
    return JsonResponse({"code": "0", "message": "success", "result": result})


def refuse(refused: NotAllowed) -> HttpResponse:
    """Say an error as gateway or service do, whichever would have found it."""
    status = refused.status
    gate = NO_ROUTE if refused.code == "no_route" else GATEWAY.get(status)
    if gate:
        names = ("errorCode", "message", "details")
        error = dict(zip(names, gate, strict=True))
        return JsonResponse({"error": error}, status=status)
    code, message = SERVICE.get(status, INVALID)
    status = status if status in SERVICE else 400
    body = {"code": code, "message": message, "result": None}
    return JsonResponse(body, status=status)


server = Server("naver", enter_signed, refuse)


@server.operation(Scope.READ)
def no_route(request: HttpRequest, caller: Caller) -> HttpResponse:
    raise NotAllowed(404, "no_route", "There is no such call.")
