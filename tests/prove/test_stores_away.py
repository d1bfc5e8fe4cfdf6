"""PostgreSQL and Redis go away under load and come back: nothing is lost."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis as redis_client

from tests.faults.site import LIMIT, Site, running_site
from tests.prove import stores
from tests.prove.traffic import OWNER, Traffic
from tests.services import eventually

pytestmark = pytest.mark.prove
# For so many seconds there is work before, and then nothing to keep it in.
BEFORE, AWAY = 4, 8


@dataclass
class Ground:
    """A site on PostgreSQL and Redis, and both of these."""

    site: Site
    stores: dict[str, stores.Store]
    redis_url: str

    def alive(self) -> dict[str, int]:
        processes = self.site.site.processes.items()
        return {name: one.pid for name, one in processes if one.poll() is None}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("away")
    with (
        stores.postgres() as (postgres, database),
        stores.redis() as (redis, cache),
        running_site(folder, "web", **database, **cache) as site,
    ):
        site.site.add_person(OWNER)
        yield Ground(site, {"PostgreSQL": postgres, "Redis": redis}, cache["REDIS_URL"])


def work(traffic: Traffic, more: int) -> None:
    """Wait until so many more tasks have been taken on."""
    wanted = len(traffic.tasks) + more
    eventually("work goes on", lambda: len(traffic.tasks) >= wanted, LIMIT)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("PostgreSQL", signal.SIGINT),
        ("PostgreSQL", signal.SIGQUIT),
        ("PostgreSQL", signal.SIGKILL),
        ("Redis", signal.SIGTERM),
        ("Redis", signal.SIGKILL),
    ],
    ids=["fast", "immediate", "killed", "Redis ended", "Redis killed"],
)
def test_a_store_goes_away_and_comes_back(
    ground: Ground,
    name: str,
    how: signal.Signals,
    proved: Callable[[str], None],
    request: pytest.FixtureRequest,
) -> None:
    store, before = ground.stores[name], ground.alive()
    with Traffic(ground.site.site) as traffic:
        work(traffic, BEFORE)
        store.end(how)
        gone = time.monotonic()
        eventually("it was away", lambda: time.monotonic() - gone > AWAY, LIMIT)
        store.begin()
        back = time.monotonic()
        work(traffic, BEFORE)
        served = time.monotonic() - back
    recovered(ground, traffic, before)
    seconds = time.monotonic() - back
    if name == "PostgreSQL":
        assert traffic.pages[503], traffic.pages
    slowest, count = traffic.longest.get(503, 0), len(traffic.tasks)
    proved(
        f"{name} {request.node.callspec.id} for {AWAY} s: pages {dict(traffic.pages)}, "
        f"calls {dict(traffic.calls)}, a 503 within {slowest:.1f} s; served again "
        f"after {served:.0f} s, all {count} tasks ended after {seconds:.0f} s."
    )


def test_redis_forgets_everything(
    ground: Ground, proved: Callable[[str], None]
) -> None:
    before = ground.alive()
    with Traffic(ground.site.site) as traffic:
        for _ in range(3):
            work(traffic, BEFORE)
            redis_client.Redis.from_url(ground.redis_url).flushall()
    recovered(ground, traffic, before)
    assert set(traffic.pages) == {200}, traffic.pages
    proved(f"Redis emptied 3 times: all {len(traffic.tasks)} tasks ended.")


def recovered(ground: Ground, traffic: Traffic, before: dict[str, int]) -> None:
    """Nothing acknowledged is lost, everything ended, nobody had to be started."""
    assert not traffic.faults, "\n".join(traffic.faults[:9])
    rows = ground.site.ended(traffic.tasks)
    assert len(rows) == len(set(traffic.tasks)) > 0
    assert {row["state"] for row in rows} == {"completed"}, rows
    for image in traffic.images:
        answer = traffic.call("GET", f"/api/v1/images/{image}", headers=traffic.headers)
        assert answer is not None
        assert answer.ok, answer.text
    assert ground.alive() == before
    log = ground.site.site.log("web").read_text()
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4_000]


def test_the_folder_is_empty_of_what_was_begun(ground: Ground) -> None:
    """Nothing half there: no temporary file is left of all this."""
    folder = Path(ground.site.site.data) / "tmp"

    def is_empty() -> bool:
        return not [one for one in folder.iterdir() if not one.name.startswith(".")]

    eventually("no temporary is left", is_empty, LIMIT)
