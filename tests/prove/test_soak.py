"""Half an hour of everything at once: each answer right, and nothing grows.

SOAK_MINUTES makes it shorter, SOAK_CURVES names a file for all that was weighed.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.application import application
from tests.doors import Doors
from tests.faults.site import PLAYED
from tests.lab import Lab
from tests.prove.living import TIDY, Client
from tests.prove.weighing import Scale, curves
from tests.services import eventually

pytestmark = pytest.mark.prove
MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
CLIENTS = 4
OPEN = """
from imaging.models import Task
print("open", Task.objects.filter(state__in=["pending", "processing"]).count())
"""


@pytest.fixture
def doors() -> Iterator[Doors]:
    """The whole application with a laboratory beside it."""
    with (
        Lab() as lab,
        application(
            PROVIDERS_PATH=PLAYED,
            OUTGOING_ALLOW_PRIVATE="1",
            LAB_URL=lab.url,
            WORKERS="4",
        ) as site,
    ):
        yield Doors(site)


def test_hours_of_work_leave_nothing_behind(
    doors: Doors, proved: Callable[[str], None]
) -> None:
    site, until = doors.site, time.monotonic() + MINUTES * 60
    clients = [Client(doors, f"client{number}") for number in range(CLIENTS)]
    with Scale(site) as scale, ThreadPoolExecutor(CLIENTS) as pool:
        lives = [pool.submit(one.live, until) for one in clients]
        while time.monotonic() < until and not any(one.done() for one in lives):
            site.manage("shell", "-v0", "-c", TIDY)
            time.sleep(max(0, min(45, until - time.monotonic())))
        for one in lives:
            one.result()
    if path := os.environ.get("SOAK_CURVES"):
        curves(scale, Path(path))
    eventually(
        "all work has ended",
        lambda: "open 0" in site.manage("shell", "-v0", "-c", OPEN),
        240,
    )
    said = json.loads(site.manage("check_integrity", "--json"))
    assert said["ok"], said
    assert "is what the rows say" in site.manage("recount")
    assert not list((site.data / "tmp").iterdir())
    logs = "".join(one.read_text() for one in site.folder.glob("*.log"))
    assert "Traceback" not in logs, site.logs()
    assert not scale.grown(), scale.told()
    done = sum((one.done for one in clients), Counter())
    proved(
        f"{MINUTES:g} minutes of {done.total():,} turns of {CLIENTS} clients at doors, "
        "library, engines, laboratory, links, ZIPs and console: every answer right, "
        f"nothing left behind; MB in the second and last quarter: {scale.told()}."
    )
