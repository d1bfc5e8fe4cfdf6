"""The room where pictures are kept: the library, and what is deleted from it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from imaging.middleware import SignedInRequest, current_team
from imaging.models import Image
from imaging.views.orders import is_uuid

PAGE = 60


@login_required
@require_GET
def library(request: SignedInRequest) -> HttpResponse:
    """Show the team's pictures, newest first; `after` names the last one seen."""
    team = current_team(request)
    mine = Image.objects.visible_to(request.user).filter(team=team)
    after = request.GET.get("after", "")
    last = mine.filter(pk=after).first() if is_uuid(after) else None
    rows = mine.before(last).select_related("blob").with_downloads()
    images = list(rows[: PAGE + 1])
    context = {"images": images[:PAGE], "more": images[PAGE:], "after": last}
    return render(request, "library/page.html", context)


@login_required
@require_POST
def image_delete(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete one image for good, and its bytes with the last image of them."""
    mine = Image.objects.changeable_by(request.user).select_related("blob__team")
    found = get_object_or_404(mine, pk=pk)
    if found.tasks.open().exists():
        problem = _("This picture is being worked on. Cancel that first.")
        messages.error(request, problem)
        return redirect("image", pk)
    found.remove()
    messages.success(request, _("%s is deleted.") % found.name)
    return redirect("library")
