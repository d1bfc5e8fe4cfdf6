"""What will become of pictures with an order: verdicts, count, estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from imaging.models import Budget, Image, Order, Task, Team
from imaging.models.costs import NOTHING, Purse, amount
from imaging.providers.base import Verdict


def purse_of(team: Team, order: Order) -> Purse | None:
    """Return what a team may spend on an order; None where nothing is counted."""
    if not order.provider.credentials:
        return None
    found = Budget.objects.purses(team, {order.provider: order.account})
    return found[order.provider.key]


@dataclass(frozen=True)
class Judged:
    """One picture, and what the operation says of it."""

    image: Image
    verdict: Verdict


@dataclass(frozen=True)
class Forecast:
    """The verdict on each picture, and what those that are taken will need.

    `seconds` are of work on this machine, `cost` is in `unit`; `purse` is what may be
    spent, where that is counted; `problem` says why nobody could be asked.
    """

    judged: list[Judged]
    seconds: float = 0
    cost: Decimal = NOTHING
    unit: str = ""
    purse: Purse | None = None
    problem: str = ""

    @classmethod
    def of(cls, order: Order, images: Sequence[Image]) -> Forecast:
        """Ask an order's operation about each picture, all of one team."""
        judged = [Judged(one, order.verdict(one)) for one in images]
        needs = [order.estimate(one.image) for one in judged if not one.verdict.blocked]
        tempo = Task.objects.tempo(images[0].team, order) if images else 1
        return cls(
            judged,
            seconds=sum(one.seconds for one in needs) * tempo,
            cost=sum((amount(one.cost) for one in needs), NOTHING),
            unit=next((one.unit for one in needs if one.unit), ""),
            purse=purse_of(images[0].team, order) if images else None,
        )

    @classmethod
    def unknown(cls, images: Sequence[Image], problem: str = "") -> Forecast:
        """Return the forecast of an order that cannot be asked."""
        return cls([Judged(one, Verdict()) for one in images], problem=problem)

    @property
    def too_dear(self) -> bool:
        """Say whether this is more than is left of the budget."""
        left = self.purse.left if self.purse else None
        return left is not None and self.cost > left

    @property
    def blocked(self) -> list[Judged]:
        return [one for one in self.judged if one.verdict.blocked]

    @property
    def adapted(self) -> list[Judged]:
        return [one for one in self.judged if one.verdict.state == "adapted"]

    @property
    def remarks(self) -> list[Judged]:
        """Return the pictures of which there is something to say, blocked first."""
        return [*self.blocked, *self.adapted]

    @property
    def taken(self) -> list[Image]:
        """Return the pictures that the provider will take."""
        return [one.image for one in self.judged if not one.verdict.blocked]

    @property
    def fine(self) -> int:
        """Count the pictures that are taken as they are."""
        return len(self.judged) - len(self.blocked) - len(self.adapted)
