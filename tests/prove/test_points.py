"""A process that meets a fault at any named point: all is well again in a minute.

The faults are its death, an exception, and a database that is gone for some seconds.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.faults.outage import away
from tests.faults.points import WAYS, meet, overcome
from tests.faults.site import Site, running_site
from tests.services import postgres

pytestmark = pytest.mark.prove
# Seconds for which the database refuses everybody.
GONE = 3
WAVES = 5
PASSAGES = [(point, way) for point, ways in WAYS.items() for way in ways]
passages = pytest.mark.parametrize(
    ("point", "way"),
    [pytest.param(*one, id=f"{one[0]}-{one[1].__name__}") for one in PASSAGES],
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("points"), "web") as site:
        yield site
        is_in_order(site)


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("outages")
    with postgres() as store, running_site(folder, "web", **store) as site:
        yield site
        is_in_order(site)


@pytest.fixture(scope="module")
def met(proved: Callable[[str], None]) -> Iterator[Counter[str]]:
    """Count how often each fault was met and recovered from."""
    counts = Counter[str]()
    yield counts
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    proved(
        f"{len(WAYS)} named points on {len(PASSAGES)} ways: {told}; each recovered "
        "within 60 s, and nothing was lost, half there, doubled or paid twice."
    )


@passages
@pytest.mark.parametrize("fault", ["", "raise"], ids=["killed", "raised"])
def test_dead_or_broken(
    site: Site, met: Counter[str], point: str, way: Callable, fault: str
) -> None:
    overcome(site, point, way, fault)
    met["exceptions" if fault else "deaths by SIGKILL"] += 1


@pytest.mark.parametrize("wave", range(WAVES))
def test_the_database_is_gone(on_postgres: Site, met: Counter[str], wave: int) -> None:
    """One outage after the other, each while a process stands at another point."""

    def outage() -> None:
        victim = on_postgres.standing()
        with away(on_postgres.site.env["DATABASE_URL"]):
            victim.resume()
            # For so long: this is the fault, not a wait for anything.
            threading.Event().wait(GONE)

    passages = PASSAGES[wave::WAVES]
    # Recovery is mostly waiting for leases: that is done for a wave at once.
    begun = [meet(on_postgres, *one, "stop", outage) for one in passages]
    for steps in begun:
        assert not list(steps)
    met[f"outages of PostgreSQL for {GONE} s"] += len(passages)


def is_in_order(site: Site) -> None:
    """Ask the command that an operator would."""
    said = json.loads(site.site.manage("check_integrity", "--json"))
    assert said == {"ok": True, "problems": []}
