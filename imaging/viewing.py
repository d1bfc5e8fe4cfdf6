"""Looking at the site as somebody: an operator sees what they see, and changes nothing.

The session stays the operator's. While it lasts, nothing can be written, nothing that
opens something is shown, and each page is noted as looked at by the operator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import signals
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import ResolverMatch, reverse

from imaging.auditing.requests import OWN, SAFE, WRITE, subject_of
from imaging.models import AuditEvent, Team, User

KEY = "view_as"
SECONDS = 30 * 60
# Pages that show what opens something, are their person's alone, or hand files out.
CLOSED_UNDER = (
    "accounts/",
    "admin/",
    "settings/",
    "setup/",
    "invitations/",
    "s/",
    "links/",
    "webhooks/",
    "team/accounts/",
    "notices/stop/",
)
CLOSED = {
    "links",
    "notice_open",
    "original",
    "download",
    "zip",
    "gallery_zip",
    "subject_download",
    "report_download",
    "picks_download",
    "activity_download",
}


class ViewOnly(PermissionDenied):
    """Something would have been written while an operator only looks."""


class ViewAsMiddleware:
    """Let an operator look as the person whom they chose, and do nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not begun(request):
            return self.get_response(request)
        person = viewed(request)
        if person is None:
            end(request, "over")
            return self.get_response(request)
        here = {reverse("admin:view_as_stop"), reverse("account_logout")}
        if request.path_info in here:
            return self.get_response(request)
        with read_only():
            request.operator = request.user  # type: ignore[attr-defined]
            request.user = person
            # The team that was chosen to be looked at, else their first.
            shown = person.own_team(begun(request).get("team"))
            request._team = shown  # type: ignore[attr-defined]
            answer = self.get_response(request)
        note_page(request, answer)
        answer["Cache-Control"] = "no-store, private"
        return answer

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, named: Any
    ) -> HttpResponse | None:
        if not hasattr(request, "operator"):
            return None
        seen = request.method in SAFE and is_open(request.resolver_match, view)
        return None if seen else refused(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        return refused(request) if isinstance(exception, ViewOnly) else None


def is_open(match: ResolverMatch | None, view: Any) -> bool:
    """Say whether it may be looked at: pages of ours, but those that are closed."""
    if match is None or not view.__module__.startswith("imaging.views."):
        return False
    return not match.route.startswith(CLOSED_UNDER) and match.url_name not in CLOSED


def begin(request: HttpRequest, person: User, team: Team | None) -> None:
    """Look as this person from now on."""
    chosen = {"user": str(person.pk), "until": time.time() + SECONDS}
    request.session[KEY] = chosen | ({"team": str(team.pk)} if team else {})
    AuditEvent.objects.note("view_as_begun", subject=person)


def begun(request: HttpRequest) -> dict[str, Any]:
    return request.session.get(KEY) or {}


def end(request: HttpRequest, why: str) -> None:
    """Look as oneself again."""
    if chosen := request.session.pop(KEY, None):
        person = User.objects.filter(pk=chosen["user"]).first()
        AuditEvent.objects.note("view_as_ended", subject=person, why=why)


def viewed(request: HttpRequest) -> User | None:
    """Return whom a superuser may look as, now; None when that is over."""
    chosen, user = begun(request), request.user
    if not user.is_authenticated or not (user.is_superuser and user.is_active):
        return None
    if chosen["until"] < time.time():
        return None
    return User.objects.filter(pk=chosen["user"], is_superuser=False).first()


@contextmanager
def read_only() -> Iterator[None]:
    """Refuse every write, whatever page thinks of it. Raises ViewOnly."""

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if (found := WRITE.match(sql)) and found[1] not in OWN:
            raise ViewOnly
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


def refused(request: HttpRequest) -> HttpResponse:
    return render(request, "people/view_only.html", status=403)


def note_page(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Note a page that was looked at, on the operator's account."""
    match, kind = request.resolver_match, answer.headers.get("Content-Type", "")
    if match is None or not kind.startswith("text/html"):
        return
    kind, pk, team = subject_of(match)
    data: dict[str, Any] = {"page": match.view_name, "person": str(request.user.pk)}
    data |= {"status": answer.status_code} if answer.status_code != 200 else {}
    about = (kind, pk) if kind else None
    AuditEvent.objects.write("view_as_page", data, team_id=team, about=about)


@receiver(signals.user_logged_out, dispatch_uid="imaging.viewing")
def end_with_session(request: HttpRequest | None = None, **_hints: Any) -> None:
    if request is not None and hasattr(request, "session"):
        end(request, "signed out")
