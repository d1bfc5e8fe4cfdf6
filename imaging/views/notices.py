"""The room of notices: what this person was told, and what they have read of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from imaging.forms.notices import MailForm
from imaging.letters import sealer
from imaging.middleware import SignedInRequest
from imaging.models import MailPace, Notice, User
from imaging.views.chosen import last_seen

PAGE = 30


@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """List what one was told, newest first; `after` names the last one seen."""
    mine = Notice.objects.visible_to(request.user)
    last = last_seen(request, mine)
    rows = list(mine.newest(last).select_related("team")[: PAGE + 1])
    context = {"notices": rows[:PAGE], "more": rows[PAGE:], "after": last}
    return render(request, "notices/page.html", context)


@require_GET
def notice_open(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a notice as read, and go where there is more."""
    mine = Notice.objects.visible_to(request.user).filter(pk=pk)
    found = get_object_or_404(mine)
    mine.mark_read()
    return redirect(found.path or "notices")


@require_POST
def notices_set(request: SignedInRequest) -> HttpResponse:
    """Take all notices as read."""
    Notice.objects.visible_to(request.user).mark_read()
    return redirect("notices")


@require_POST
def mail_set(request: SignedInRequest) -> HttpResponse:
    """Choose how often one hears by e-mail."""
    form = MailForm(request.POST, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(map(str, form.errors["mail_pace"])))
    return redirect("settings")


@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """End one's letters about notices, without signing in."""
    try:
        pk = sealer.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    user = get_object_or_404(User, pk=pk, is_active=True)
    if request.method == "POST":
        User.objects.filter(pk=user.pk).update(mail_pace=MailPace.NEVER)
    context = {"stopped": request.method == "POST"}
    return render(request, "notices/stop.html", context)
