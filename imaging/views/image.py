"""The room where one picture is looked at, beside what was made of it."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from imaging.middleware import SignedInRequest
from imaging.models import Image
from imaging.views.orders import ordering


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
