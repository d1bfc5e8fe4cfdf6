"""Many tasks at a provider at once: how soon is it noticed that one is done?

Whether a worker is held by them is told by other work: while all of them are at the
provider a picture is converted by the engine, and one more task is sent there.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import requests

from tests.bench.figures import Figure, percentile
from tests.faults.site import Site, running_site
from tests.services import eventually

PACE, SECONDS = "2", 30
# So much longer than the first sending took, in proportion, are the jobs of the second.
ROOM = 1.5


def measure(tasks: int = 500, many: int = 2_000) -> list[Figure]:
    """Put tasks in flight with two network workers and one watch process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder), LAB_PACE=PACE) as site,
    ):
        sent, few = fly(site, tasks, SECONDS)
        meanwhile: list[Figure] = []
        seconds = SECONDS + ROOM * sent * many / tasks
        _sent, crowd = fly(site, many, seconds, meanwhile)
    return [*few, *crowd, *meanwhile]


def fly(
    site: Site, tasks: int, seconds: float, meanwhile: list[Figure] | None = None
) -> tuple[float, list[Figure]]:
    """Send tasks that take so long; return how long that took, and what was seen."""
    began = time.monotonic()
    pks = site.develop(tasks, seconds=seconds)
    started = time.monotonic() - began
    watch = psutil.Process(site.site.processes["watch"].pid)
    eventually("all are there", lambda: set(pks) <= set(orders(site)), 600)
    sent = time.monotonic() - began
    now, known = time.time(), orders(site)
    together = sum(known[pk] > now for pk in pks)
    if meanwhile is not None:
        meanwhile += others(site)
    seen, share = notice(site, watch, pks, seconds)
    late = [at - done for at, done in seen]
    # Of the crowd nothing is asked but that all are noticed and no worker is held.
    soon, little = (3, 0.5) if meanwhile is None else (None, None)
    if meanwhile is None:
        assert site.ended(pks[:1])[0]["state"] == "completed"
    return sent, [
        Figure(f"{tasks}: at the provider at once", together, "tasks"),
        Figure(f"{tasks}: all begun (one batch each) after", started, "s"),
        Figure(f"{tasks}: all sent by two workers after", sent, "s"),
        Figure(f"{tasks}: noticed", len(seen), "tasks", tasks, at_least=True),
        Figure(f"{tasks}: completion noticed, p50", statistics.median(late), "s"),
        Figure(f"{tasks}: completion noticed, p95", percentile(late, 95), "s", soon),
        Figure(f"{tasks}: processor used by the watch process", share, "cores", little),
    ]


def orders(site: Site) -> dict[str, float]:
    """Return when the laboratory is done with each task, by its clock and ours."""
    ledger = requests.get(f"{site.lab.url}/ledger", timeout=30).json()
    return {row["name"]: row["at"] + row["seconds"] for row in ledger["jobs"]}


def others(site: Site) -> list[Figure]:
    """Measure how soon other work is done while all of those are in flight."""

    def until(what: str, done: str, pk: str) -> float:
        began = time.monotonic()
        eventually(what, lambda: site.call("tasks", [pk])[0]["stage"] == done, 120)
        return time.monotonic() - began

    sent = until("it is sent", "remote", site.develop(1, seconds=60)[0])
    converted = until("it is converted", "", site.convert()[0])
    return [
        Figure("meanwhile: one more is sent after", sent, "s", 3),
        Figure("meanwhile: a picture is converted after", converted, "s"),
    ]


def notice(
    site: Site, watch: psutil.Process, pks: Sequence[str], seconds: float
) -> tuple[list[tuple[float, float]], float]:
    """Return when each task was no longer waited for, and when it was done.

    The second value is the share of a core that the watch process took meanwhile.
    """
    before, at = watch.cpu_times(), time.monotonic()
    ends = pks[0], pks[-1]
    left: dict[str, float] = site.call("leaving", seconds + 60, len(pks), *ends)
    after, spent = watch.cpu_times(), time.monotonic() - at
    used = after.user + after.system - before.user - before.system
    done = orders(site)
    return [(left[pk], done[pk]) for pk in pks if pk in left], used / spent
