"""How the pictures of a gallery hang: in which order, and which one of each family."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from imaging.middleware import SignedInRequest
from imaging.models import Gallery, Refusal
from imaging.views.chosen import chosen_ids, is_uuid, wants_data, way_back
from imaging.views.galleries import changeable

# Where to, by a word instead of by a picture.
START, END, PLACE = "start", "end", "place"


@require_POST
def gallery_order_set(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Move the chosen pictures before another, to the start, the end or a place.

    Asks where to when nothing is said of it.
    """
    found = changeable(request, pk)
    hung = found.items.filter(image__in=chosen_ids(request)).in_order()
    pks = list(hung.values_list("image", flat=True))
    if not pks:
        raise Http404
    if not {"to", "before"} & request.POST.keys():
        return ask_where(request, found, pks)
    try:
        count = found.move(pks, where(request, found, pks))
    except Refusal as refusal:
        if wants_data(request):
            return JsonResponse({"said": refusal.message}, status=409)
        return ask_where(request, found, pks, refusal.message)
    text = ngettext("%d picture was moved.", "%d pictures were moved.", count)
    if wants_data(request):
        return JsonResponse({"ids": pks, "said": text % count})
    messages.success(request, text % count)
    return redirect(way_back(request))


def where(
    request: SignedInRequest, found: Gallery, pks: list[uuid.UUID]
) -> uuid.UUID | None:
    """Return before which picture to move these; None: at the end. Raises Refusal."""
    to, before = request.POST.get("to"), request.POST.get("before", "")
    if to == START:
        return found.start(pks)
    if to == END:
        return None
    if to == PLACE:
        number = request.POST.get("place", "")
        if number.isdecimal() and 0 < len(number) < 10 and int(number):
            return found.at(int(number), pks)
    elif is_uuid(before):
        return uuid.UUID(before)
    raise Refusal(_("There is no such place in this gallery."))


def ask_where(
    request: SignedInRequest, found: Gallery, pks: list[uuid.UUID], problem: str = ""
) -> HttpResponse:
    context = {
        "gallery": found,
        "images": pks,
        "ids": ",".join(map(str, pks)),
        "count": found.items.shown().count(),
        "next": request.POST.get("next") or reverse("gallery", args=[found.pk]),
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "gallery/move.html", context, status=status)


@require_POST
def gallery_chosen_set(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Hang the chosen variants in the place of the chosen pictures."""
    found = changeable(request, pk)
    pks = found.items.filter(image__in=chosen_ids(request))
    asked = list(pks.values_list("image", flat=True))
    if not asked:
        raise Http404
    if count := found.put_chosen(asked, request.user):
        text = ngettext(
            "%d picture gave its place to the chosen one.",
            "%d pictures gave their places to the chosen ones.",
            count,
        )
        messages.success(request, text % count)
    else:
        told = _("Of these no other one is chosen. Choose one beside its original.")
        messages.info(request, told)
    return redirect(way_back(request))
