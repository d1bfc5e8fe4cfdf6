"""All that a share link lets its guests take home, in one file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from imaging.delivery import handout
from imaging.models import ShareLink, ShareMode
from imaging.views.guests import guest_view, known_by, may_enter, visit_of

# A worker makes the copies meanwhile.
AGAIN = 10


@require_safe
@guest_view
def share_zip(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """Hand out all pictures in one ZIP, in the size that the link allows."""
    if link.mode == ShareMode.VIEW or not may_enter(request, link):
        raise Http404
    visit = visit_of(request, link)
    try:
        answer = handout.bundle(request, link, visit)
    except handout.LimitReachedError:
        return render(request, "share/limit.html", {"link": link}, status=403)
    except handout.NotReadyError:
        return not_ready(request, link)
    return known_by(request, answer, visit)


def not_ready(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Say that copies are still being made, and when to ask again."""
    context = {"link": link}
    answer = render(request, "share/preparing.html", context, status=503)
    answer["Retry-After"] = str(AGAIN)
    return answer
