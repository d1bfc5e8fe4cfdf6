"""What people mark pictures with: hearts of their own, and what is delivered."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from imaging.middleware import SignedInRequest
from imaging.models import Favourite, Image
from imaging.views.chosen import chosen_ids, wants_data, way_back


@require_POST
def favourite_set(request: SignedInRequest) -> HttpResponse:
    """Give the named pictures a heart; where all have one, take it away.

    A script says which is meant by `on`, "yes" or "no".
    """
    asked = chosen_ids(request)
    mine = Image.objects.visible_to(request.user).filter(pk__in=asked)
    pks = set(mine.values_list("pk", flat=True))
    if not pks:
        raise Http404
    loved = Favourite.objects.among(pks, request.user)
    on = request.POST.get("on") == "yes" if "on" in request.POST else loved < pks
    if on:
        Favourite.objects.give(pks, request.user)
    else:
        Favourite.objects.take(pks, request.user)
    said = favourite_text(len(pks), on=on)
    if wants_data(request):
        return JsonResponse({"ids": list(pks), "on": on, "said": said})
    messages.success(request, said)
    return redirect(way_back(request))


def favourite_text(count: int, *, on: bool) -> str:
    if on:
        text = ngettext(
            "%d picture is a favourite of yours.",
            "%d pictures are favourites of yours.",
            count,
        )
    else:
        text = ngettext(
            "%d picture is no favourite of yours any more.",
            "%d pictures are no favourites of yours any more.",
            count,
        )
    return text % count


@require_POST
def chosen_set(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose a picture of its family to be the one that is delivered, or no longer."""
    found = get_object_or_404(Image.objects.changeable_by(request.user), pk=pk)
    found.choose(chosen=request.POST.get("chosen") != "no")
    if found.chosen:
        said = _("%s is chosen: it stands for its original when that is delivered.")
    else:
        said = _("%s is chosen no longer.")
    messages.success(request, said % found.name)
    return redirect(way_back(request))
