"""The audit log of every request: one row for each that has changed something."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from imaging.failures import printable
from imaging.language.readers import PROGRAMS
from imaging.models import AuditEvent
from imaging.models.acts import Act, act
from imaging.reporting.logs import request_id

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
# What a request writes for itself, whatever it does: that alone is no change.
OWN = {"django_session", "cache", "imaging_calls", "imaging_auditevent"}
WRITE = re.compile(
    r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)"?(.*)', re.DOTALL
)
USED = re.compile(r' SET "last_(?:used|login)" = ')
# The most ids of chosen things that one row bears; of the others their number.
MOST_IDS = 20
# The beginning of an address -> what the id in it names.
KINDS = {
    "images": "image",
    "trash": "image",
    "galleries": "gallery",
    "picks": "picklist",
    "links": "sharelink",
    "shares": "sharelink",
    "batches": "batch",
    "tasks": "task",
    "subjects": "subject",
    "recipes": "recipe",
    "webhooks": "webhook",
    "deliveries": "webhookdelivery",
    "upload/parts": "upload",
    "uploads": "upload",
    "team": "team",
    "team/switch": "team",
    "team/members": "membership",
    "team/invitations": "invitation",
    "settings/tokens": "apitoken",
    "tokens": "apitoken",
    "api/v1/companies": "team",
    "api/v3/companies": "team",
}
# Of what one request makes, the first of these is what it was about.
MADE = [
    "batch",
    "image",
    "gallery",
    "sharelink",
    "subject",
    "recipe",
    "webhook",
    "apitoken",
    "invitation",
    "membership",
    "budget",
    "provideraccount",
    "upload",
    "user",
    "team",
    "picklist",
    "guestupload",
]
# These routes write no row, and why.
QUIET = {
    "language": "kept in the browser alone",
    "upload_verdicts": "it only asks",
    "upload_known": "it only asks",
    "upload_part": "bytes of an upload: its beginning and its end are noted",
    "presigned_put": "bytes of an upload: its beginning and its end are noted",
    "presigned_part": "bytes of an upload: its beginning and its end are noted",
    "zip": "downloads have a list of their own",
    "share_zip": "downloads have a list of their own",
    "notices_set": "what one has read is nobody else's affair",
    "share": "a guest gives the password of a link",
    "similar": "a picture to look for, which nobody keeps",
    "kokoon:calc_credit": "it only asks",
    "kokoon:download_inc_count": "downloads have a list of their own",
    "naver:search": "it only asks; what it found is kept for a while to page through",
    "api:archives.download_images": "downloads have a list of their own",
    "api:operations.ask_verdicts": "it only asks",
    "api:openapi-json": "it only tells",
    "api:openapi-view": "it only tells",
    "retouch4me:balance": "it only asks",
    "retouch4me:old_balance": "it only asks",
    # What they do is told by signals (see entering); and what only asks again.
    "account_login": "signed in, or not",
    "account_confirm_login_code": "signed in, or not",
    "mfa_authenticate": "signed in, or not",
    "account_reauthenticate": "the same person, asked again",
    "mfa_reauthenticate": "the same person, asked again",
    "account_reset_password": "anybody may ask for a mail",  # nosec B105
}


def action_of(match: ResolverMatch, method: str) -> str:
    """Name what a request does: by its route, of programs by the operation."""
    view = getattr(match.func, "views", {}).get(method, match.func)
    if not view.__module__.startswith(PROGRAMS) or match.url_name in QUIET:
        return match.view_name
    parts = view.__module__.split(".")
    if parts[1] == "providers":
        return f"{parts[2]}:{view.__name__}"
    return f"api:{parts[-1]}.{view.__name__}"


class AuditMiddleware:
    """Note each request that changed something, unless its view has said more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with act(lambda: facts(request)) as now:
            if request.method in SAFE:
                return self.get_response(request)
            with watched() as written:
                answer = self.get_response(request)
            if written and answer.status_code < 400 and not now.noted:
                note(request, now)
        return answer

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, named: dict[str, Any]
    ) -> None:
        """Look whose it is before it may be gone."""
        match = request.resolver_match
        if request.method in SAFE or match is None:
            return
        if action_of(match, request.method or "") not in QUIET:
            request._audited = subject_of(match)  # type: ignore[attr-defined]


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect the tables that are written to, but those that are no change."""
    tables: set[str] = set()

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        found = WRITE.match(sql)
        if found and found[1] not in OWN and not USED.match(found[2]):
            tables.add(found[1])
        return done

    with connection.execute_wrapper(look):
        yield tables


def facts(request: HttpRequest) -> dict[str, Any]:
    """Return what is known of who asks: never what opens anything."""
    user = getattr(request, "operator", None) or getattr(request, "user", None)
    token = getattr(request, "token", None)
    link = getattr(request, "link", None)
    known: dict[str, Any] = {"address": request.META.get("REMOTE_ADDR", "")}
    if user is not None and user.is_authenticated:
        known["user"] = user
    elif link is not None:
        known |= {"team": link.team, "data": {"link": str(link.pk)}}
    if token is not None:
        known["token"] = token.name or str(token)
    return known


def note(request: HttpRequest, now: Act) -> None:
    """Add the row of a request that nobody has noted."""
    match = request.resolver_match
    if match is None:
        return
    action = action_of(match, request.method or "")
    if action in QUIET:
        return
    kind, pk, team = about(request, now)
    # Whoever signs in by a program is known by the token that they get.
    user = getattr(now.made.get("apitoken"), "user", None)
    user = now.facts().get("user") or user
    data = {"request": request_id.get()} | chosen(request) | changes(now)
    AuditEvent.objects.write(action, data, user, team, (kind, pk))


def about(request: HttpRequest, now: Act) -> tuple[str, str, Any]:
    """Return the kind and id of what it was done to, and whose team's that is."""
    if entry := now.made.get("logentry"):
        kind = entry.content_type.model if entry.content_type else ""  # type: ignore[attr-defined]
        return kind, str(entry.object_id or "")[:60], None  # type: ignore[attr-defined]
    kind, pk, team = getattr(request, "_audited", ("", "", None))
    made = next((now.made[one] for one in MADE if one in now.made), None)
    if made is not None:
        team = getattr(made, "team_id", None) or team
        if not pk or kind == "team":
            kind, pk = made._meta.model_name or "", str(made.pk)
    if not kind and (link := getattr(request, "link", None)):
        kind, pk = "sharelink", str(link.pk)
    if team is None and not pk and hasattr(request, "_team"):
        team = request._team.pk
    return kind, pk, team


