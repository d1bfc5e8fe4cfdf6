"""Scores of one person over time: what was measured, ready to be drawn and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, floor
from typing import Any

from imaging.models import Task
from imaging.views.reports import Score, is_number

# The box of a chart, in its own units; points keep off the edge by their radius.
WIDTH, HEIGHT, EDGE = 240.0, 80.0, 5.0


@dataclass(frozen=True)
class Point:
    """One score of one analysis, and where it stands in the chart."""

    task: Task
    value: float
    version: str
    x: float = 0
    y: float = 0

    @property
    def at(self) -> datetime:
        return self.task.created

    @property
    def place(self) -> str:
        return f"{self.x:.1f},{self.y:.1f}"


@dataclass(frozen=True)
class Change:
    """Where the method of a measure became another one."""

    x: str
    at: datetime
    version: str


@dataclass
class Course:
    """One measure by one provider over time, the oldest score first."""

    name: str
    provider: str
    direction: str
    bounds: Any = None
    points: list[Point] = field(default_factory=list)

    @property
    def scale(self) -> tuple[float, float]:
        """Return what bottom and top of the chart stand for: the measure's own scale.

        Where it states none, or a score is beyond it, one that has 0 on it: else a
        small change would fill the chart.
        """
        low = min(point.value for point in self.points)
        high = max(point.value for point in self.points)
        match self.bounds:
            case [int() | float() as bottom, int() | float() as top]:
                if bottom <= low and high <= top and bottom < top:
                    return float(bottom), float(top)
        return float(min(floor(low), 0)), float(max(ceil(high), 1))

    @property
    def newest(self) -> Point:
        return self.points[-1]

    def drawn(self) -> list[Point]:
        """Return the points in their places; across, it is time that is to scale."""
        low, high = self.scale
        first = self.points[0].at
        whole = (self.newest.at - first).total_seconds()
        return [
            Point(
                one.task,
                one.value,
                one.version,
                across((one.at - first).total_seconds() / whole if whole else 0.5),
                HEIGHT - EDGE - (one.value - low) / (high - low) * (HEIGHT - 2 * EDGE),
            )
            for one in self.points
        ]

    def lines(self) -> list[str]:
        """Return a line for each run of scores by one and the same method."""
        runs: list[list[Point]] = []
        for point in self.drawn():
            if runs and runs[-1][-1].version == point.version:
                runs[-1].append(point)
            else:
                runs.append([point])
        return [" ".join(one.place for one in run) for run in runs if len(run) > 1]

    def changes(self) -> list[Change]:
        """Return where scores stop being comparable with those before."""
        drawn = self.drawn()
        return [
            Change(f"{(one.x + two.x) / 2:.1f}", two.at, two.version)
            for one, two in zip(drawn, drawn[1:], strict=False)
            if one.version != two.version
        ]


@dataclass(frozen=True)
class Row:
    """One analysis as a line of the table: a score, or None, for each course."""

    task: Task
    scores: list[float | None]


def across(fraction: float) -> float:
    return EDGE + fraction * (WIDTH - 2 * EDGE)


def scores_of(data: dict[str, Any]) -> list[Score]:
    return [Score.of(one) for one in data.get("algorithms", [])]


def courses_of(tasks: Sequence[Task]) -> tuple[list[Course], list[Row]]:
    """Read the scores of analyses, newest first; one that failed is no point.

    Each task brings its reports as `reports`.
    """
    found: dict[tuple[str, str, str], Course] = {}
    by_task: list[tuple[Task, dict[tuple[str, str, str], float]]] = []
    for task in reversed(tasks):
        values = {}
        for report in task.reports:  # type: ignore[attr-defined]
            for score in scores_of(report.data):
                if not is_number(score.value):
                    continue
                key = (task.provider, task.operation, score.key)
                about = score.about
                new = Course(
                    score.name,
                    task.provider_label,
                    str(about.get("direction") or ""),
                    about.get("scale"),
                )
                course = found.setdefault(key, new)
                course.bounds = new.bounds or course.bounds
                value = values[key] = float(score.value or 0)
                course.points.append(Point(task, value, str(about.get("version", ""))))
        if values:
            by_task.append((task, values))
    rows = [Row(task, [values.get(key) for key in found]) for task, values in by_task]
    return list(found.values()), rows[::-1]


def why_no_score(data: dict[str, Any]) -> list[str]:
    """Say of each measure without a score why; one reason for all is said once."""
    failed = [one for one in scores_of(data) if one.error]
    if len({one.error for one in failed}) == 1 and len(failed) > 1:
        return [failed[0].error]
    return [f"{one.name}: {one.error}" for one in failed]
