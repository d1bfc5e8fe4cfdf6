"""Hundreds of processes killed at random under thousands of tasks: nothing is lost.

The sizes come from the environment: KILLS_TASKS, KILLS, and KILLS_START, the number
from which the order of the kills follows.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.killing import Killer
from tests.faults.load import Load
from tests.faults.site import Site, running_site
from tests.services import postgres, redis

pytestmark = pytest.mark.prove
TASKS = int(os.environ.get("KILLS_TASKS", "10000"))
KILLS = int(os.environ.get("KILLS", "300"))
START = int(os.environ.get("KILLS_START", "20260301"))
# On servers, where claims, broker and cache are other ones, a fifth of it.
SHARES = {"SQLite": 1.0, "PostgreSQL and Redis": 0.2}


@pytest.fixture(params=SHARES)
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(store: str, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        env = {"LAB_PACE": "1", "WORKERS": "4", "WEB_CONCURRENCY": "1"}
        if store != "SQLite":
            env |= stack.enter_context(postgres()) | stack.enter_context(redis())
        yield stack.enter_context(running_site(tmp_path, "web", **env))


def test_every_task_ends_once_whoever_dies(
    site: Site, store: str, proved: Callable[[str], None]
) -> None:
    tasks, kills = (int(size * SHARES[store]) for size in (TASKS, KILLS))
    print(f"start number {START}, {tasks} tasks, {kills} kills")  # noqa: T201
    load, killer = Load(site, tasks, START), Killer(site, START)
    began = time.monotonic()
    ordering = load.begin()
    try:
        for moment in killer.moments(kills, tasks):
            site.work_off(moment, ordering)
            killer.kill()
        ordering.result()
    finally:
        load.halt.set()
    site.work_off(tasks, ordering)
    seconds = time.monotonic() - began
    site.settled()
    told = site.call("tally")
    nothing_is_lost(site, load, told)
    nothing_is_paid_twice(site, told)
    assert json.loads(site.site.manage("check_integrity", "--json"))["ok"]
    whom = ", ".join(f"{name} {count}" for name, count in killer.killed.items())
    states = ", ".join(
        f"{count} {state} {code}" for state, code, count in told["states"]
    )
    proved(
        f"{kills} processes killed at random ({whom}; start number {START}) over "
        f"{tasks} tasks on {store} in {seconds:.0f} s: each ended once ({states}), "
        f"none was paid twice, and all {len(load.pictures)} acknowledged pictures and "
        f"{len(load.batches)} orders are there."
    )


def nothing_is_lost(site: Site, load: Load, told: dict) -> None:
    """See that what was acknowledged is there, once, and has come to an end."""
    assert set(told["tasks"]) == set(load.tasks)
    assert len(load.tasks) == len(set(load.tasks)) == load.wanted
    assert told["batches"] == len(load.batches)
    assert not told["wrong"]
    assert {state for state, _, _ in told["states"]} <= {"completed", "error"}
    for image, program in load.pictures.items():
        assert site.call("named", program.name) == [image]
    for image in list(load.pictures)[-3:]:
        load.pictures[image].has(image)


def nothing_is_paid_twice(site: Site, told: dict) -> None:
    paid = site.payments()
    assert set(paid.values()) == {1}
    assert set(told["done at the lab"]) <= set(paid) <= set(told["tasks"])
