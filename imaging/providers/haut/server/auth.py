"""Logging in with a password, renewing that, and private tokens.

Both kinds are tokens of Darkroom: a login's lives for an hour, a private one as long
as it is told to. Neither can do more than what it was made with; only a login, which
took a password, makes what outlives itself.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.debug import sensitive_variables

from imaging.api.callers import Caller, NotAllowed, limit
from imaging.models import ApiToken, Scope, User, VendorRecord
from imaging.models.tokens import MOST
from imaging.providers.haut import wire
from imaging.providers.haut.server.door import (
    DOOR,
    Invalid,
    listed,
    read_body,
    searched,
    server,
)
from imaging.providers.haut.server.fields import read_moment, read_text
from imaging.providers.haut.server.records import make, number_of

LOGIN, KIND = "Haut.AI login", "login"
RENEWALS = 30
LIVES, RENEWABLE = timedelta(hours=1), timedelta(days=1)
SALT = "imaging.providers.haut.refresh"
WAIT = 60
UNABLE = "Unable to log in with provided credentials."
MFA = "A second factor is on for this user: use a private token."


@server.open_operation
@sensitive_variables()
def login(request: HttpRequest) -> JsonResponse:
    body = read_body(request)
    email = read_text(body, "username")
    # Read as it is: blanks at its ends are a part of it.
    password = body.get("password")
    if not isinstance(password, str) or not password:
        read_text(body, "password")
        raise Invalid("invalid", "Not a valid string.", "password")
    user = let_in(request, email, password)
    return JsonResponse(dump_login(user))


@sensitive_variables()
def let_in(request: HttpRequest, email: str, password: str) -> User:
    """Check a password as the site does, no more often. Raises NotAllowed."""
    if not ratelimit.consume(request, action="login"):
        raise too_many()
    try:
        user = get_adapter(request).authenticate(
            request, email=email, password=password
        )
    except ValidationError as error:
        raise too_many() from error
    if user is None or not user.is_active:
        raise NotAllowed(401, "unauthorized", UNABLE)
    if is_mfa_enabled(user):
        raise Invalid("invalid", MFA)
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and is_unproven(user):
        raise NotAllowed(403, "forbidden", "The e-mail address is not verified.")
    return user


def too_many() -> NotAllowed:
    said = f"Request was throttled. Expected available in {WAIT} seconds."
    return NotAllowed(429, "too_many_calls", said, wait=WAIT)


def is_unproven(user: User) -> bool:
    """Say whether nobody has confirmed this address, nor vouched for it."""
    rows = EmailAddress.objects.filter(user=user)
    return rows.exists() and not rows.filter(verified=True).exists()


def dump_login(user: User) -> dict[str, Any]:
    return {
        "id": number_of(user),
        "email": user.email,
        "username": user.email,
        "company_id": str(user.own_teams()[0].pk),
        **dump_tokens(user),
        "is_verified": not is_unproven(user),
        "profile": dump_profile(user),
    }


def dump_profile(user: User) -> dict[str, Any]:
    return {
        "metadata": None,
        "full_name": user.get_short_name(),
        "kyc_enabled": False,
        "terms_payment_accepted_at": None,
        "terms_and_policy_accepted_at": None,
        "feature_flags": {},
    }


def dump_tokens(user: User) -> dict[str, str]:
    """Issue an access token, and what renews it; what none renews is forgotten."""
    now = timezone.now()
    # One that a person has named so, and that lasts, is none of these.
    over = ApiToken.objects.filter(user=user, name=LOGIN, revoked=None)
    over.filter(created__lte=now - RENEWABLE, expires__lte=now).delete()
    row, token = ApiToken.objects.issue(user, LOGIN, expires=now + LIVES)
    kept = make(user.own_teams()[0], KIND, row.pk)
    VendorRecord.objects.filter(pk=kept.pk).update(expires=now + RENEWABLE)
    refresh = signing.dumps([str(user.pk), bond(user), str(row.pk)], salt=SALT)
    return {"token_access": token, "access_token": token, "refresh_token": refresh}


def is_login(token: ApiToken) -> bool:
    """Say whether a token was made by logging in; its name alone proves nothing."""
    return VendorRecord.objects.of(DOOR, KIND).filter(key=str(token.pk)).exists()


def bond(user: User) -> str:
    """Return what changes with the password and sign-outs, and tells neither."""
    return salted_hmac(SALT, user.bond, algorithm="sha256").hexdigest()


@server.open_operation
def refresh(request: HttpRequest) -> JsonResponse:
    token = read_text(read_body(request), "refresh_token", most=1_000)
    try:
        pk, bound, row = signing.loads(token, salt=SALT, max_age=RENEWABLE)
    except signing.BadSignature as error:
        raise void() from error
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not constant_time_compare(bound, bond(user)):
        raise void()
    # What was revoked is not renewed either.
    if not ApiToken.objects.filter(pk=row, revoked=None).exists():
        raise void()
    limit(f"haut-refresh:{user.pk}", RENEWALS)
    if is_mfa_enabled(user):
        raise Invalid("invalid", MFA)
    return JsonResponse(dump_tokens(user))


def void() -> NotAllowed:
    return NotAllowed(401, "unauthorized", "Token is invalid or expired.")


@server.operation(Scope.READ)
def profile(request: HttpRequest, caller: Caller) -> JsonResponse:
    user = caller.user
    said = {
        "id": number_of(user),
        "email": user.email,
        "username": user.email,
        "company_id": str(user.own_teams()[0].pk),
        "profile": dump_profile(user),
    }
    return JsonResponse({"user": said})


@server.operation(Scope.MANAGE)
def create_private_token(request: HttpRequest, caller: Caller) -> JsonResponse:
    body = read_body(request)
    name = read_text(body, "name", most=150)
    until = read_moment(body, "expiration_time")
    if until <= timezone.now():
        raise Invalid("invalid", "This moment has passed.", "expiration_time")
    # A token is never the way to one that can do more, or for longer.
    ends = caller.token.expires
    if ends and until > ends and not is_login(caller.token):
        said = "This token ends before that moment."
        raise Invalid("invalid", said, "expiration_time")
    if caller.user.api_tokens.live().exclude(name=LOGIN).count() >= MOST:
        raise Invalid("invalid", f"There are {MOST} tokens: delete one first.")
    with transaction.atomic():
        row, token = ApiToken.objects.issue(
            caller.user, name, scopes=caller.token.scopes, expires=until
        )
        owner = str(caller.user.pk)
        kept = make(caller.user.own_teams()[0], "token", row.pk, owner=owner, name=name)
        VendorRecord.objects.filter(pk=kept.pk).update(expires=until)
        caller.note("token_made", row)
    return JsonResponse(dump_private_token(kept, row) | {"data": token}, status=201)


def dump_private_token(kept: VendorRecord, row: ApiToken) -> dict[str, Any]:
    until = wire.dump_time(row.expires) if row.expires else None
    return {"id": kept.number, "name": row.name, "expiration_time": until}


@server.operation(Scope.MANAGE)
def list_private_tokens(request: HttpRequest, caller: Caller) -> JsonResponse:
    rows = VendorRecord.objects.of(DOOR, "token").filter(
        data__owner=str(caller.user.pk)
    )
    live = ApiToken.objects.live().filter(user=caller.user)
    tokens = {str(one.pk): one for one in live}
    rows = searched(request, rows.filter(key__in=tokens))
    return listed(
        request,
        rows,
        lambda shown: [dump_private_token(one, tokens[one.key]) for one in shown],
    )


@server.operation(Scope.MANAGE)
def delete_private_token(
    request: HttpRequest, caller: Caller, number: str
) -> HttpResponse:
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise NotAllowed(404, "not_found", "Not found.")
    rows = VendorRecord.objects.of(DOOR, "token").filter(
        number=int(number), data__owner=str(caller.user.pk)
    )
    kept = rows.first()
    if kept is None:
        raise NotAllowed(404, "not_found", "Not found.")
    live = ApiToken.objects.live().filter(user=caller.user)
    for token in live.filter(pk=uuid.UUID(kept.key)):
        if token.revoke():
            caller.note("token_revoked", token)
    kept.delete()
    return HttpResponse(status=204)
