"""With which account a team works at each provider."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging import clock
from imaging.models.fields import EncryptedTextField, UUIDModel
from imaging.models.people import Team, User
from imaging.models.states import OPEN, Stage
from imaging.providers.accounts import Account, operators
from imaging.providers.base import Provider
from imaging.providers.circuit import CACHE_AWAY

_Rows = Mapping[tuple[UUID, str], "ProviderAccount"]


class ProviderAccountManager(models.Manager["ProviderAccount"]):
    def of(self, team: Team, provider: Provider) -> Account | None:
        """Return the account with which this team enters the provider, if any."""
        return self.every(team, [provider]).get(provider.key)

    def every(self, team: Team, asked: Sequence[Provider]) -> dict[str, Account]:
        """Return the team's account with each of these providers, where it has one.

        One query, and one look at what the providers have said.
        """
        rows = self._rows([team], asked)
        found = {one.key: _account(rows, team, one) for one in asked}
        entered = {one.key for one in asked if one.credentials}
        return _informed({key: one for key, one in found.items() if one}, entered)

    def at(self, provider: Provider, teams: Iterable[Team]) -> dict[UUID, Account]:
        """Return the accounts of these teams with one provider, by team, in a query."""
        teams = list(teams)
        rows = self._rows(teams, [provider])
        found = {team.pk: _account(rows, team, provider) for team in teams}
        return {pk: one for pk, one in found.items() if one}

    def enter(
        self,
        team: Team,
        provider: Provider,
        url: str,
        values: Mapping[str, str],
        user: User,
    ) -> ProviderAccount:
        """Keep a team's own address and keys; a pause stays as it is."""
        said: dict[str, Any] = {"url": url, "sealed": json.dumps(values)}
        said |= {"changed": timezone.now(), "changed_by": user}
        return self.update_or_create(team=team, provider=provider.key, defaults=said)[0]

    def pause(self, team: Team, provider: Provider, *, paused: bool) -> ProviderAccount:
        """Begin nothing new with a team's account, or go on with what waits."""
        said = {"paused": paused}
        row, _new = self.update_or_create(
            team=team, provider=provider.key, defaults=said
        )
        if not paused:
            waiting = team.tasks.filter(provider=provider.key, stage=Stage.QUEUED)
            waiting.filter(state__in=OPEN).update(due=clock.now())
        return row

    def _rows(self, teams: Sequence[Team], asked: Sequence[Provider]) -> _Rows:
        """Return the accounts that these teams have of their own."""
        if not any(one.credentials for one in asked):
            return {}
        rows = self.filter(team__in=teams, provider__in=[one.key for one in asked])
        return {(row.team_id, row.provider): row for row in rows}


class ProviderAccount(UUIDModel):
    """A team's own account with a provider: address and credentials, write-only.

    Without either it only says whether the team's use of the operator's is paused.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="accounts")
    provider = models.CharField(max_length=40)
    # Empty: the provider's own.
    url = models.CharField(_("address"), max_length=200, blank=True)
    sealed = EncryptedTextField(default="{}")
    paused = models.BooleanField(_("paused"), default=False)
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = ProviderAccountManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "provider"], name="one_account")
        ]

    def __str__(self) -> str:
        return f"{self.team} at {self.provider}"

    @property
    def is_own(self) -> bool:
        """Say whether the team has entered anything itself."""
        return bool(self.url or self.values)

    @property
    def values(self) -> dict[str, str]:
        return dict(json.loads(self.sealed or "{}"))

    @values.setter
    def values(self, values: dict[str, str]) -> None:
        self.sealed = json.dumps(values)

    def account(self, provider: Provider) -> Account:
        """Return what the provider's client is given."""
        # Another address or key is another account: nothing known counts for it.
        stamp = int(self.changed.timestamp())
        return Account(
            id=f"{self.provider}:{self.pk}:{stamp}",
            url=self.url or provider.home,
            values=self.values,
            paused=self.paused,
        )


def _account(rows: _Rows, team: Team, provider: Provider) -> Account | None:
    """Return the team's own account, as a unit; else the operator's if it may."""
    if not provider.credentials:
        return Account(provider.key)
    row = rows.get((team.pk, provider.key))
    if row and row.is_own:
        return row.account(provider)
    found = operators(provider) if team.operator_accounts else None
    return replace(found, paused=True) if found and row and row.paused else found


def _informed(
    accounts: Mapping[str, Account], entered: Collection[str]
) -> dict[str, Account]:
    """Add what the providers have said of the accounts that are `entered`."""
    keys = {
        f"account:{one.id}": name for name, one in accounts.items() if name in entered
    }
    said: Mapping[str, Any] = {}
    if keys:
        with suppress(*CACHE_AWAY):
            said = cache.get_many(keys)
    known = {keys[key]: facts for key, facts in said.items()}
    return {
        name: replace(one, known=known.get(name, {})) for name, one in accounts.items()
    }
