"""One generation of processes: who is replaced, who is waited for, what is returned."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cluster.site import Site, began, let_go, running_site
from tests.services import eventually, free_port, is_open, running

on_orm = pytest.mark.parametrize("site", ["orm"], indirect=True)


@pytest.fixture(scope="module", params=["orm", "redis"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with running_site(request.param) as site:
        yield site


@on_orm
def test_recycled_and_timed_out_workers_are_replaced_one_by_one(site: Site) -> None:
    with site.cluster("engine") as cluster:
        site.works("engine")
        sentinel = cluster.members("sentinel")
        notes = [site.enqueue("engine", "note") for _ in range(7)]
        eventually("all are done", lambda: all(path.exists() for path in notes))
        assert len({path.read_text() for path in notes}) >= 3
        site.enqueue("engine", "linger", timeout=1)
        site.works("engine")
        assert cluster.says("exceeded maximum timeout value") > 0
        assert cluster.members("sentinel") == sentinel
        assert cluster.says("started again") == 0
        cluster.end()


@on_orm
def test_a_worker_that_hangs_past_its_limit_is_killed(site: Site) -> None:
    with site.cluster("engine") as cluster:
        site.enqueue("engine", "hang", timeout=1)
        site.works("engine")
        assert cluster.says("started again: worker process") == 1
        assert cluster.says("hung past its task's time limit") == 1
        cluster.end()


@on_orm
@pytest.mark.parametrize("name", ["worker", "sentinel"])
def test_what_the_killed_had_started_goes_with_them(site: Site, name: str) -> None:
    with site.cluster() as cluster:
        child = began(site.enqueue("worker", "parent"))
        eventually("a worker's own child began", child.exists)
        own = psutil.Process(int(child.read_text()))
        next(other for other in own.parents() if other.name() == name).kill()
        eventually("the child has gone", lambda: own not in cluster.members())
        site.works("worker")
        cluster.end()


@on_orm
def test_others_finish_their_tasks_while_new_ones_already_work(site: Site) -> None:
    with site.cluster() as cluster:
        tasks = [site.enqueue("worker", "linger") for _ in range(2)]
        eventually("both began", lambda: all(began(task).exists() for task in tasks))
        workers = [began(task).read_text() for task in tasks]
        psutil.Process(int(workers[0])).kill()
        site.works("worker")
        let_go(tasks[1])
        eventually("the other task ended well", tasks[1].exists)
        assert tasks[1].read_text() == workers[1]
        cluster.end()


def test_a_broker_that_is_away_is_waited_for(tmp_path: Path) -> None:
    port = free_port()
    site = Site(tmp_path, REDIS_URL=f"redis://127.0.0.1:{port}/0")
    with site, site.cluster() as cluster:
        eventually("the outage is named", lambda: cluster.says("ConnectionError"))
        assert cluster.says("Traceback") == 0
        command = ["redis-server", "--port", str(port), "--save", ""]
        log = tmp_path / "redis.log"
        with running("Redis", log, lambda: is_open(port), command=command):
            site.works("worker")
            cluster.end()
