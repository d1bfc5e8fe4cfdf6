"""The door for guests: whom a share link lets in, and the files it hands out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imaging.api.callers import NotAllowed, limit, source_of
from imaging.delivery import downloads, handout
from imaging.models import Calls, GalleryItem, ShareLink, ShareMode
from imaging.views.files import SIDES

# Wrong passwords from one source, and from all before each has one, in five minutes.
TRIES, ALL_TRIES, SPAN = 10, 200, 300
YEAR = 365 * 24 * 3600
Answer = TypeVar("Answer", bound=HttpResponseBase)
View = Callable[..., HttpResponseBase]


def guest_view(view: View) -> View:
    """Open a page or file of a link to whoever holds its address.

    A link that is over is gone, an unknown one absent; nothing of it is found by search
    engines, or kept by anybody in between.
    """

    @wraps(view)
    def opened(request: HttpRequest, named: str, **kwargs: Any) -> HttpResponseBase:
        link = ShareLink.objects.by_token(named.rpartition("-")[2])
        if link is None:
            raise Http404
        request.link = link  # type: ignore[attr-defined]
        is_open = link.state == "open"
        answer = view(request, link, **kwargs) if is_open else gone(request, link)
        answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        answer.headers.setdefault("Cache-Control", "no-store, private")
        return answer

    return opened


def gone(request: HttpRequest, link: ShareLink) -> HttpResponse:
    return render(request, "share/gone.html", {"link": link}, status=410)


def let_in(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Take a password; too many wrong ones from one source must wait."""
    everybody = f"share:{link.pk}"
    source = f"{everybody}:{source_of(request)}"
    try:
        limit(source, TRIES, SPAN)
        if Calls.objects.take(everybody, ALL_TRIES, SPAN):
            # Many sources guess together: a new one has one try, as a guest needs.
            limit(f"{source}:once", 1, SPAN)
    except NotAllowed as refusal:
        said = _("Too many tries. Wait %d seconds, then try again.") % refusal.wait
        answer = asked_again(request, link, said, 429)
        answer["Retry-After"] = str(refusal.wait)
        return answer
    if not link.opens_with(request.POST.get("password", "")[:1000]):
        said = _("That is not the password. Mind capital letters.")
        return asked_again(request, link, said, 422)
    # A hundred guests in one house are no guesser.
    Calls.objects.give_back(source)
    Calls.objects.give_back(everybody)
    answer = redirect("share", link.named)
    keep(answer, f"share-{link.pk.hex}", proof(link), None)
    return answer


def asked_again(
    request: HttpRequest, link: ShareLink, problem: str, status: int
) -> HttpResponse:
    context = {"link": link, "problem": problem}
    return render(request, "share/password.html", context, status=status)


def proof(link: ShareLink) -> str:
    """Return what shows that somebody knew the password that it has now."""
    return salted_hmac("imaging.share", f"{link.pk}:{link.password}").hexdigest()


def may_enter(request: HttpRequest, link: ShareLink) -> bool:
    if not link.password:
        return True
    shown = kept(request, f"share-{link.pk.hex}")
    return constant_time_compare(shown, proof(link))


def keep(answer: HttpResponseBase, name: str, value: str, seconds: int | None) -> None:
    """Give a browser a signed cookie for the guests' pages alone."""
    answer.set_signed_cookie(
        name,
        value,
        salt="imaging.share",
        max_age=seconds,
        path="/s/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def kept(request: HttpRequest, name: str) -> str:
    return str(request.get_signed_cookie(name, "", salt="imaging.share"))


def as_guest(request: HttpRequest, answer: Answer) -> Answer:
    """Give the browser a name by which its downloads are told from others'."""
    if not kept(request, "guest"):
        keep(answer, "guest", guest_of(request), YEAR)
    return answer


def guest_of(request: HttpRequest) -> str:
    """Return the name of the browser; a new one is for `as_guest` to hand out."""
    if not hasattr(request, "_guest"):
        found = kept(request, "guest") or uuid.uuid4().hex
        request._guest = found  # type: ignore[attr-defined]
    return str(request._guest)  # type: ignore[attr-defined]


def shown_item(request: HttpRequest, link: ShareLink, pk: uuid.UUID) -> GalleryItem:
    """Return a picture that the link shows to this guest. Raises Http404."""
    if not may_enter(request, link):
        raise Http404
    return get_object_or_404(link.shown().select_related("gallery"), image=pk)


@require_safe
@guest_view
def share_rendition(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID, side: int
) -> HttpResponseBase:
    if side not in SIDES:
        raise Http404
    return handout.screen(request, shown_item(request, link, pk), side)


@require_safe
@guest_view
def share_download(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID
) -> HttpResponseBase:
    """Hand out one picture, in the size that the link allows."""
    if link.mode == ShareMode.VIEW:
        raise Http404
    item = shown_item(request, link, pk)
    visit = visit_of(request, link)
    try:
        answer = handout.download(request, link, item, visit)
    except handout.LimitReachedError:
        return render(request, "share/limit.html", {"link": link}, status=403)
    return known_by(request, answer, visit)


def visit_of(request: HttpRequest, link: ShareLink) -> handout.Visit:
    """Say who takes files: one of the team, or a guest by the name of the browser.

    Who is signed in here for another team is a guest, too, whose name is not told.
    """
    if request.user.is_authenticated and link.team in request.user.own_teams():
        return handout.Visit(downloads.visitor_of(request.user), request.user)
    return handout.Visit(f"guest:{guest_of(request)}", None)


def known_by(
    request: HttpRequest, answer: HttpResponseBase, visit: handout.Visit
) -> HttpResponseBase:
    """Let the browser keep the name under which it has taken something."""
    return answer if visit.user else as_guest(request, answer)
