"""Many tasks at a provider at once: how soon is it noticed that one is done?"""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
import requests

from tests.bench.figures import Figure, percentile
from tests.faults.site import Site, running_site
from tests.services import eventually

PACE, SECONDS = "2", 30


def measure(tasks: int = 500) -> list[Figure]:
    """Put tasks in flight with two network workers and one watch process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder), LAB_PACE=PACE) as site,
    ):
        began = time.monotonic()
        pks = site.develop(tasks, seconds=SECONDS)
        started = time.monotonic() - began
        watch = psutil.Process(site.site.processes["watch"].pid)
        eventually("all are at the provider", lambda: len(orders(site)) == tasks, 300)
        sent = time.monotonic() - began
        seen, share = notice(site, watch, tasks)
        rows = site.ended(pks[:1])
        assert rows[0]["state"] == "completed"
    late = [at - done for at, done in seen]
    return [
        Figure("tasks in flight", tasks, "tasks"),
        Figure("all begun (one batch each) after", started, "s"),
        Figure("all sent by two workers after", sent, "s"),
        Figure("completion noticed, p50", statistics.median(late), "s"),
        Figure("completion noticed, p95", percentile(late, 95), "s", 3),
        Figure("processor used by the watch process", share, "cores", 0.5),
    ]


def orders(site: Site) -> dict[str, float]:
    """Return when the laboratory was done with each task, by its clock and ours."""
    ledger = requests.get(f"{site.lab.url}/ledger", timeout=30).json()
    return {row["name"]: row["at"] + row["seconds"] for row in ledger["jobs"]}


def notice(
    site: Site, watch: psutil.Process, tasks: int
) -> tuple[list[tuple[float, float]], float]:
    """Return when each task was no longer waited for, and when it was done.

    The second value is the share of a core that the watch process took meanwhile.
    """
    before, at = watch.cpu_times(), time.monotonic()
    left: dict[str, float] = site.call("leaving", SECONDS + 60, tasks)
    after, spent = watch.cpu_times(), time.monotonic() - at
    used = after.user + after.system - before.user - before.system
    done = orders(site)
    return [(left[pk], done[pk]) for pk in left], used / spent
