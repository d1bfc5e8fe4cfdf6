"""Renditions of a JPEG of 12 megapixels beside OpenCV and libvips, by processor time.

All three make the same: 1600 × 1200 as JPEG at quality 82, and 320 × 240 of that as
WebP at quality 76, with method 1 here and in libvips, with 4 in OpenCV, which knows no
other and spends 5 ms more on it. Each works in a process that is warm and has one
thread. Ours is what the application's limited child does, so it verifies the file first
and reads orientation and colours; what the child itself costs is a figure of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from imaging import pictures
from imaging.decoding.sandbox import SANDBOX, SETTINGS
from tests.bench import peers
from tests.bench.figures import Figure
from tests.drawing import jpeg
from tests.services import ROOT

ROUNDS, CHILDREN = 15, 40
MOST = {"opencv": 1.3, "libvips": 0.75}
SIDES = [[1600, 1200], [320, 240]]


class Chain:
    """A process that makes the two renditions whenever it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"
        self.turn()
        self.told: list[dict[str, Any]] = []

    def turn(self) -> dict[str, Any]:
        """Make them once."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert [made[1:] for made in told["made"]] == SIDES, told
        return told

    @property
    def seconds(self) -> list[float]:
        return [one["seconds"] for one in self.told]


def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Let the three take turns on one picture."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "12.jpg"
        path.write_bytes(jpeg(4000, 3000))
        chains = {
            name: stack.enter_context(running(name, path))
            for name in ("ours", "opencv", "libvips")
        }
        for _round in range(rounds):
            for chain in chains.values():
                chain.told.append(chain.turn())
        child = child_seconds(path)
    return [*figures(chains), *of_child(child, median(chains["ours"].seconds))]


@contextmanager
def running(name: str, path: Path) -> Iterator[Chain]:
    """Start a chain in the environment of the fork server's children, all alike."""
    python = sys.executable if name == "ours" else peers.python()
    one = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [python, "-m", "tests.bench.chains", name, path],
        cwd=ROOT,
        env={**os.environ, **one, **SETTINGS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Chain(process)


def figures(chains: dict[str, Chain]) -> Iterator[Figure]:
    ours = chains["ours"]
    for name, most in MOST.items():
        pairs = zip(ours.seconds, chains[name].seconds, strict=True)
        ratio = median(one / other for one, other in pairs)
        yield Figure(f"processor, ours over {name}", ratio, "x", most, peer=name)
    for name, chain in chains.items():
        spent = 1000 * median(chain.seconds)
        yield Figure(f"processor, {name}", spent, "ms")
    for name, chain in chains.items():
        most_of = 35 if name == "ours" else None
        used = max(one["memory"] for one in chain.told) / 2**20
        yield Figure(f"memory over the process, {name}", used, "MiB", most_of)
    for name, chain in chains.items():
        for (size, side, _), kind in zip(
            chain.told[-1]["made"], ("JPEG", "WebP"), strict=True
        ):
            yield Figure(f"bytes of {side} px {kind}, {name}", size / 1000, "kB")


def child_seconds(path: Path) -> float:
    """Return the processor time of the same through the sandbox, all of it counted.

    That is: this process, the fork server, and the child that it forks for the file.
    """
    want = ("1600", "320")
    pictures.render(path, want)
    assert SANDBOX.server
    server = psutil.Process(SANDBOX.server.process.pid)

    def spent() -> float:
        times = [psutil.Process().cpu_times(), server.cpu_times()]
        return sum(
            one.user + one.system + one.children_user + one.children_system
            for one in times
        )

    before = spent()
    for _turn in range(CHILDREN):
        pictures.render(path, want)
    return (spent() - before) / CHILDREN


def of_child(whole: float, chain: float) -> list[Figure]:
    return [
        Figure("processor, through the limited child", 1000 * whole, "ms"),
        Figure("of that for the child itself", 1000 * (whole - chain), "ms"),
    ]
