"""What every request passes: the client's true address, privacy of pages, its team."""

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from imaging.models import Team

Handler = Callable[[HttpRequest], HttpResponse]


def is_trusted(address: str) -> bool:
    """Say whether this peer is one of the operator's own proxies."""
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in settings.TRUSTED_PROXIES)


def client_address(peer: str, forwarded: str) -> str:
    """Return the last address in the chain that is not one of our proxies."""
    for hop in [peer, *reversed(forwarded.split(","))]:
        peer = hop.strip() or peer
        if not is_trusted(peer):
            break
    return peer


class TrustedProxyMiddleware:
    """Believe X-Forwarded-* only from TRUSTED_PROXIES, and drop it otherwise."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        forwarded = meta.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = meta.pop("HTTP_X_FORWARDED_PROTO", "")
        host = meta.pop("HTTP_X_FORWARDED_HOST", "")
        if is_trusted(meta.get("REMOTE_ADDR", "")):
            meta["REMOTE_ADDR"] = client_address(meta["REMOTE_ADDR"], forwarded)
            if scheme in {"http", "https"}:
                meta["wsgi.url_scheme"] = scheme
            if host:
                meta["HTTP_HOST"] = host.split(",")[0].strip()
        return self.get_response(request)


class PrivatePagesMiddleware:
    """Keep what a signed-in person sees out of every cache, unless a view chose."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response


def teams(request: HttpRequest) -> dict[str, object]:
    """Give templates the person's teams and the one in use (asked for only once)."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"team": current_team(request), "teams": request.user.own_teams()}


def current_team(request: HttpRequest) -> "Team":
    """Return the team in use: the one chosen in this session, else the first own."""
    if not hasattr(request, "_team"):
        chosen = request.session.get("team")
        own = request.user.own_teams()  # type: ignore[union-attr]
        request._team = next(  # type: ignore[attr-defined]
            (team for team in own if str(team.pk) == chosen), own[0]
        )
    return request._team  # type: ignore[attr-defined]
