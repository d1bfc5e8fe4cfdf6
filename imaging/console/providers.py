"""Queues and providers: how they are, and everything that steers them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from imaging import providers
from imaging.console.site import asked_name, page, show_page
from imaging.console.start import at_most, listed, stamp
from imaging.failures import ProviderError
from imaging.forms.steering import LimitForm, LimitsForm, ModeForm
from imaging.language.readout import read_out
from imaging.models import (
    AuditEvent,
    Budget,
    Mode,
    ProviderAccount,
    ProviderControl,
    Team,
)
from imaging.models.costs import unit_of
from imaging.operating import queues, steering
from imaging.operating.figures import pulses
from imaging.operating.purses import last_errors, purses
from imaging.operating.queues import DAY, Standing, standings
from imaging.providers.accounts import Account, inquire, operators
from imaging.providers.base import Provider

SAID = {
    Mode.RUNNING: gettext_lazy("It is sent work again; what waited goes on."),
    Mode.PAUSED: gettext_lazy("Nothing more is sent to it. What it has is fetched."),
    Mode.DRAINING: gettext_lazy("What is queued is still sent; nothing new is begun."),
}


@page("providers/", "providers", gettext_lazy("Providers"))
@require_http_methods(["GET", "HEAD"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show every provider with what it does now."""
    return show_overview(request)


def show_overview(
    request: HttpRequest, wrong: LimitsForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    lengths = queues.lengths()
    context = {
        "now": now,
        "cards": [card(one, wrong) for one in standings()],
        "queues": [
            (one, lengths.get(one.kind), listed("heartbeat", kind=one.kind))
            for one in pulses()
        ],
    }
    return show_page(request, "admin/providers.html", context, status)


def card(standing: Standing, wrong: LimitsForm | None = None) -> dict[str, Any]:
    """Return what is shown of one provider; a form that was refused stays as it is."""
    key, counts = standing.provider.key, standing.counts
    links = {
        "waiting": listed("task", provider=key, state="pending"),
        "running": listed("task", provider=key, state="processing"),
        "failed": listed(
            "task", provider=key, state="error", ended=stamp(timezone.now() - DAY)
        ),
    }
    mine = wrong and wrong.prefix == key
    return {
        "standing": standing,
        "numbers": {name: (at_most(counts[name]), links[name]) for name in links},
        "there": at_most(counts["there"]),
        "form": wrong if mine else LimitsForm(standing.provider, standing.control),
    }


def named(key: str) -> Provider:
    """Return the provider of this name. Raises Http404."""
    try:
        return providers.get(key)
    except KeyError as error:
        raise Http404 from error


@page("providers/<str:key>/", "provider")
@require_http_methods(["GET", "HEAD"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """Show one provider: accounts, teams, what went wrong last."""
    provider = named(key)
    search = asked_name(request)
    operator, found, more = purses(provider, search)
    context = {
        "now": timezone.now(),
        "card": card(standings([provider])[0]),
        "provider": provider,
        "operator": operator,
        "variables": [
            f"{provider.key}_{one.name}".upper()
            for one in provider.credentials
            if one.required
        ],
        "purses": found,
        "more": more,
        "search": search,
        "unit": unit_of(provider, operator.account if operator else Account()),
        "errors": [
            {**row, "url": listed("task", row["pk"]), "said": read_out(row["message"])}
            for row in last_errors(provider)
        ],
    }
    return show_page(request, "admin/provider.html", context)


def back(provider: Provider, request: HttpRequest) -> HttpResponse:
    """Go back to where the button was pressed."""
    if request.POST.get("from") == "one":
        return redirect("admin:provider", key=provider.key)
    return redirect(f"{reverse('admin:providers')}#provider-{provider.key}")


def steered(request: HttpRequest, provider: Provider, **said: Any) -> None:
    """Set something for a provider, and write down that it was."""
    with transaction.atomic():
        steering.steer(provider, request.user, **said)  # type: ignore[arg-type]
        AuditEvent.objects.note("provider_steered", provider=provider.key, **said)


@page("providers/<str:key>/mode/", "provider_mode")
@require_POST
def set_mode(request: HttpRequest, key: str) -> HttpResponse:
    """Pause a provider, let it run empty, or let it go on."""
    provider, form = named(key), ModeForm(request.POST)
    if not form.is_valid():
        raise Http404
    mode = form.cleaned_data["mode"]
    steered(request, provider, mode=mode)
    messages.success(request, f"{provider.label}: {SAID[mode]}")
    return back(provider, request)


@page("providers/<str:key>/limits/", "provider_limits")
@require_POST
def set_limits(request: HttpRequest, key: str) -> HttpResponse:
    """Bound how much a provider is given at once, and how often it is asked."""
    provider = named(key)
    form = LimitsForm(provider, ProviderControl(provider=key), request.POST)
    if not form.is_valid():
        return show_overview(request, form, 422)
    steered(request, provider, **form.cleaned_data)
    messages.success(request, f"{provider.label}: {_('The limits are saved.')}")
    return back(provider, request)


@page("providers/<str:key>/test/", "provider_test")
@require_POST
def test_connection(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the provider about the operator's account, and keep what it says."""
    provider = named(key)
    account = operators(provider) if provider.credentials else None
    if account is None:
        raise Http404
    try:
        account.learn(**inquire(provider, account))
    except ProviderError as error:
        said = f"{read_out(error.message)} {read_out(error.hint)}".strip()
        messages.error(request, f"{provider.label}: {said}")
    else:
        done = _("The provider knows this account.")
        messages.success(request, f"{provider.label}: {done}")
    AuditEvent.objects.note("provider_tested", provider=provider.key)
    return back(provider, request)


def account_of(provider: Provider, team: Team | None) -> Account | None:
    """Return the account of a team's own, or the operator's."""
    if team is None:
        return operators(provider) if provider.credentials else Account(provider.key)
    row = ProviderAccount.objects.filter(team=team, provider=provider.key).first()
    return row.account(provider) if row and row.is_own else None


@page("providers/<str:key>/circuit/", "provider_circuit")
@require_POST
def close_circuit(request: HttpRequest, key: str) -> HttpResponse:
    """Let calls go with an account again at once: `team` names whose, if any's."""
    provider, form = named(key), LimitForm(request.POST)
    team = None
    if request.POST.get("team"):
        form.is_valid()
        team = get_object_or_404(Team, pk=form.cleaned_data.get("team"))
    account = account_of(provider, team)
    if account is None:
        raise Http404
    steering.close_circuit(provider, account)
    AuditEvent.objects.note("circuit_closed", provider=provider.key, team=team)
    messages.success(request, f"{provider.label}: {_('It is called again.')}")
    return back(provider, request)


@page("providers/<str:key>/budget/", "provider_budget")
@require_POST
def set_budget(request: HttpRequest, key: str) -> HttpResponse:
    """Bound what a provider may cost a team in a month, or no longer."""
    provider, form = named(key), LimitForm(request.POST)
    valid = form.is_valid()
    team = get_object_or_404(Team, pk=form.cleaned_data.get("team"))
    if not valid:
        for wrong in form.errors.get("limit", ()):
            messages.error(request, f"{team}: {wrong}")
        return back(provider, request)
    limit = form.cleaned_data["limit"]
    with transaction.atomic():
        Budget.objects.bound(team, provider, limit)
        said = None if limit is None else str(limit)
        AuditEvent.objects.note(
            "provider_budget_set", provider=provider.key, team=team, limit=said
        )
    done = _("There is no budget now.") if limit is None else _("The budget is saved.")
    messages.success(request, f"{team}: {done}")
    return back(provider, request)
