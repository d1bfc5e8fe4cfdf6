"""The room where pictures are looked at: the library, one image, its variants."""

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
from imaging.views.orders import is_uuid, ordering

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
@require_GET
def image(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one image: before and after, its facts, where it came from."""
    found = get_object_or_404(
        Image.objects.visible_to(request.user).select_related(
            "blob", "owner", "parent__blob", "task"
        ),
        pk=pk,
    )
    original = found.parent or found
    variants = original.variants.select_related("blob", "task").order_by("created")
    context = {
        "image": found,
        "original": original,
        "variants": list(variants),
        "may_change": Image.objects.changeable_by(request.user).filter(pk=pk).exists(),
        **ordering(),
        "open_tasks": original.tasks.open().select_related("batch"),
    }
    return render(request, "image/page.html", context)


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
