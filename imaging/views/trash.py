"""The trash: what was thrown away, to take back for a time."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from imaging.delivery import downloads
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Image, Period, Role
from imaging.models.imagesets import ImageQuerySet, Trashing
from imaging.views.chosen import chosen_ids, wants_data, way_back

PAGE = 60
# Erased while somebody waits; the rest goes with the next hourly pruning.
AT_ONCE = 100


@require_GET
def trash(request: SignedInRequest) -> HttpResponse:
    """Show what is in the team's trash, the latest first; `page` counts from 1."""
    team = current_team(request)
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and 0 < len(asked) < 6 else 1
    start = PAGE * (max(number, 1) - 1)
    mine = Image.objects.trash_of(request.user).filter(team=team).by_itself()
    rows = mine.select_related("blob", "trashed_by").order_by("-trashed", "-id")
    images = list(rows[start : start + PAGE + 1])
    context = {
        "images": images[:PAGE],
        "older": number + 1 if images[PAGE:] else None,
        "newer": max(number, 1) - 1,
        "days": Period.objects.days("trash"),
        "may_change": team.role_of(request.user) != Role.VIEWER,
    }
    return render(request, "library/trash.html", context)


@require_safe
def trash_rendition(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve the smallest picture of what is in the trash, and nothing larger."""
    if not request.user.is_authenticated:
        raise Http404
    mine = Image.objects.trash_of(request.user).select_related("blob")
    return downloads.rendition(request, get_object_or_404(mine, pk=pk), 320)


@require_POST
def trash_add(request: SignedInRequest) -> HttpResponse:
    """Move the named pictures to the trash, as far as that may be."""
    done = Image.objects.trash(chosen_ids(request), request.user)
    if not (done.moved or done.busy or done.shared):
        raise Http404
    said, problem = moved_text(done), " ".join(left_texts(done))
    if wants_data(request):
        said = " ".join(filter(None, [said, problem]))
        moment = done.moment.isoformat()
        return JsonResponse({"ids": done.moved, "moment": moment, "said": said})
    if said:
        messages.success(request, said, extra_tags=done.moment.isoformat())
    if problem:
        messages.error(request, problem)
    return redirect(way_back(request))


def moved_text(done: Trashing) -> str:
    """Say what was moved; nothing when nothing was."""
    count = len(done.moved)
    text = ngettext(
        "%d picture is in the trash.", "%d pictures are in the trash.", count
    )
    return text % count if count else ""


def left_texts(done: Trashing) -> list[str]:
    """Say what stayed where it was, why, and what to do."""
    said = []
    if done.busy:
        text = ngettext(
            "%d picture is being worked on and stayed. Cancel that first.",
            "%d pictures are being worked on and stayed. Cancel that first.",
            done.busy,
        )
        said.append(text % done.busy)
    if done.shared:
        text = ngettext(
            "%d picture stayed: others have made results of it. Ask an editor.",
            "%d pictures stayed: others have made results of them. Ask an editor.",
            done.shared,
        )
        said.append(text % done.shared)
    return said


@require_POST
def trash_restore(request: SignedInRequest) -> HttpResponse:
    """Take back the named pictures, or all that one act has moved (`moment`)."""
    mine = Image.objects.restorable_by(request.user)
    if moment := moment_of(request):
        chosen = mine.filter(trashed=moment, trashed_by=request.user).by_itself()
    else:
        chosen = mine.filter(pk__in=chosen_ids(request))
    count = chosen.restore()
    if not count:
        raise Http404
    text = ngettext("%d picture is back.", "%d pictures are back.", count) % count
    if wants_data(request):
        return JsonResponse({"said": text})
    messages.success(request, text)
    return redirect(way_back(request))


def moment_of(request: HttpRequest) -> datetime | None:
    """Return the moment of the act that shall be undone."""
    try:
        found = parse_datetime(request.POST.get("moment", ""))
    except ValueError:
        return None
    return found if found and found.tzinfo else None


@require_POST
def trash_delete(request: SignedInRequest) -> HttpResponse:
    """Delete for good what the form names, or with `all` everything in the trash."""
    mine: ImageQuerySet = Image.objects.restorable_by(request.user)
    mine = mine.filter(team=current_team(request))
    if not request.POST.get("all"):
        mine = mine.filter(pk__in=chosen_ids(request))
    count = mine.by_itself().count()
    ended = mine.condemn()
    for image in Image.objects.over().filter(pk__in=ended[:AT_ONCE]).idle():
        image.remove()
    if count:
        text = ngettext(
            "%d picture is deleted for good.",
            "%d pictures are deleted for good.",
            count,
        )
        messages.success(request, text % count)
    return redirect("trash")
