"""The room of accounts: with what a team enters each provider, and what that allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imaging import providers
from imaging.failures import ProviderError
from imaging.forms.accounts import BudgetForm, ProviderAccountForm
from imaging.forms.doors import DoorsForm
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Budget, ProviderAccount, Role, Task, Team
from imaging.models.costs import Purse
from imaging.models.events import note_in_team
from imaging.providers.accounts import Account, inquire
from imaging.providers.base import Provider

# Of what a provider says of an account, these have a place of their own.
PLACED = {"balance", "unit", "balance_at"}
PLAIN = (str, int, float)
Sent = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """One provider as a team has it; `form` for those who may change that."""

    provider: Provider
    row: ProviderAccount | None
    account: Account | None
    running: int
    purse: Purse | None = None
    form: ProviderAccountForm | None = None
    budget: BudgetForm | None = None

    @property
    def state(self) -> str:
        """Return whose keys these are: own, operator or none."""
        if self.row and self.row.is_own:
            return "own"
        return "operator" if self.account else "none"

    @property
    def known(self) -> Mapping[str, Any]:
        return self.account.known if self.account else {}

    @property
    def said(self) -> list[tuple[str, Any]]:
        """Return what the provider said of its limits, in its own words."""
        return [
            (name.replace("_", " "), value)
            for name, value in self.known.items()
            if name in self.known.get("told", ()) and isinstance(value, PLAIN)
        ]


def cards(
    team: Team, *, owner: bool, sent: Mapping[str, Sent] | None = None
) -> list[Card]:
    """Return all providers that want an account; `sent` forms stay as they are.

    Five queries, and one look at what the providers have said.
    """
    asked = [one for one in providers.providers() if one.credentials]
    accounts = ProviderAccount.objects.every(team, asked)
    mine = team.accounts.select_related("changed_by")
    rows = {row.provider: row for row in mine}
    open_ones = Task.objects.filter(team=team).open().order_by()
    running = dict(open_ones.values_list("provider").annotate(Count("id")))
    usable = {one: accounts[one.key] for one in asked if one.key in accounts}
    purses = Budget.objects.purses(team, usable)
    made = []
    for one in asked:
        row, purse = rows.get(one.key), purses.get(one.key)
        forms: dict[str, Any] = {}
        if owner:
            forms["form"] = ProviderAccountForm(one, row)
        if owner and purse:
            forms["budget"] = BudgetForm(one, purse)
        forms |= (sent or {}).get(one.key, {})
        count = running.get(one.key, 0)
        made.append(Card(one, row, accounts.get(one.key), count, purse, **forms))
    return made


@require_http_methods(["GET", "HEAD"])
def provider_accounts(request: SignedInRequest) -> HttpResponse:
    """Show the accounts of the team in use; editors see no value, others nothing."""
    team = current_team(request)
    role = team.role_of(request.user)
    if role not in {Role.OWNER, Role.EDITOR}:
        raise PermissionDenied
    found = cards(team, owner=role == Role.OWNER)
    doors = DoorsForm(team, usable(found)) if role == Role.OWNER else None
    return page(request, team, found, doors)


def page(
    request: SignedInRequest,
    team: Team,
    found: list[Card],
    doors: DoorsForm | None,
    status: int = 200,
) -> HttpResponse:
    context = {"cards": found, "doors": doors, "owned": team, "team": team}
    return render(request, "accounts/page.html", context, status=status)


def usable(found: list[Card]) -> set[str]:
    """Name the providers that the team has an account with."""
    return {card.provider.key for card in found if card.account}


def meant(request: SignedInRequest, pk: UUID, key: str) -> tuple[Team, Provider]:
    """Return the owner's team and the provider that are named. Raises Http404."""
    team = get_object_or_404(Team.objects.visible_to(request.user, Role.OWNER), pk=pk)
    try:
        provider = providers.get(key)
    except KeyError as error:
        raise Http404 from error
    if not provider.credentials:
        raise Http404
    return team, provider


