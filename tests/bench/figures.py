"""Figures beside their goals: printed as a table, kept in a history outside."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HISTORY = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True)
class Figure:
    """One measured value; `goal` is the most it may be, None where there is none.

    With `at_least`, the goal is the least.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"{self.goal:g} {self.unit}"
        mark = "" if self.goal is None else "reached" if self.reached else "MISSED"
        return f"{self.name:<52} {self.value:>9.2f} {self.unit:<10} {goal:<12} {mark}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


def show(figures: Sequence[Figure]) -> bool:
    """Print the table, append it to the history; say whether all goals are reached."""
    print(f"\n{'figure':<52} {'measured':>9} {'':<10} {'goal':<12}")  # noqa: T201
    for figure in figures:
        print(figure)  # noqa: T201
    path = HISTORY / "darkroom" / "bench.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as history:
        row = {"at": time.time(), "figures": [asdict(figure) for figure in figures]}
        history.write(json.dumps(row) + "\n")
    return all(figure.reached for figure in figures)
