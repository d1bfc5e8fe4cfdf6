"""Another process holds SQLite's lock for 15 s: everybody waits, nothing is lost."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.site import LIMIT, Site, running_site
from tests.prove.traffic import OWNER, Traffic
from tests.services import eventually

pytestmark = pytest.mark.prove
HELD = 15
# Says when it has the lock, and keeps it until its input ends.
HOLD = """
import sqlite3
import sys
line = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
line.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("locked")
    with running_site(folder, "web", DATABASE_URL="", REDIS_URL="") as site:
        site.site.add_person(OWNER)
        yield site


def hold(site: Site, seconds: float) -> None:
    """Let another process hold the lock for so long."""
    database = str(site.site.data / "darkroom.sqlite3")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, database],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        until = time.monotonic() + seconds
        eventually("it was held", lambda: time.monotonic() > until, seconds + 30)
        other.communicate()


# What waits longer than 20 s is refused, and told when to come again.
@pytest.mark.parametrize("seconds", [HELD, 30], ids=["shortly", "too long"])
def test_a_lock_is_waited_for(
    site: Site, seconds: float, proved: Callable[[str], None]
) -> None:
    processes = {name: one.pid for name, one in site.site.processes.items()}
    with Traffic(site.site) as traffic:
        eventually("there is work", lambda: len(traffic.tasks) > 3, LIMIT)
        hold(site, seconds)
        goal = len(traffic.tasks) + 4
        eventually("it goes on", lambda: len(traffic.tasks) >= goal, LIMIT)
    assert not traffic.faults, "\n".join(traffic.faults[:9])
    if seconds == HELD:
        assert set(traffic.calls) <= {201, 202}, traffic.calls
    rows = site.ended(traffic.tasks)
    assert {row["state"] for row in rows} == {"completed"}, rows
    assert {name: one.pid for name, one in site.site.processes.items()} == processes
    proved(
        f"SQLite locked by another process for {seconds} s: pages "
        f"{dict(traffic.pages)}, calls {dict(traffic.calls)}; all {len(rows)} tasks "
        "were completed, once."
    )
