"""What guests of a link pick: pictures marked one by one, then sent together."""

from __future__ import annotations

import uuid

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging.api.callers import NotAllowed, limit, source_of
from imaging.forms.guests import PicksForm
from imaging.models import GalleryItem, PickList, ShareLink
from imaging.views.chosen import wants_data
from imaging.views.guests import (
    as_guest,
    guest_of,
    guest_view,
    kept,
    may_enter,
    shown_item,
)

# What one source may press in a minute, and through one link altogether; how many new
# lists it may begin in an hour, a family behind one address being several guests.
PRESSES, ALL_PRESSES, NEW_LISTS = 240, 2_400, 30
SENDS = 20


def busy(request: HttpRequest, link: ShareLink, refusal: NotAllowed) -> HttpResponse:
    """Say that somebody presses too often, and for how long to wait."""
    said = _("That was too often. Wait %d seconds, then try again.") % refusal.wait
    answer = refused(request, link, said, 429)
    answer["Retry-After"] = str(refusal.wait)
    return answer


def refused(
    request: HttpRequest, link: ShareLink, said: str, status: int
) -> HttpResponse:
    if wants_data(request):
        return JsonResponse({"message": said}, status=status)
    context = {"link": link, "problem": said}
    return render(request, "share/problem.html", context, status=status)


@require_POST
@guest_view
def share_pick(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID
) -> HttpResponseBase:
    """Pick one picture, or no longer: `picked` is yes or no, however often sent."""
    if not link.picks or not may_enter(request, link):
        raise Http404
    source = source_of(request)
    try:
        limit(f"pick:{link.pk}:{source}", PRESSES)
        limit(f"pick:{link.pk}", ALL_PRESSES)
    except NotAllowed as refusal:
        return busy(request, link, refusal)
    item = shown_item(request, link, pk)
    wanted = request.POST.get("picked")
    if wanted not in {"yes", "no"}:
        return HttpResponseBadRequest()
    try:
        found = list_of(request, link, guest_of(request))
    except NotAllowed as refusal:
        return busy(request, link, refusal)
    if found is None:
        said = _("Too many guests have picked here already. Write to %s instead.")
        return refused(request, link, said % link.team, 403)
    found.mark(pk, picked=wanted == "yes")
    answer = marked(request, link, item, found, picked=wanted == "yes")
    return as_guest(request, answer)


def list_of(request: HttpRequest, link: ShareLink, guest: str) -> PickList | None:
    """Return this guest's list, or begin one. Raises NotAllowed."""
    if found := PickList.objects.of(link, guest):
        return found
    limit(f"lists:{link.pk}:{source_of(request)}", NEW_LISTS, 3600)
    return PickList.objects.obtain(link, guest)


def marked(
    request: HttpRequest,
    link: ShareLink,
    item: GalleryItem,
    found: PickList,
    *,
    picked: bool,
) -> HttpResponse:
    """Say how many are picked now; without a script, go back to where it stood."""
    if wants_data(request):
        count = found.shown().count()
        return JsonResponse({"picked": picked, "count": count})
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()})
    if ours and asked.startswith("/s/"):
        return redirect(asked)
    return redirect(f"{reverse('share', args=[link.named])}#n{item.number}")


@require_http_methods(["GET", "HEAD", "POST"])
@guest_view
def share_picks_send(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """Show this guest's picks; send them, as often as they have changed."""
    if not link.picks:
        raise Http404
    if not may_enter(request, link):
        return redirect("share", link.named)
    found = PickList.objects.of(link, kept(request, "guest"))
    form = PicksForm(request.POST or None, instance=found)
    items = list(found.shown().in_order()) if found else []
    problem = ""
    if request.method == "POST":
        try:
            limit(f"send:{link.pk}:{source_of(request)}", SENDS, 300)
        except NotAllowed as refusal:
            return busy(request, link, refusal)
        if found is None or not (items or found.sent):
            problem = _("Pick at least one picture first.")
        elif form.is_valid():
            found.send(form.cleaned_data["name"], form.cleaned_data["note"])
            return redirect("share_picks_send", link.named)
    context = {
        "link": link,
        "list": found,
        "items": items,
        "form": form,
        "problem": problem,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "share/picks.html", context, status=status)
