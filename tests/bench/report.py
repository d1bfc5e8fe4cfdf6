"""One table of all figures of a run, and a line of the history outside."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from tests.bench.figures import HISTORY, Figure
from tests.services import ROOT

PACKAGES = ("django", "gunicorn", "pillow", "opencv-python-headless", "numpy")
# The figures of each room, and why a room broke off.
Figures = Mapping[str, Sequence[Figure]]
Broken = Mapping[str, str]


def show(found: Figures, broken: Broken) -> bool:
    """Print the table, what was missed below it; say whether all is as it should be."""
    print("\n" + "\n".join(table(found)))  # noqa: T201
    below = list(complaints(found, broken))
    print("\n" + "\n".join(below or ["Every goal is reached."]))  # noqa: T201
    missed = [one for each in found.values() for one in each if not one.reached]
    return not missed and not broken


def table(found: Figures) -> Iterator[str]:
    """Yield the lines: measured, goal, peer and verdict of each figure, by room."""
    width = max((len(one.name) for each in found.values() for one in each), default=0)
    for room, figures in found.items():
        yield f"{room.upper():<{width}}   measured{'':<12} goal{'':<20} beside"
        for one in figures:
            yield f"  {one.name:<{width}} {columns(one)}".rstrip()


def columns(figure: Figure) -> str:
    value = "-" if figure.not_run else f"{figure.value:.2f}"
    measured = f"{value:>9} {figure.unit:<10}"
    return f"{measured} {figure.wanted:<24} {figure.peer:<12} {figure.verdict}"


def complaints(found: Figures, broken: Broken) -> Iterator[str]:
    """Yield a line for whatever was not measured, broke off or is not reached."""
    for room, figures in found.items():
        for one in figures:
            if one.not_run:
                yield f"NOT RUN {room}: {one.name}: {one.not_run}"
    for room, why in broken.items():
        yield f"BROKEN {room}: {why}"
    for room, figures in found.items():
        for one in figures:
            if not one.reached:
                value = f"{one.value:.2f} {one.unit}".strip()
                yield f"MISSED {room}: {one.name}: {value}, goal {one.wanted}"


def remember(found: Figures, broken: Broken, before: Mapping[str, Any]) -> None:
    """Append the run, with what was known before it, to the history as one line."""
    rooms = {room: [written(one) for one in each] for room, each in found.items()}
    row = {**before, "load_after": os.getloadavg(), "rooms": rooms, "broken": broken}
    row["seconds"] = round(time.time() - before["at"], 1)
    path = HISTORY / "darkroom" / "bench.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as history:
        history.write(json.dumps(row) + "\n")


def written(figure: Figure) -> dict[str, Any]:
    """Return a figure as JSON has it, which knows no number that is none."""
    return asdict(figure) | ({"value": None} if figure.not_run else {})


def facts() -> dict[str, Any]:
    """Return what a reader of the figures must know: machine, versions, commit."""
    said = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(said, cwd=ROOT, capture_output=True, text=True)
    return {
        "at": time.time(),
        "commit": commit.stdout.strip(),
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }
