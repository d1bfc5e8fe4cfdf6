"""Figures with their goals and peers: what every room of the bench returns."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HISTORY = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True)
class Figure:
    """One measured value; `goal` is the most it may be, None where there is none.

    With `at_least`, the goal is the least. A ratio names its `peer`, which was measured
    in the same run, in turns with ours. What could not be measured says why.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    peer: str = ""
    not_run: str = ""

    @property
    def reached(self) -> bool:
        if self.goal is None or self.not_run:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def wanted(self) -> str:
        if self.goal is None:
            return ""
        which = "at least" if self.at_least else "at most"
        return f"{which} {self.goal:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        if self.not_run:
            return "NOT RUN"
        if self.goal is None:
            return ""
        return "reached" if self.reached else "MISSED"


class NotRunError(Exception):
    """This machine lacks what a room needs; the words say what, and how to get it."""


def left_out(name: str, why: str) -> Figure:
    """Return what stands in the table for a figure that could not be measured."""
    return Figure(name, math.nan, "", not_run=why)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]
