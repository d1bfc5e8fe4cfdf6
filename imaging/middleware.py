"""What every request passes: the client's true address, privacy of pages, its team."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject

from imaging import live
from imaging.adapter import AccountAdapter, invited
from imaging.models import Team, User
from imaging.outage import presence
from imaging.reporting.logs import begin_request
from imaging.reporting.metrics import timed
from imaging.views.health import PROBES

Handler = Callable[[HttpRequest], HttpResponse]


class SignedInRequest(HttpRequest):
    """What a page that one signs in for is given."""

    user: User
    _team: Team


def clean_address(text: str) -> str:
    """Return an address in its one form, without port; "" for what is none.

    An IPv4 client of an IPv6 socket is that IPv4 client: else every one of them would
    share the limits of ::/64, and no proxy would be recognised.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_trusted(address: str) -> bool:
    """Say whether this peer is one of the operator's own proxies."""
    if not address:
        return False
    peer = ipaddress.ip_address(address)
    return any(peer in network for network in settings.TRUSTED_PROXIES)


def client_address(peer: str, forwarded: str) -> str:
    """Return the last address in the chain that is not one of our proxies.

    What is no address ends the chain: our proxies write addresses only.
    """
    hops = [clean_address(hop) for hop in forwarded.split(",")]
    while hops and hops[-1] and is_trusted(peer):
        peer = hops.pop()
    return peer


def first(header: str) -> str:
    """Return what the proxy that the client met has said."""
    return header.split(",")[0].strip()


class RequestMiddleware:
    """Give each request an id, that of a trusted proxy if it has one; answer probes.

    Probes are asked by machines that know no name of ours, over plain HTTP: they are
    answered to any, before anything else is looked at.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.pop("HTTP_X_REQUEST_ID", "")
        peer = clean_address(request.META.get("REMOTE_ADDR", ""))
        said = begin_request(given if is_trusted(peer) else "")
        answer = PROBES.get(request.path_info, self.get_response)
        response = timed(request, answer)
        response["X-Request-ID"] = said
        if request.method == "HEAD" and not response.streaming:
            response.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


class TrustedProxyMiddleware:
    """Believe X-Forwarded-* only from TRUSTED_PROXIES, and drop it otherwise."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        forwarded = meta.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = first(meta.pop("HTTP_X_FORWARDED_PROTO", "")).lower()
        host = first(meta.pop("HTTP_X_FORWARDED_HOST", ""))
        peer = clean_address(meta.get("REMOTE_ADDR", ""))
        request.is_direct = not (forwarded or scheme or host)  # type: ignore[attr-defined]
        meta["REMOTE_ADDR"] = peer
        if is_trusted(peer):
            meta["REMOTE_ADDR"] = client_address(peer, forwarded)
            if scheme in {"http", "https"}:
                meta["wsgi.url_scheme"] = scheme
            if host:
                meta["HTTP_HOST"] = host
        return self.get_response(request)


class WatchMiddleware:
    """Tell a page that watches that nothing is new, before anything else is done.

    A thousand pages that watch ask so five hundred times a second. What it cannot tell,
    the view does; or what stands in for it while the database is away.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asks = request.method == "GET" and "permit" in request.GET
        if asks and presence.here:
            with suppress(Resolver404, DatabaseError):
                match = request.resolver_match = resolve(request.path_info)
                if match.url_name == "batch_changes" and live.is_quiet(
                    request.GET["permit"], match.kwargs["pk"], request.GET.get("since")
                ):
                    headers = {"Cache-Control": "no-store, private"}
                    return HttpResponse(status=204, headers=headers)
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
    """Give templates the person's teams and the one in use, or how to get in."""
    user = getattr(request, "user", None)
    if user is None:
        return {}
    if not user.is_authenticated:
        return entrance(request)
    # Asked for where they are shown: what a page loads anew shows neither.
    team = SimpleLazyObject(partial(current_team, request))
    return {"team": team, "teams": SimpleLazyObject(user.own_teams)}


def entrance(request: HttpRequest) -> dict[str, object]:
    """Say whether this visitor may sign up, and on whose invitation."""
    return {
        "signup": settings.SIGNUP,
        "signup_open": AccountAdapter().is_open_for_signup(request),
        "invitation": invited(request),
        # Called by the one template that asks.
        "nobody_here": lambda: not User.objects.exists(),
    }


def current_team(request: HttpRequest) -> Team:
    """Return the team in use: the one chosen in this session, else the first own."""
    if not hasattr(request, "_team"):
        chosen = request.session.get("team")
        team = request.user.own_team(chosen)  # type: ignore[union-attr]
        request._team = team  # type: ignore[attr-defined]
    return request._team  # type: ignore[attr-defined]
