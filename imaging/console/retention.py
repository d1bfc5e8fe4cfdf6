"""The console's page of retention: what is kept how long, tried before it is a rule."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_q.tasks import async_task

from imaging.console.site import asked_name, page, show_page
from imaging.forms.retention import PeriodForm, RuleForm
from imaging.middleware import SignedInRequest
from imaging.models import AuditEvent, Image, Period, Team
from imaging.models.events import note_in_team
from imaging.models.periods import BOUNDS
from imaging.operating import retention

PAGE = 25
# So many pictures are given their day while somebody waits.
AT_ONCE = 5_000


@page("retention/", "retention", _("Retention"))
@require_safe
def retention_page(request: SignedInRequest) -> HttpResponse:
    """Show what is kept for how long: for all, and by the rules of teams."""
    query = asked_name(request)
    rows = Team.objects.filter(name__icontains=query) if query else Team.objects.all()
    rows = rows if query else rows.exclude(retention_days=None)
    teams = list(rows.order_by("name", "pk")[: PAGE + 1])
    context = {
        "title": _t("Retention"),
        "periods": [PeriodForm(name) for name in BOUNDS],
        "rules": [RuleForm(team) for team in teams[:PAGE]],
        "more": len(teams) > PAGE,
        "query": query,
        "going": retention.going(retention.due()),
        "at": timezone.now(),
    }
    return show_page(request, "admin/retention.html", context)


@page("retention/period/<slug:name>/", "retention_period")
@require_http_methods(["GET", "HEAD", "POST"])
def retention_period(request: SignedInRequest, name: str) -> HttpResponse:
    """Say what would go with another period; set it when that was stated."""
    if name not in BOUNDS:
        raise Http404
    posted = request.method == "POST"
    form = PeriodForm(name, request.POST if posted else request.GET)
    context: dict[str, Any] = {"title": form.title, "form": form}
    if not form.is_valid():
        return show_page(request, "admin/retention_period.html", context, 422)
    days = form.cleaned_data["days"]
    count = retention.count_aged(name, days)
    if posted and request.POST.get("number") == str(count):
        keep_period(request, name, days)
        messages.success(request, _t("This is how long it is kept from now on."))
        return redirect("admin:retention")
    context |= {"days": days, "count": count, "bound": retention.COUNTED}
    context["more"] = count > retention.COUNTED
    context["changed"] = posted
    if name == "trash" and not context["more"]:
        context["going"] = retention.going(retention.trashed_before(days))
    return show_page(
        request, "admin/retention_period.html", context, 409 if posted else 200
    )


@transaction.atomic
def keep_period(request: SignedInRequest, name: str, days: int | None) -> None:
    before = Period.objects.days(name)
    Period.objects.put(name, days, request.user)
    AuditEvent.objects.note("period_set", period=name, before=before, after=days)


@page("retention/team/<uuid:pk>/", "retention_team")
@require_http_methods(["GET", "HEAD", "POST"])
def retention_team(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Say what a rule would delete; make it one, for what is here too if so asked."""
    team = get_object_or_404(Team, pk=pk)
    posted = request.method == "POST"
    form = RuleForm(team, request.POST if posted else request.GET)
    context: dict[str, Any] = {"title": str(team), "team": team, "form": form}
    if not form.is_valid():
        return show_page(request, "admin/retention_team.html", context, 422)
    days = form.cleaned_data["days"]
    here = retention.could_have(team, days).count() if days else 0
    existing = "existing" in request.POST
    if posted and (not existing or request.POST.get("number") == str(here)):
        return ruled(request, team, days, here if existing else 0)
    context |= {
        "days": days,
        "here": here,
        "changed": posted,
        "kept": Image.objects.filter(team=team, expires=None).count(),
        "going": retention.going(retention.older(team, days), team) if days else None,
    }
    return show_page(
        request, "admin/retention_team.html", context, 409 if posted else 200
    )


def ruled(
    request: SignedInRequest, team: Team, days: int | None, here: int
) -> HttpResponse:
    """Make it the team's rule; give `here` pictures their day by it as well."""
    with transaction.atomic():
        Team.objects.filter(pk=team.pk).update(retention_days=days)
        before = team.retention_days
        note_in_team("retention_set", team, before=before, after=days, existing=here)
        if here and days:
            act = "imaging.operating.retention.apply_in_background"
            user = str(request.user.pk)
            if here > AT_ONCE:
                # Begun before the commit, it would find the rule that was.
                begin = partial(async_task, act, cluster="worker")
                transaction.on_commit(partial(begin, str(team.pk), days, user))
            else:
                retention.apply_in_background(str(team.pk), days, user)
    said = _t("The rule of %(team)s is saved.") % {"team": team}
    if here:
        text = ngettext(
            "%d picture that is here follows it.",
            "%d pictures that are here follow it.",
            here,
        )
        said = f"{said} {text % here}"
    messages.success(request, said)
    return redirect("admin:retention")
