"""The manners of this door: who is let in, and how a refusal is said."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from imaging.api.callers import Caller, NotAllowed, bearer, enter_by_token
from imaging.api.serving import Server

DOOR = "kokoon"
KEPT_DAYS = 14

TOO_LARGE = (413, "file too large")
FORMAT = (415, "unsupported format")
RESOLUTION = (422, "unsupported resolution")
# What Kokoon says where we have a code of our own.
SAID = {
    "unauthorized": (401, "Unauthorized"),
    "not_found": (404, "fail to get result."),
    "empty": (400, "file is required"),
    "too_many_bytes": TOO_LARGE,
    "unknown_format": FORMAT,
    "damaged": FORMAT,
    "too_complex": FORMAT,
    "too_slow": FORMAT,
    "too_small": RESOLUTION,
    "too_large_pixels": RESOLUTION,
}


def enter(request: HttpRequest, scope: str) -> Caller:
    """Let in whoever sends a token as it is, or after `Bearer `."""
    return enter_by_token(request, bearer(request), scope)


def refuse(refused: NotAllowed) -> JsonResponse:
    """Say no as Kokoon does: a message, and no code."""
    status, message = SAID.get(refused.code, (refused.status, refused.message))
    return JsonResponse({"message": message}, status=status)


def invalid(message: str) -> NotAllowed:
    """Return the refusal of what was not asked rightly, in a validator's words."""
    return NotAllowed(400, "invalid", message)


server = Server(DOOR, enter, refuse)


def no_route(request: HttpRequest) -> JsonResponse:
    """Answer what lies below Kokoon's addresses, and is none of them."""
    return refuse(NotAllowed(404, "no_route", "Not Found"))
