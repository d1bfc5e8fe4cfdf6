"""Small charts, drawn here as numbers that a template writes into SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The drawing's own units; it is as wide as its place on the page.
WIDTH, HEIGHT = 480.0, 120.0
GAP = 0.2


@dataclass(frozen=True)
class Part:
    """A part of a bar: its class says what it stands for."""

    kind: str
    x: float
    y: float
    width: float
    height: float


def bars(columns: Sequence[Sequence[tuple[str, float]]]) -> list[Part]:
    """Stack the parts of each column; the highest column fills the drawing."""
    most = max((sum(n for _kind, n in column) for column in columns), default=0)
    if not most:
        return []
    step = WIDTH / len(columns)
    parts = []
    for at, column in enumerate(columns):
        low = HEIGHT
        for kind, number in column:
            height = HEIGHT * number / most
            low -= height
            if number:
                # However small, it is seen.
                tall = max(height, 1.0)
                place = (at * step + step * GAP / 2, low + height - tall)
                sizes = (*place, step * (1 - GAP), tall)
                parts.append(Part(kind, *(round(one, 2) for one in sizes)))
    return parts


def share(number: float, most: float) -> float:
    """Return how wide a bar that lies is, of a hundred."""
    return round(100 * number / most, 2) if most else 0.0
