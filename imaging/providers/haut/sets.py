"""Which pictures of an order are sent as one set: the sides of one face.

The vendor takes a front, a left and a right image in one batch, and none after it has
begun to compute. So the first job of a set sends all of it; the others wait for its
word. A retried job is sent alone: the set it belonged to has been computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imaging.providers.base import Companion, Job
from imaging.providers.haut import wire
from imaging.providers.haut.skin import BY_NAME, side_of


@dataclass(frozen=True)
class Together:
    """One set: by side, in the order in which they are sent; the first one leads."""

    members: Sequence[tuple[str, Companion]]

    @property
    def leader(self) -> Companion:
        return self.members[0][1]

    def sent_by(self, job: Job) -> list[tuple[str, Job]]:
        """Return what the leader sends: itself, and who still wants to come along."""
        return [
            (side, job if one.job.id == job.id else one.job)
            for side, one in self.members
            if one.job.id == job.id or not (one.over or one.job.attempt > 1)
        ]


def is_alone(job: Job) -> bool:
    return job.options.get("side") != BY_NAME or job.attempt > 1


def set_of(job: Job) -> Together:
    """Return the set of a job: the nth front of an order with its nth left and right.

    It follows from the order alone, never from how far anybody is, so that all jobs
    of a set always agree on it.
    """
    sets: list[dict[str, Companion]] = []
    for one in job.companions():
        side = side_of(one.job.facts.name, one.job.options)
        free = next((found for found in sets if side not in found), None)
        if free is None:
            sets.append(free := {})
        free[side] = one
    mine = next(
        found for found in sets if any(one.job.id == job.id for one in found.values())
    )
    return Together([(side, mine[side]) for side in wire.SIDES if side in mine])
