"""The queue between pusher and workers: an end at any moment loses nothing."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import psutil
import pytest

from tests.cluster.site import Site, began, let_go, running_site
from tests.services import eventually


@pytest.fixture(scope="module", params=["orm", "redis"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with running_site(request.param) as site:
        yield site


def test_a_signal_to_all_at_once_lets_a_task_finish_and_returns_the_next(
    site: Site,
) -> None:
    with site.cluster("engine") as cluster:
        running = site.enqueue("engine", "linger")
        later = [site.enqueue("engine", "note") for _ in range(2)]
        eventually("the task began", began(running).exists)
        eventually("another was fetched", lambda: site.call("waiting", "engine") < 2)
        for process in cluster.members():
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        let_go(running)
        eventually("all have gone", cluster.has_gone)
        assert cluster.top.wait() == 0
    assert running.exists()
    assert not any(path.exists() for path in later)
    assert site.call("waiting", "engine") == 2
    with site.cluster("engine") as cluster:
        eventually("both are done", lambda: all(path.exists() for path in later))
        cluster.end()


def test_an_end_in_the_midst_of_work_loses_nothing_and_repeats_nothing(
    site: Site,
) -> None:
    tasks = [site.enqueue("worker", "note") for _ in range(40)]

    def are_done(number: int) -> bool:
        return sum(task.exists() for task in tasks) >= number

    for number in (1, 10, len(tasks)):
        with site.cluster() as cluster:
            eventually("the cluster begins", lambda: cluster.says("started"))
            eventually(f"{number} are done", partial(are_done, number))
            cluster.end()
            assert cluster.says("Traceback") == 0
    assert {len(task.read_text().split()) for task in tasks} == {1}
