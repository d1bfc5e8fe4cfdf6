"""Whatever process is killed, whenever: tasks end once, and nobody is orphaned."""

from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.faults.site import LIMIT, Site, running_site
from tests.services import eventually

KILLS = [
    ("worker", "top"),
    ("worker", "worker"),
    ("watch", "top"),
    *[
        pytest.param(name, kind, marks=pytest.mark.prove)
        for name, kinds in (
            ("worker", ("sentinel", "pusher", "monitor")),
            ("engine", ("top", "worker", "pusher", "monitor")),
        )
        for kind in kinds
    ],
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("kills")) as site:
        yield site


def kill(site: Site, name: str, kind: str) -> list[psutil.Process]:
    """Kill one process; return those that may not survive the death of a top."""
    victims = eventually(
        f"{name} has a {kind}", lambda: site.members(name, kind), LIMIT
    )
    family = site.family(name) if kind == "top" else [victims[0]]
    victims[0].kill()
    return family


@pytest.mark.parametrize(("name", "kind"), KILLS)
def test_before_during_and_after_its_acts(site: Site, name: str, kind: str) -> None:
    doomed = kill(site, name, kind)
    site.revive()
    tasks = site.develop(3, seconds=1) + site.convert(2)
    eventually("work has begun", lambda: site.stages(tasks) - {"queued"}, LIMIT)
    doomed += kill(site, name, kind)
    site.ended(tasks[:1])
    doomed += kill(site, name, kind)
    rows = site.ended(tasks)
    assert {row["state"] for row in rows} == {"completed"}, rows
    assert [site.paid(pk) for pk in tasks] == [1, 1, 1, 0, 0]
    eventually("no orphan is left", lambda: not any(map(lives, doomed)), 10)


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
