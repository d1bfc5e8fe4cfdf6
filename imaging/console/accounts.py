"""What an operator does to one person's account: each act asks first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from imaging import letters, viewing
from imaging.console.site import page, show_page
from imaging.models import ApiToken, User
from imaging.operating import accounts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Act:
    """One act: whether it can be done to somebody, what it means, and how it is done.

    `do` returns what has come of it, and whether it was done.
    """

    key: str
    label: Promise
    story: Promise
    may: Callable[[User], bool]
    do: Callable[[HttpRequest, User], tuple[str, bool]]


def suspend(request: HttpRequest, person: User) -> tuple[str, bool]:
    close = request.POST.get("links") == "close"
    if accounts.suspend(person, close_links=close):
        return _("%s is suspended.") % person.email, True
    return _("Nobody else could open the console."), False


def restore(request: HttpRequest, person: User) -> tuple[str, bool]:
    accounts.restore(person)
    return _("%s may sign in again.") % person.email, True


def sign_out(request: HttpRequest, person: User) -> tuple[str, bool]:
    accounts.sign_out_everywhere(person)
    return _("Every session of %s has ended.") % person.email, True


def reset(request: HttpRequest, person: User) -> tuple[str, bool]:
    if not accounts.reset_second_factor(person):
        return _("%s has no second factor.") % person.email, False
    try:
        letters.write(person, "people/email/second_factor_reset", {})
    except OSError:
        log.exception("a letter to user %s was not sent", person.pk)
        return _("The second factor is gone. The mail to %s could not be sent.") % (
            person.email
        ), True
    return _("The second factor is gone, and %s hears of it by mail.") % (
        person.email
    ), True


def view(request: HttpRequest, person: User) -> tuple[str, bool]:
    teams = {str(team.pk): team for team in person.own_teams()}
    viewing.begin(request, person, teams.get(request.POST.get("team", "")))
    return "", True


def has_factor(person: User) -> bool:
    return Authenticator.objects.filter(user=person).exists()


ACTS = [
    Act(
        "suspend",
        _lazy("Suspend"),
        _lazy(
            "They are signed out everywhere at once, and cannot sign in. Their tokens "
            "open nothing until they are restored. What they have made stays; work "
            "that has been started goes on."
        ),
        lambda person: person.is_active,
        suspend,
    ),
    Act(
        "restore",
        _lazy("Restore"),
        _lazy(
            "They can sign in again, and their tokens open again what they did. "
            "Sessions and share links that were ended stay so."
        ),
        lambda person: not person.is_active,
        restore,
    ),
    Act(
        "sign-out",
        _lazy("Sign out everywhere"),
        _lazy(
            "Every session ends at once, on every device, and programs that signed in "
            "with the password must do so again. Tokens go on."
        ),
        lambda person: person.is_active,
        sign_out,
    ),
    Act(
        "reset",
        _lazy("Reset second factor"),
        _lazy(
            "Their second factor and all recovery codes are removed: the password "
            "alone lets them in until they set up another. They are told by mail. "
            "Make sure that it is they who ask."
        ),
        has_factor,
        reset,
    ),
    Act(
        "view",
        _lazy("View as"),
        _lazy(
            "You see the site as they do, for 30 minutes or until you stop. You change "
            "nothing, take no files, and see no keys. Each page is noted in the audit "
            "log, with your name."
        ),
        lambda person: not person.is_superuser,
        view,
    ),
]


@page("people/<uuid:pk>/", "person")
@require_safe
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what lets a person in, and what can be done about it."""
    found = get_object_or_404(User, pk=pk)
    context = {
        "title": found.email,
        "person": found,
        "acts": [one for one in ACTS if one.may(found)],
        "tokens": ApiToken.objects.filter(user=found, revoked=None).count(),
        "factor": has_factor(found),
    }
    return show_page(request, "admin/person.html", context)


@page("people/<uuid:pk>/<slug:act>/", "person_act")
@require_http_methods(["GET", "POST"])
def person_act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Ask whether to do it; do it."""
    found = get_object_or_404(User, pk=pk)
    chosen = next((one for one in ACTS if one.key == act), None)
    if chosen is None:
        raise Http404
    if not chosen.may(found):
        messages.error(request, _("That cannot be done to this account now."))
        return redirect("admin:person", pk=pk)
    if request.method == "POST":
        said, done = chosen.do(request, found)
        if chosen.key == "view":
            return redirect("library")
        (messages.success if done else messages.error)(request, said)
        return redirect("admin:person", pk=pk)
    context = {
        "title": chosen.label,
        "person": found,
        "act": chosen,
        "teams": found.own_teams() if act == "view" else [],
        "links": accounts.links_of(found).count() if act == "suspend" else 0,
        "alone": accounts.left_alone(found) if act == "suspend" else [],
    }
    return show_page(request, "admin/person_act.html", context)


@page("view-as/stop/", "view_as_stop")
@require_POST
def view_as_stop(request: HttpRequest) -> HttpResponse:
    """Look as oneself again."""
    chosen = request.session.get(viewing.KEY) or {}
    viewing.end(request, "stopped")
    if pk := chosen.get("user"):
        return redirect("admin:person", pk=pk)
    return redirect("admin:index")
