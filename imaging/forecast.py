"""What will become of pictures with an order: verdicts, count, estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imaging.models import Image, Order, Task
from imaging.providers.base import Verdict


@dataclass(frozen=True)
class Judged:
    """One picture, and what the operation says of it."""

    image: Image
    verdict: Verdict


@dataclass(frozen=True)
class Forecast:
    """The verdict on each picture, and what those that are taken will need.

    `seconds` are of work on this machine, `cost` is in `unit`; `problem` says why
    nobody could be asked.
    """

    judged: list[Judged]
    seconds: float = 0
    cost: float = 0
    unit: str = ""
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
            cost=sum(one.cost for one in needs),
            unit=next((one.unit for one in needs if one.unit), ""),
        )

    @classmethod
    def unknown(cls, images: Sequence[Image], problem: str = "") -> Forecast:
        """Return the forecast of an order that cannot be asked."""
        return cls([Judged(one, Verdict()) for one in images], problem=problem)

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
