"""The guarded cluster: whatever is killed, it works on, and leaves nobody behind."""

import signal
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from imaging.cluster.guard import Guard, Shift
from tests.cluster.site import Site, began, let_go, running_site
from tests.services import eventually

on_orm = pytest.mark.parametrize("site", ["orm"], indirect=True)


@pytest.fixture(scope="module", params=["orm", "redis"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with running_site(request.param) as site:
        yield site


@pytest.mark.parametrize("name", ["worker", "pusher", "monitor", "sentinel"])
def test_a_killed_process_stops_neither_the_work_nor_the_end(
    site: Site, name: str
) -> None:
    with site.cluster() as cluster:
        site.works("worker")
        tasks = [site.enqueue("worker", "linger") for _ in range(5)]
        eventually("work began", lambda: any(began(task).exists() for task in tasks))
        victim = cluster.members(name)[0]
        before = set(cluster.members()) - {cluster.top}
        victim.kill()
        for task in tasks:
            let_go(task)
        site.works("worker")
        eventually("the old have left", lambda: not before & set(cluster.members()))
        ended = f"{name} process {victim.pid} was ended by SIGKILL"
        eventually("its end is told of", lambda: cluster.says(ended))
        cluster.end()
        assert cluster.says(ended) == 1


def test_workers_killed_while_idle_do_not_keep_the_queues_lock(site: Site) -> None:
    with site.cluster() as cluster:
        site.works("worker")
        for worker in cluster.members("worker"):
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        site.works("worker")
        cluster.members("worker")[0].kill()
        cluster.end()


@pytest.mark.parametrize(
    ("queue", "signum"), [("worker", signal.SIGTERM), ("engine", signal.SIGINT)]
)
def test_an_idle_cluster_shows_that_it_lives_and_ends_when_asked(
    site: Site, queue: str, signum: int
) -> None:
    with site.cluster(queue) as cluster:
        site.works(queue)
        born = int(cluster.top.create_time())
        eventually("its heart beats", lambda: site.call("heartbeat", queue) >= born)
        cluster.end(signum)
        assert cluster.says("started") == cluster.says("stopped") == 1


@on_orm
def test_it_ends_when_asked_before_it_has_begun(site: Site) -> None:
    with site.cluster() as cluster:
        eventually("the cluster begins", lambda: cluster.says("started"))
        cluster.end()


@on_orm
def test_nobody_survives_the_top_process(site: Site) -> None:
    with site.cluster() as cluster:
        child = site.enqueue("worker", "parent")
        eventually("the worker's own child began", began(child).exists)
        cluster.top.kill()
        eventually("all have gone", cluster.has_gone)


def test_the_pauses_of_a_crash_loop_grow_and_a_steady_time_ends_them() -> None:
    guard = Guard("worker", lambda queue: None)
    guard.halt()
    pauses = []
    for _ in range(6):
        pauses.append(guard.pause)
        guard.rest(Shift(None, None, born=float("inf")))
    assert pauses == [0.5, 1, 2, 4, 5, 5]
    guard.rest(Shift(None, None, born=float("-inf")))
    assert guard.pause == 1
