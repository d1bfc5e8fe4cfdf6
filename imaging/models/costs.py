"""What tasks cost at their providers, and how much a team lets that be in a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Sum
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _t

from imaging.models.fields import UUIDModel
from imaging.models.orders import Order, Refusal
from imaging.models.people import Team
from imaging.models.states import State
from imaging.providers.accounts import Account
from imaging.providers.base import Estimate, Facts, Provider

if TYPE_CHECKING:
    from imaging.models.tasks import Task

NOTHING = Decimal(0)
EXACT = Decimal("0.0001")
# What a unit is asked with where no picture is at hand.
SAMPLE = Facts("sample.jpg", "jpeg", 1_000_000, 1_000, 1_000)


def amount(number: float | Decimal) -> Decimal:
    """Return a cost as exactly as it is kept."""
    return Decimal(str(number)).quantize(EXACT)


def in_words(cost: float | Decimal, unit: str) -> str:
    """Return a cost as people read it: "3 credits", "1 credit", "0.25 EUR"."""
    # Providers name their units in the plural.
    one = unit.removesuffix("s") if cost == 1 else unit
    return f"{floatformat(cost, -2)} {one}".strip()


def this_month() -> datetime:
    """Return when the month began (UTC) for which budgets and bounds count now."""
    return timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def unit_of(provider: Provider, account: Account) -> str:
    """Return in what a provider counts what it charges; "" where nothing tells."""
    for operation in provider.operations:
        fitted = operation.at(account)
        if unit := fitted.estimate(SAMPLE, fitted.defaults()).unit:
            return unit
    return str(account.known.get("unit", ""))


class Costly(models.Model):
    """The columns of a task that costs something.

    `cost` is of all its attempts together, `spent` of those before this one. It counts
    as estimated from the moment of `reserved` on, and in the end as the provider says
    (`charged`), where it does.
    """

    cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    unit = models.CharField(max_length=20, blank=True)
    spent = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    reserved = models.DateTimeField(null=True)
    charged = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def reserving(self, estimate: Estimate) -> dict[str, Any]:
        """Return the columns with which its next attempt is reserved."""
        if not estimate.unit:
            return {}
        return {
            "cost": (self.cost or NOTHING) + amount(estimate.cost),
            "unit": estimate.unit,
            "spent": self.cost,
            "reserved": timezone.now(),
            "charged": False,
        }

    def reserving_again(self: Task) -> dict[str, Any]:  # type: ignore[misc]
        """Reserve another attempt, where that may cost something. Raises Refusal."""
        provider = self.known_provider()
        if not provider or not provider.credentials or not self.image:
            return {}
        order = Order.of(self.team, self.provider, self.operation, self.options)
        estimate = order.estimate(self.image)
        wanted = amount(estimate.cost)
        Budget.objects.reserve(self.team, order.provider, wanted, estimate.unit)
        return self.reserving(estimate)

    def settling(self: Task, state: State, code: str) -> dict[str, Any]:  # type: ignore[misc]
        """Return the columns with which the attempt that ends is settled.

        What the provider never took is given back. What it may have been paid for
        stays as estimated, unless it says what that was.
        """
        if self.cost is None:
            return {}
        provider = self.known_provider()
        told = provider.charged(self.ticket) if provider else None
        if told is not None:
            return {"cost": (self.spent or NOTHING) + amount(told), "charged": True}
        taken = state == State.COMPLETED or self.is_paid or code == "outcome_unknown"
        return {} if taken else {"cost": self.spent}

    @property
    def cost_shown(self) -> str:
        """Return what it costs, and how sure that is; "" where it costs nothing."""
        if not self.cost:
            return ""
        words = {"cost": in_words(self.cost, self.unit)}
        if self.charged:
            return words["cost"]
        if self.is_open:  # type: ignore[attr-defined]
            return _t("%(cost)s reserved") % words
        return _t("about %(cost)s") % words


@dataclass(frozen=True)
class Purse:
    """What a team may spend with one provider, as far as that is known."""

    unit: str
    used: Decimal
    limit: Decimal | None = None
    balance: float | None = None
    balance_unit: str = ""
    balance_at: datetime | None = None

    @property
    def left(self) -> Decimal | None:
        """Return what is left of this month's budget; None without one."""
        return None if self.limit is None else max(self.limit - self.used, NOTHING)

    @property
    def budget_shown(self) -> str:
        if self.left is None:
            return ""
        left, limit = in_words(self.left, ""), in_words(self.limit or 0, self.unit)
        return _t("%(left)s of %(limit)s left this month") % {
            "left": left,
            "limit": limit,
        }

    @property
    def balance_shown(self) -> str:
        if self.balance is None:
            return ""
        return _t("balance %s") % in_words(self.balance, self.balance_unit or self.unit)


class BudgetManager(models.Manager["Budget"]):
    def reserve(
        self, team: Team, provider: Provider, wanted: Decimal, unit: str
    ) -> None:
        """Hold a team's budget in this transaction, and see that `wanted` is left.

        The row is the lock on PostgreSQL, the transaction itself on SQLite: of two at
        once the second counts what the first has reserved. Raises Refusal.
        """
        rows = self.select_for_update(no_key=True)
        row = rows.filter(team=team, provider=provider.key).first()
        if row is None or not wanted:
            return
        used = self.used(team, [provider.key]).get(provider.key, NOTHING)
        if wanted > row.limit - used:
            words = {"provider": provider.label, "wanted": in_words(wanted, unit)}
            words |= {"limit": in_words(row.limit, unit), "used": in_words(used, unit)}
            raise Refusal(
                _t(
                    "This would cost %(wanted)s. Your team's budget with %(provider)s "
                    "is %(limit)s a month, and %(used)s of it are used or reserved."
                )
                % words
            )

    def bound(self, team: Team, provider: Provider, limit: Decimal | None) -> None:
        """Set how much a month may cost; None takes the bound away."""
        mine: dict[str, Any] = {"team": team, "provider": provider.key}
        if limit is None:
            self.filter(**mine).delete()
        else:
            self.update_or_create(**mine, defaults={"limit": limit})

    def used(self, team: Team, keys: list[str]) -> dict[str, Decimal]:
        """Return what this month's tasks cost at each of these providers."""
        mine = team.tasks.filter(provider__in=keys, reserved__gte=this_month())
        sums = mine.order_by().values_list("provider").annotate(Sum("cost"))
        return {key: amount(cost or 0) for key, cost in sums}

    def purses(
        self, team: Team, accounts: Mapping[Provider, Account]
    ) -> dict[str, Purse]:
        """Return what a team may spend with each of these accounts, in two queries."""
        keys = [one.key for one in accounts]
        mine = self.filter(team=team, provider__in=keys)
        limits = dict(mine.values_list("provider", "limit"))
        used = self.used(team, keys)
        return {
            provider.key: Purse(
                unit=unit_of(provider, account),
                used=used.get(provider.key, NOTHING),
                limit=limits.get(provider.key),
                balance=account.known.get("balance"),
                balance_unit=str(account.known.get("unit", "")),
                balance_at=account.known.get("balance_at"),
            )
            for provider, account in accounts.items()
        }


class Budget(UUIDModel):
    """How much a team may spend with a provider in a month, in the provider's unit."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="budgets")
    provider = models.CharField(max_length=40)
    limit = models.DecimalField(max_digits=14, decimal_places=4)

    objects = BudgetManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "provider"], name="one_budget")
        ]

    def __str__(self) -> str:
        return f"{self.team} at {self.provider}: {self.limit}"