def answer(
    request: SignedInRequest,
    team: Team,
    provider: Provider,
    *,
    done: str = "",
    problem: str = "",
    **forms: Any,
) -> HttpResponse:
    """Show one provider as it is now, or the whole page to a browser without script.

    A form that was refused is given along, as `form` or as `budget`.
    """
    found = cards(team, owner=True, sent={provider.key: forms})
    if request.htmx:  # type: ignore[attr-defined]
        card = next(one for one in found if one.provider is provider)
        context = {"card": card, "owned": team, "done": done, "problem": problem}
        return render(request, "accounts/_account.html", context)
    request.session["team"] = str(team.pk)
    if forms:
        return page(request, team, found, DoorsForm(team, usable(found)), 422)
    if done:
        messages.success(request, f"{provider.label}: {done}")
    if problem:
        messages.error(request, f"{provider.label}: {problem}")
    return redirect(f"{reverse('provider_accounts')}#account-{provider.key}")


@require_POST
def provider_account_set(request: SignedInRequest, pk: UUID, key: str) -> HttpResponse:
    """Keep what an owner has entered; what is secret is never shown again."""
    team, provider = meant(request, pk, key)
    row = team.accounts.filter(provider=key).first()
    form = ProviderAccountForm(provider, row, request.POST)
    if not form.is_valid():
        return answer(request, team, provider, form=form)
    if not form.is_new:
        return answer(request, team, provider, done=_("Nothing was changed."))
    url, values = form.cleaned_data["url"], form.values
    with transaction.atomic():
        row = ProviderAccount.objects.enter(team, provider, url, values, request.user)
        changed = sorted(form.changed_data)
        said = {"fields": changed, "url": row.url}
        note_in_team("provider_account_saved", row, provider=key, **said)
    return answer(request, team, provider, done=_("The account is saved."))


@require_POST
def provider_account_remove(
    request: SignedInRequest, pk: UUID, key: str
) -> HttpResponse:
    """Forget a team's keys; jobs that run with them end with a reason."""
    team, provider = meant(request, pk, key)
    with transaction.atomic():
        for row in team.accounts.filter(provider=key):
            note_in_team("provider_account_removed", row, provider=key)
            row.delete()
    return answer(request, team, provider, done=_("The keys are removed."))


@require_POST
def provider_account_pause(
    request: SignedInRequest, pk: UUID, key: str
) -> HttpResponse:
    """Begin nothing new with this account, or go on (`paused` is "no")."""
    team, provider = meant(request, pk, key)
    paused = request.POST.get("paused") != "no"
    with transaction.atomic():
        row = ProviderAccount.objects.pause(team, provider, paused=paused)
        action = "provider_account_paused" if paused else "provider_account_resumed"
        note_in_team(action, row, provider=key)
    if paused:
        done = _("Nothing new is begun; what runs is finished.")
    else:
        done = _("New work is begun again.")
    return answer(request, team, provider, done=done)


@require_POST
@rate_limit(action="inquire")
def provider_account_inquire(
    request: SignedInRequest, pk: UUID, key: str
) -> HttpResponse:
    """Ask the provider about the account, and show what it says."""
    team, provider = meant(request, pk, key)
    account = ProviderAccount.objects.of(team, provider)
    if account is None:
        return answer(request, team, provider, problem=_("There is no account yet."))
    try:
        said = inquire(provider, account)
    except ProviderError as error:
        problem = f"{read_out(error.message)} {read_out(error.hint)}".strip()
        return answer(request, team, provider, problem=problem)
    # A client may have learned more, as a session: that is shown to nobody.
    account.learn(**said, told=sorted(set(said) - PLACED))
    return answer(request, team, provider, done=_("The provider knows this account."))


@require_POST
def provider_budget_set(request: SignedInRequest, pk: UUID, key: str) -> HttpResponse:
    """Bound what a provider may cost the team in a month, or no longer."""
    team, provider = meant(request, pk, key)
    account = ProviderAccount.objects.of(team, provider)
    if account is None:
        return answer(request, team, provider, problem=_("There is no account yet."))
    purse = Budget.objects.purses(team, {provider: account})[key]
    form = BudgetForm(provider, purse, request.POST)
    if not form.is_valid():
        return answer(request, team, provider, budget=form)
    limit = form.cleaned_data["limit"]
    with transaction.atomic():
        Budget.objects.bound(team, provider, limit)
        said = None if limit is None else str(limit)
        note_in_team("provider_budget_set", team, provider=key, limit=said)
    done = _("There is no budget now.") if limit is None else _("The budget is saved.")
    return answer(request, team, provider, done=done)
