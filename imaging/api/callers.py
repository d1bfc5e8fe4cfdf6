"""Who calls: a token or a key pair, whose it is, what it may do, and how often."""

from __future__ import annotations

import ipaddress
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from imaging.models import ApiToken, Calls, Team, User


class NotAllowed(Exception):  # noqa: N818 - it is an answer to a program, not a fault
    """A call that is refused: each door says it in its own words.

    `code` is ours: unauthorized, forbidden, not_found, bad_request, too_many_calls,
    loop, internal, or the code of a refused picture. `wait` are seconds.
    """

    def __init__(self, status: int, code: str, message: str, *, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.wait = wait


UNKNOWN = "The token is missing, unknown, revoked or expired."


@dataclass(frozen=True)
class Caller:
    """A program, and the person it acts for."""

    token: ApiToken

    @property
    def user(self) -> User:
        return self.token.user

    def need(self, scope: str) -> None:
        """Raise NotAllowed unless the token may do this."""
        if not self.token.may(scope):
            said = f"This token lacks the scope {scope}."
            raise NotAllowed(403, "forbidden", said)

    def note(self, action: str, row: ApiToken) -> None:
        """Write down what was done to a token, and by which."""
        row.note(action, by=str(self.token.pk))

    def team(self, named: str = "") -> Team:
        """Return the team that new things go to: the named one, else the first own.

        Raises NotAllowed for a team that its user is not in.
        """
        own = self.user.own_teams()
        if not named:
            return own[0]
        for team in own:
            if str(team.pk) == str(named).lower():
                return team
        raise NotAllowed(404, "not_found", "There is no such team.")

    def adding_team(self, named: str = "") -> Team:
        """Return the team for new pictures and work. Raises NotAllowed to a viewer."""
        team = self.team(named)
        if not team.takes_from(self.user):
            raise NotAllowed(403, "forbidden", "Viewers of a team cannot add to it.")
        return team


def bearer(request: HttpRequest) -> str:
    """Return the token in the Authorization header, with or without `Bearer `."""
    said = request.headers.get("Authorization", "").strip()
    kind, _space, token = said.partition(" ")
    return token.strip() if kind.lower() == "bearer" else said


def enter(
    request: HttpRequest,
    token: ApiToken | None,
    scope: str = "",
    *,
    limited: bool = True,
) -> Caller:
    """Let a program in, as its user. Raises NotAllowed.

    Must come before the body of the request is read: what strangers send is not kept.
    Unless `limited`, a door counts the calls itself.
    """
    if token is None:
        raise NotAllowed(401, "unauthorized", UNKNOWN)
    caller = Caller(token)
    request.user = token.user
    request.token = token  # type: ignore[attr-defined]
    if scope:
        caller.need(scope)
    if limited:
        limit(f"token:{token.pk}", settings.CALLS_PER_MINUTE)
    token.note_use()
    return caller


def enter_by_token(request: HttpRequest, token: str, scope: str = "") -> Caller:
    """Let in whoever shows this token. Raises NotAllowed."""
    return enter(request, ApiToken.objects.by_token(token) if token else None, scope)


def source_of(request: HttpRequest) -> str:
    """Return who calls where nobody says so: an address, of IPv6 its /64."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "unknown"
    bits = 64 if address.version == 6 else 32
    return str(ipaddress.ip_network((address, bits), strict=False).network_address)


def limit(key: str, calls: int, seconds: int = 60) -> None:
    """Count one call with this key. Raises NotAllowed when it is one too many."""
    if wait := Calls.objects.take(key, calls, seconds):
        said = f"More than {calls} calls in {seconds} seconds. Wait {wait} seconds."
        raise NotAllowed(429, "too_many_calls", said, wait=wait)


def read_uuid(text: object) -> uuid.UUID:
    """Read an id that a program sent; what is none is as absent as a foreign one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise NotAllowed(404, "not_found", "There is nothing of that id.") from None


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
