"""The room of webhooks: which addresses are told of what, and what became of it."""

from __future__ import annotations

from uuid import UUID

from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging.forms.webhooks import WebhookForm
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Role, Webhook, WebhookDelivery
from imaging.models.deliveries import TEST
from imaging.models.webhooks import MOST_OF_A_TEAM, Ended
from imaging.views.chosen import last_seen

PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: SignedInRequest) -> HttpResponse:
    """Show the webhooks of the team in use to its owners, who add some here."""
    team = current_team(request)
    if team.role_of(request.user) != Role.OWNER:
        raise PermissionDenied
    form = WebhookForm(request.POST or None)
    made = None
    if form.is_valid():
        url, events = form.cleaned_data["url"], form.cleaned_data["events"]
        with transaction.atomic():
            if made := Webhook.objects.begin(team, url, events, request.user):
                made.note("webhook_made", events=events)
        if made:
            form = WebhookForm()
        else:
            said = _("A team has at most %d webhooks: delete one first.")
            form.add_error(None, said % MOST_OF_A_TEAM)
    context = {
        "form": form,
        "webhooks": team.webhooks.order_by("created"),
        "made": made,
        "secret": made.secret if made else "",
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "webhooks/page.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
def webhook(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show one webhook: its settings, and what was sent to it, newest first."""
    return page(request, own(request, pk))


def page(
    request: SignedInRequest,
    row: Webhook,
    *,
    form: WebhookForm | None = None,
    secret: str = "",
) -> HttpResponse:
    rows = WebhookDelivery.objects.filter(webhook=row)
    last = last_seen(request, rows)
    found = list(rows.newest(last)[: PAGE + 1])
    context = {
        "webhook": row,
        "form": form or WebhookForm(webhook=row),
        "secret": secret,
        "deliveries": found[:PAGE],
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "after": last,
        # Once a message waits for minutes, nobody watches it.
        "busy": not secret and rows.due_soon().exists(),
    }
    refused = form is not None and bool(form.errors)
    return render(
        request, "webhooks/webhook.html", context, status=422 if refused else 200
    )


def own(request: SignedInRequest, pk: UUID) -> Webhook:
    """Return a webhook that this person may see and change. Raises Http404."""
    rows = Webhook.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(rows, pk=pk)


@require_POST
def webhook_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Change the address, or of what it is told."""
    row = own(request, pk)
    form = WebhookForm(request.POST, webhook=row)
    if not form.is_valid():
        return page(request, row, form=form)
    with transaction.atomic():
        Webhook.objects.filter(pk=pk).update(**form.cleaned_data)
        row.note("webhook_changed", events=form.cleaned_data["events"])
    messages.success(request, _("The webhook is saved."))
    return redirect("webhook", pk)


@require_POST
def webhook_switch(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Tell it nothing more, or again (`on` is "yes")."""
    row = own(request, pk)
    on = request.POST.get("on") == "yes"
    with transaction.atomic():
        if row.enable() if on else row.disable(Ended.BY_HAND):
            row.note("webhook_on" if on else "webhook_off")
    said = _("It is told again from now on.") if on else _("It is told nothing more.")
    messages.success(request, said)
    return redirect("webhook", pk)


@require_POST
def webhook_secret_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Change the secret; the new one is shown this once."""
    row = own(request, pk)
    with transaction.atomic():
        secret = row.rotate()
        row.note("webhook_secret_changed")
    row.refresh_from_db()
    return page(request, row, secret=secret)


@require_POST
def webhook_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Delete a webhook, and the list of what was sent to it."""
    row = own(request, pk)
    with transaction.atomic():
        row.note("webhook_deleted")
        row.delete()
    messages.success(request, _("The webhook is deleted."))
    return redirect("webhooks")


@require_POST
@rate_limit(action="notify")
def webhook_test_add(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Send it a message that tells of nothing."""
    row = own(request, pk)
    if not row.active:
        messages.error(request, _("Switch it on first."))
    else:
        row.tell(TEST, {"webhook_id": str(pk)})
        messages.success(request, _("The test is on its way."))
    return redirect("webhook", pk)


@require_POST
@rate_limit(action="notify")
def delivery_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Send a message again, as it was."""
    rows = WebhookDelivery.objects.visible_to(request.user).select_related("webhook")
    row = get_object_or_404(rows, pk=pk)
    if not row.webhook.active:
        messages.error(request, _("Switch it on first."))
    elif row.replay():
        messages.success(request, _("The message is on its way again."))
    else:
        messages.info(request, _("The message is on its way already."))
    return redirect("webhook", row.webhook_id)
