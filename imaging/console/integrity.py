"""The console's page of integrity: what the last check found, and what mends it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST, require_safe
from django_q.tasks import async_task

from imaging.console.site import page, show_page
from imaging.middleware import SignedInRequest
from imaging.models import AuditEvent, Checkup

# A worker ends whatever takes longer; then a check has died without a word.
LONGEST = timedelta(minutes=15)


@page("integrity/", "integrity")
@require_safe
def integrity_page(request: SignedInRequest) -> HttpResponse:
    """Show what the last check found, each problem in a line."""
    context = {
        "title": _t("Integrity"),
        "checkup": Checkup.objects.last(),
        "running": running(),
    }
    return show_page(request, "admin/integrity.html", context)


def running() -> Checkup | None:
    """Return the check that goes on now, if one does."""
    fresh = Checkup.objects.filter(ended=None, began__gt=timezone.now() - LONGEST)
    return fresh.order_by("-began").first()


@page("integrity/check/", "integrity_check")
@require_POST
def integrity_check(request: SignedInRequest) -> HttpResponse:
    """Check in the background; with `repair`, mend what the page has listed."""
    mend, deep = "repair" in request.POST, "deep" in request.POST
    if running():
        messages.warning(request, _t("A check goes on already. Wait for its end."))
        return redirect("admin:integrity")
    async_task(
        "imaging.operating.checking.check_in_background",
        deep,
        mend,
        str(request.user.pk),
        cluster="worker",
    )
    AuditEvent.objects.note("integrity_check", repair=mend, deep=deep)
    messages.success(request, _t("The check has begun. Load this page again shortly."))
    return redirect("admin:integrity")