def subject_of(match: ResolverMatch) -> tuple[str, str, Any]:
    """Read from an address what it names: kind, id, team."""
    start = match.route.partition("<")[0].strip("/")
    kind = KINDS.get(start) or KINDS.get(start.removeprefix("api/v1/"), "")
    pks = [pk for one in match.kwargs.values() if (pk := as_id(one))]
    if not pks:
        return "", "", None
    return kind, pks[0], team_of(kind, pks[0])


def as_id(said: Any) -> str:
    """Return an id; of anything else, which may open something, nothing."""
    try:
        return str(uuid.UUID(str(said)))
    except ValueError:
        return ""


def team_of(kind: str, pk: str) -> Any:
    """Return the id of the team that something belongs to, if to one."""
    if not kind:
        return None
    model: type[models.Model] = apps.get_model("imaging", kind)
    column = {"team": "pk"}.get(kind, "team_id")
    if column not in {"pk", *(one.attname for one in model._meta.concrete_fields)}:
        return None
    rows = model._base_manager.filter(pk=pk).values_list(column, flat=True)
    return next(iter(rows[:1]), None)


def chosen(request: HttpRequest) -> dict[str, Any]:
    """Return what was ticked in a form: ids, and their number where there are more."""
    sent = getattr(request, "_post", None)
    if not sent:
        return {}
    pks = [pk for name in ("image", "_selected_action") for pk in sent.getlist(name)]
    found = [pk for one in pks if (pk := as_id(one))]
    said: dict[str, Any] = {"chosen": found[:MOST_IDS]} if found else {}
    if len(found) > MOST_IDS:
        said["number"] = len(found)
    if "_selected_action" in sent:
        # PostgreSQL keeps no NUL, and with it none of the row.
        said["act"] = printable(sent.get("action", ""))[:60]
    return said


def changes(now: Act) -> dict[str, Any]:
    """Return which columns the console says were changed, without their values."""
    entry = now.made.get("logentry")
    try:
        said = json.loads(entry.change_message) if entry else []  # type: ignore[attr-defined]
    except ValueError:
        return {}
    return {"changes": said} if said else {}
