"""A process whose clock is an hour off: tasks end, once, and nobody is locked out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.site import LIMIT, Site, running_site
from tests.prove import stores
from tests.prove.traffic import OWNER, Traffic
from tests.services import eventually

pytestmark = pytest.mark.prove
CLOCK = str(Path(__file__).parent / "clock")
HOUR = 3_600


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("clocks")
    with (
        stores.postgres() as (_store, database),
        running_site(folder, "web", REDIS_URL="", **database) as site,
    ):
        site.site.add_person(OWNER)
        yield site


@contextmanager
def off(site: Site, name: str, seconds: float) -> Iterator[None]:
    """Let the clock of one process be off while the block runs."""
    env = {"PYTHONPATH": CLOCK, "CLOCK_AHEAD": str(seconds)}
    restart(site, name, env)
    try:
        yield
    finally:
        restart(site, name, {})


def restart(site: Site, name: str, more: dict[str, str]) -> None:
    usual = site.site.env
    site.site.end(name)
    site.site.env = usual | more
    site.site.begin(name)
    site.site.env = usual
    if name == "web":
        eventually("the site is served", site.site.is_served, LIMIT)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["ahead", "behind"])
@pytest.mark.parametrize("name", ["worker", "engine", "watch", "web"])
def test_everything_goes_on(
    site: Site, name: str, ahead: float, proved: Callable[[str], None]
) -> None:
    with off(site, name, ahead):
        with Traffic(site.site, programs=1) as traffic:
            eventually("work goes on", lambda: len(traffic.tasks) >= 4, LIMIT)
            # What nobody could tell that it was paid: it must not be begun twice.
            plain = site.develop(2, promise="none", seconds=3)
        assert not traffic.faults, "\n".join(traffic.faults[:9])
        rows = site.ended([*traffic.tasks, *plain])
    said = {(row["state"], row["code"], row["message"]) for row in rows}
    assert {row["state"] for row in rows} == {"completed"}, said
    proved(
        f"{name}'s clock {ahead / HOUR:+.0f} h: all {len(rows)} tasks completed, each "
        f"begun and paid once; pages {dict(traffic.pages)}."
    )
