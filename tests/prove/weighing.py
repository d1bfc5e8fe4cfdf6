"""What a running site holds, looked at again and again: memory, files, threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Self

import psutil

from tests.application import Application

MB = 1_000_000
# Of what is weighed: by how much it may be more in the last quarter than in the second.
MORE = {
    "memory": (1.1, 10),
    "files": (1.05, 4),
    "threads": (1.05, 4),
    "connections": (1.05, 3),
    "temporary files": (1.0, 3),
}


@dataclass
class Scale:
    """Weighs the processes of a site every few seconds while the block runs."""

    site: Application
    seconds: float = 3.0
    # (process, what) -> its values, in order.
    seen: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.thread.join()

    def run(self) -> None:
        while not self.over.wait(self.seconds):
            for name, process in self.site.processes.items():
                for what, value in weigh(process.pid, self.site.data).items():
                    self.seen.setdefault((name, what), []).append(value)
            left = sum(1 for _ in (self.site.data / "tmp").iterdir())
            self.seen.setdefault(("all", "temporary files"), []).append(left)

    def grown(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Return what is more in the last quarter than it was in the second."""
        found = {}
        for (name, what), values in self.seen.items():
            before, after = quarters(values)
            times, plus = MORE[what]
            if after > before * times + plus:
                found[name, what] = (before, after)
        return found

    def told(self) -> str:
        """Say each process's memory in the second and in the last quarter, in MB."""
        names = [name for name, what in self.seen if what == "memory"]
        both = [(name, quarters(self.seen[name, "memory"])) for name in names]
        return ", ".join(f"{name} {one:.0f} → {two:.0f}" for name, (one, two) in both)


def quarters(values: list[float]) -> tuple[float, float]:
    """Return the medians of the second and of the last quarter."""
    part = len(values) // 4
    assert part, "It was too short to be weighed."
    return median(values[part : 2 * part]), median(values[-part:])


def weigh(pid: int, data: Path) -> Counter[str]:
    """Add up what a process and all below it hold now; shared memory counts once."""
    held: Counter[str] = Counter(memory=0)
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        for one in [top, *top.children(recursive=True)]:
            with suppress(psutil.Error, OSError):
                held["memory"] += one.memory_full_info().pss / MB
                held["files"] += one.num_fds()
                held["threads"] += one.num_threads()
                held["connections"] += connections(one, data)
    return held


def connections(process: psutil.Process, data: Path) -> int:
    """Count the open connections to the database: its file here, else its server."""
    path = str(data / "darkroom.sqlite3")
    files = [one for one in process.open_files() if one.path == path]
    lines = [one.raddr for one in process.net_connections("tcp") if one.raddr]
    return len(files) + sum(one.port == 5432 for one in lines)


def curves(scale: Scale, path: Path) -> None:
    """Write all that was weighed as a table, for whoever looks into a failure."""
    began = time.strftime("%H:%M")
    lines = [f"at {began}, every {scale.seconds} s"]
    for (name, what), values in scale.seen.items():
        lines.append(f"{name} {what}: " + " ".join(f"{one:.0f}" for one in values))
    path.write_text("\n".join(lines) + "\n")
