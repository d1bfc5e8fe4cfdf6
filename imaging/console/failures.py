"""Failures in groups of one cause each; a group begins again, or is let be, as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from imaging import providers
from imaging.console.site import page, show_page
from imaging.models import AuditEvent
from imaging.models.shown import label_of
from imaging.operating.failing import (
    BOUND,
    Cause,
    Round,
    dismiss,
    failures,
    groups,
    newest,
)
from imaging.operating.prospects import Prospects, prospects_of

SPANS = {
    "24h": (_("24 hours"), timedelta(hours=24)),
    "7d": (_("7 days"), timedelta(days=7)),
    "30d": (_("30 days"), timedelta(days=30)),
    "all": (_("All"), None),
}
ACTS = ("retry", "dismiss")
SALT = "console.failures"
MOST_REFUSALS = 5


@dataclass(frozen=True)
class Order:
    """What a page states and its button does: which tasks, how many, how far it is."""

    cause: Cause
    back: str = ""
    number: int = 0
    repeatable: int = 0
    confirmed: bool = False
    round: Round | None = None

    def sealed(self) -> str:
        """Return it as a form carries it."""
        facts = asdict(self)
        for name in ("since", "until"):
            at = facts["cause"][name]
            facts["cause"][name] = at and at.isoformat()
        if self.round and self.round.behind:
            at, pk = self.round.behind
            facts["round"]["behind"] = [at.isoformat(), str(pk)]
        return signing.dumps(facts, salt=SALT, compress=True)

    @classmethod
    def opened(cls, sealed: str) -> Order:
        """Read it again. Raises BadSignature for what is not ours, or a day old."""
        facts = signing.loads(sealed, salt=SALT, max_age=timedelta(days=1))
        for name in ("since", "until"):
            at = facts["cause"][name]
            facts["cause"][name] = datetime.fromisoformat(at) if at else None
        facts["cause"] = Cause(**facts["cause"])
        if facts["round"]:
            facts["round"] = Round.of(facts["round"])
        return cls(**facts)


@page("failures/", "failures", _("Failures"))
@require_GET
def list_failures(request: HttpRequest) -> HttpResponse:
    """Show what failed in a span of time, a line for each cause."""
    span = request.GET.get("span", "")
    span = span if span in SPANS else "24h"
    now, length = timezone.now(), SPANS[span][1]
    since = now - length if length else None
    found = failures(since, now)
    provider = request.GET.get("provider", "").replace("\0", "")[:40]
    if provider:
        found = found.filter(provider=provider)
    found, number, more = newest(found)
    rows, count = groups(found, since, now)
    back = urlencode({"span": span, "provider": provider})
    tasks = reverse("admin:imaging_task_changelist")
    context = {
        "title": _("Failures"),
        "stamp": now,
        "span": span,
        "spans": [(key, label) for key, (label, _length) in SPANS.items()],
        "provider": provider,
        "providers": [(one.key, one.label) for one in providers.providers()],
        "groups": [
            {
                "group": group,
                "label": label_of(group.cause.provider),
                "order": Order(group.cause, back).sealed(),
                "list": f"{tasks}?{urlencode(group.filters)}",
            }
            for group in rows
        ],
        "number": number,
        "more": more,
        "bound": BOUND,
        "count": count,
    }
    return show_page(request, "admin/failures.html", context)


@page("failures/<str:act>/", "failures_act")
@require_http_methods(["GET", "POST"])
def act_on_failures(request: HttpRequest, act: str) -> HttpResponse:
    """State how many tasks an act is about; by POST, do it to exactly those."""
    if act not in ACTS:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    try:
        order = Order.opened(given.get("order", ""))
    except signing.BadSignature:
        messages.error(request, _("This page was too old. Here is how things stand."))
        return redirect("admin:failures")
    if request.method == "GET":
        return ask(request, act, order)
    return retried(request, order) if act == "retry" else dismissed(request, order)


def ask(
    request: HttpRequest, act: str, order: Order, problem: str | Any = ""
) -> HttpResponse:
    """Show the page that states the number; its button is for what failed until now."""
    if not order.number:
        # A list that was open for a while shows fewer than there are now.
        order = until_now(order)
    cause, prospects = order.cause, prospects_of(order.cause)
    order = Order(cause, order.back, prospects.number, prospects.repeatable)
    context = {
        "title": _("Retry failures") if act == "retry" else _("Dismiss failures"),
        "act": act,
        "cause": cause,
        "label": label_of(cause.provider),
        "example": cause.tasks().order_by("-finished").first(),
        "prospects": prospects,
        "order": order.sealed(),
        "back": back_to(order),
        "problem": problem,
    }
    return show_page(request, "admin/failures_act.html", context)


def until_now(order: Order) -> Order:
    """Return the same order for what has failed until this moment."""
    return Order(replace(order.cause, until=timezone.now()), order.back)


def back_to(order: Order) -> str:
    return f"{reverse('admin:failures')}?{order.back}"


CHANGED = _("The number has changed since this page was shown. Nothing was done yet.")


def dismissed(request: HttpRequest, order: Order) -> HttpResponse:
    """Let a group be, if it is still what was counted."""
    if order.cause.tasks().count() != order.number or not order.number:
        return ask(request, "dismiss", until_now(order), CHANGED)
    count = dismiss(order.cause)
    note("failures_dismissed", order, dismissed=count)
    said = ngettext("%d failure dismissed.", "%d failures dismissed.", count)
    messages.success(request, said % count)
    return redirect(back_to(order))


def retried(request: HttpRequest, order: Order) -> HttpResponse:
    """Begin a group again, for some seconds; what is left is for the next request."""
    prospects = prospects_of(order.cause)
    if order.round is None:
        if not is_as_counted(order, prospects):
            return ask(request, "retry", until_now(order), CHANGED)
        confirmed = request.POST.get("confirmed") == "yes"
        if prospects.is_unknown and not confirmed:
            problem = _("Confirm first that these may be done, and paid, twice.")
            return ask(request, "retry", order, problem)
        order = replace(order, confirmed=confirmed, round=Round())
    current = order.round or Round()
    before = current.facts()
    current.go_on(prospects.able, confirmed=order.confirmed)
    done = {key: number - before[key] for key, number in current.facts().items()}
    note("failures_retried", order, **done)
    if current.over:
        tell(request, current)
        return redirect(back_to(order))
    context = {
        "title": _("Retry failures"),
        "round": current,
        "tried": current.tried,
        "number": order.repeatable,
        "order": order.sealed(),
        "back": back_to(order),
    }
    return show_page(request, "admin/failures_round.html", context)


def is_as_counted(order: Order, prospects: Prospects) -> bool:
    counted = (order.number, order.repeatable)
    return bool(order.number) and counted == (prospects.number, prospects.repeatable)


def tell(request: HttpRequest, done: Round) -> None:
    """Say what came of it, with the number of each refusal."""
    said = ngettext("%d task begins again.", "%d tasks begin again.", done.begun)
    messages.success(request, said % done.begun)
    refused = Counter(done.refused).most_common()
    for why, count in refused[:MOST_REFUSALS]:
        words = {"number": count, "why": why}
        messages.warning(request, _("Not begun: %(number)s. %(why)s") % words)
    rest = sum(count for _why, count in refused[MOST_REFUSALS:])
    if rest:
        words = {"number": rest}
        messages.warning(request, _("Not begun for other reasons: %(number)s.") % words)
    if done.changed:
        words = {"number": done.changed}
        messages.info(
            request, _("Left alone, as they changed meanwhile: %(number)s.") % words
        )


def note(action: str, order: Order, **numbers: Any) -> None:
    """Write to the audit log what was done to which group."""
    cause = order.cause
    AuditEvent.objects.note(
        action,
        provider=cause.provider,
        code=cause.code,
        reason=cause.reason,
        since=cause.since and cause.since.isoformat(),
        until=cause.until.isoformat(),
        counted=order.number,
        **numbers,
    )
