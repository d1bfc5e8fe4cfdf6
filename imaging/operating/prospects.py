"""What beginning a group of failures again will come to, before anybody does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imaging import providers
from imaging.models import Budget, ProviderAccount, Subject, Task, Team
from imaging.models.costs import NOTHING, this_month
from imaging.models.tasksets import TaskQuerySet
from imaging.operating.failing import Cause
from imaging.providers.base import Provider

BUDGETS = 10

BLOCKED = _("The provider does not take these pictures as they are.")
GONE = _("Their provider is no longer installed here.")
DELETED = _("Their picture was deleted.")
NO_ACCOUNT = _("Their team has no account with this provider.")
PAUSED = _("Their team's account with this provider is paused.")
USED_UP = _("Their team has used up its engine minutes of this month.")
NO_CONSENT = _("The person whom they measure does not agree, or not any more.")


@dataclass(frozen=True)
class Obstacle:
    """Why some of the tasks cannot begin again, and how many those are."""

    number: int
    why: str | Promise


@dataclass(frozen=True)
class Left:
    """What a team may still spend with the provider this month."""

    team: Team
    left: str
    limit: str
    number: int


@dataclass(frozen=True)
class Prospects:
    """How many tasks there are, which of them can begin again, and why not the others.

    `resuming` are those of them that are only fetched again, and pay nothing.
    """

    number: int
    able: TaskQuerySet
    repeatable: int
    resuming: int
    obstacles: Sequence[Obstacle] = ()
    budgets: Sequence[Left] = ()
    is_unknown: bool = False


def prospects_of(cause: Cause) -> Prospects:
    """Look at the tasks of a cause: what can be known of them before they are tried."""
    tasks = cause.tasks()
    number = tasks.count()
    try:
        provider = providers.get(cause.provider)
    except KeyError:
        return _hopeless(tasks, number, GONE)
    if cause.code == "blocked":
        return _hopeless(tasks, number, BLOCKED)
    able = tasks.filter(image__isnull=False, image__trashed=None)
    by_team = dict(able.order_by().values_list("team").annotate(Count("pk")))
    obstacles = [Obstacle(number - sum(by_team.values()), DELETED)]
    teams = list(Team.objects.filter(pk__in=by_team))
    for stopped, why in _stopped(provider, teams):
        obstacles.append(Obstacle(sum(by_team[pk] for pk in stopped), why))
        able = able.exclude(team__in=stopped) if stopped else able
        teams = [one for one in teams if one.pk not in stopped]
    willing = able.exclude(_without_consent(provider))
    count = able.count()
    counted = willing.aggregate(all=Count("pk"), free=Count("pk", Q(resumes=True)))
    obstacles.append(Obstacle(count - counted["all"], NO_CONSENT))
    return Prospects(
        number=number,
        able=willing,
        repeatable=counted["all"],
        resuming=counted["free"],
        obstacles=[one for one in obstacles if one.number],
        budgets=_budgets(provider, teams, by_team),
        is_unknown=cause.code == "outcome_unknown",
    )


def _hopeless(tasks: TaskQuerySet, number: int, why: str | Promise) -> Prospects:
    return Prospects(number, tasks.none(), 0, 0, [Obstacle(number, why)])


def _stopped(
    provider: Provider, teams: Sequence[Team]
) -> list[tuple[Collection[UUID], str | Promise]]:
    """Return the teams that can have nothing done there now, by what stops them."""
    accounts = ProviderAccount.objects.at(provider, teams)
    lacking = {one.pk for one in teams} - set(accounts)
    paused = {pk for pk, account in accounts.items() if account.paused}
    return [
        (lacking, NO_ACCOUNT),
        (paused, PAUSED),
        (_used_up(provider, teams), USED_UP),
    ]


def _used_up(provider: Provider, teams: Sequence[Team]) -> set[UUID]:
    """Return the teams whose bound on this machine's own work is reached."""
    if provider.queue != "engine":
        return set()
    work = Task.objects.filter(team__in=teams, created__gte=this_month())
    used = dict(work.order_by().values_list("team").annotate(Sum("engine_seconds")))
    bound = {one.pk: one.max_engine_minutes * 60 for one in teams}
    return {pk for pk, limit in bound.items() if (used.get(pk) or 0) >= limit}


def _without_consent(provider: Provider) -> Q:
    """Return which tasks measure somebody who does not agree any more."""
    measuring = [one.key for one in provider.operations if one.of_person]
    agreeing = Q(subject__in=Subject.objects.consenting())
    return Q(operation__in=measuring) & (Q(subject=None) | ~agreeing)


def _budgets(
    provider: Provider, teams: Sequence[Team], numbers: dict[UUID, int]
) -> list[Left]:
    """Return what is left of the budgets of these teams, the smallest first."""
    rows = Budget.objects.filter(team__in=teams, provider=provider.key)
    limits = {row.team_id: row.limit for row in rows}
    spent = Task.objects.filter(team__in=limits, provider=provider.key)
    spent = spent.filter(reserved__gte=this_month()).order_by()
    used = dict(spent.values_list("team").annotate(Sum("cost")))
    left = {pk: limit - (used.get(pk) or NOTHING) for pk, limit in limits.items()}
    held = sorted((one for one in teams if one.pk in left), key=lambda t: left[t.pk])
    return [
        Left(
            one,
            left=f"{max(left[one.pk], NOTHING):f}",
            limit=f"{limits[one.pk]:f}",
            number=numbers[one.pk],
        )
        for one in held[:BUDGETS]
    ]
