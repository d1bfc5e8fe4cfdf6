"""Who calls, in which teams, with which tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import NotAllowed, Token
from imaging.api.native import Call
from imaging.api.paging import Moment, Paging, page
from imaging.models import ApiToken, Membership, Refusal, Scope
from imaging.models.tokens import MOST

router = Router(tags=["People and tokens"])


class TeamOut(Schema):
    id: UUID
    name: str
    personal: bool
    role: str = Field(description="Yours: owner, editor, contributor or viewer.")
    bytes_used: int
    max_bytes: int
    retention_days: int | None


class TeamList(Schema):
    items: list[TeamOut]


class TokenOut(Schema):
    id: UUID
    name: str
    last_four: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    revoked: datetime | None


class TokenPage(Schema):
    items: list[TokenOut]
    next: str | None


class TokenMade(TokenOut):
    """A token, and its key pair for signed calls. None of them is shown again."""

    token: str
    access_key: str
    secret_key: str


class TokenIn(Schema):
    """No more than the calling token may do, and no longer than it lasts."""

    name: str = Field(min_length=1, max_length=150)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires: Moment | None = Field(None, description="Else as long as the caller's.")


class Me(Schema):
    id: UUID
    email: str
    name: str
    token: TokenOut
    teams: list[TeamOut]


def teams_of(request: Call) -> list[dict[str, Any]]:
    teams = request.user.own_teams()
    mine = Membership.objects.filter(user=request.user)
    roles = dict(mine.values_list("team", "role"))
    plain = TeamOut.model_fields.keys() - {"role"}
    return [
        {name: getattr(one, name) for name in plain} | {"role": roles[one.pk]}
        for one in teams
    ]


@router.get("/me", auth=Token(""), response=Me, summary="See who calls")
def get_me(request: Call) -> Any:
    user, token = request.user, request.auth.token
    known = {"id": user.pk, "email": user.email, "name": user.name, "token": token}
    return known | {"teams": teams_of(request)}


@router.get("/teams", response=TeamList, summary="List your teams")
def list_teams(request: Call) -> Any:
    """The first is the one that new things go to, where no other is named."""
    return {"items": teams_of(request)}


@router.get(
    "/tokens",
    auth=Token(Scope.MANAGE),
    response=TokenPage,
    summary="List your tokens",
)
def list_tokens(request: Call, asked: Query[Paging]) -> Any:
    rows, following = page(ApiToken.objects.filter(user=request.user), asked)
    return {"items": rows, "next": following}


@router.post(
    "/tokens",
    auth=Token(Scope.MANAGE),
    response={201: TokenMade},
    summary="Make a token",
)
def make_token(request: Call, said: TokenIn) -> Any:
    """This answer alone shows it and its key pair."""
    caller = request.auth.token
    if wider := set(said.scopes) - set(caller.scopes):
        told = f"This token has no scope {', '.join(sorted(wider))} to give."
        raise NotAllowed(403, "forbidden", told)
    if request.user.api_tokens.live().count() >= MOST:
        raise Refusal(f"You have {MOST} tokens. Revoke one that is not used any more.")
    with transaction.atomic():
        row, token = ApiToken.objects.issue(
            request.user, said.name, said.scopes, expires=end_of(said, caller)
        )
        request.auth.note("token_made", row)
    made = {
        name: getattr(row, name) for name in TokenMade.model_fields if name != "token"
    }
    return Status(201, made | {"token": token})


def end_of(said: TokenIn, caller: ApiToken) -> datetime | None:
    """Return when a new token ends. Raises NotAllowed past the end of the caller's."""
    if said.expires is None:
        return caller.expires
    if said.expires <= timezone.now():
        raise Refusal("`expires` is over already.")
    if caller.expires and said.expires > caller.expires:
        raise NotAllowed(403, "forbidden", "It would outlive the token that makes it.")
    return said.expires


@router.delete(
    "/tokens/{uuid:token}",
    auth=Token(Scope.MANAGE),
    response={204: None},
    summary="Revoke a token",
)
def revoke_token(request: Call, token: UUID) -> Any:
    """It opens nothing any more from now on; the calling one may be revoked, too."""
    row = get_object_or_404(ApiToken, pk=token, user=request.user)
    with transaction.atomic():
        if row.revoke():
            request.auth.note("token_revoked", row)
    return HttpResponse(status=204)
