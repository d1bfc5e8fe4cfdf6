"""Wake-ups that come three times, and workers that stand still past their lease."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.program import Program
from tests.faults.site import LIMIT, Site, running_site
from tests.providers.playing import Playing, answer
from tests.services import eventually

pytestmark = pytest.mark.prove
MANY = 150
# Where a worker that holds a task, or a message, may stand still.
POINTS = [
    "submit-claimed",
    "intent-saved",
    "answered",
    "ticket-saved",
    "submitted",
    "fetch-claimed",
    "fetched",
    "result-written",
    "notified",
]
TAKEN_OVER = ("was taken over by another", "is sent by another")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    # Enough that some are left when one stands still at each point.
    with running_site(tmp_path, "web", WORKERS="12", ENGINES="2") as site:
        yield site


def test_what_is_delivered_three_times_is_done_once(
    site: Site, proved: Callable[[str], None]
) -> None:
    site.call("deliver_thrice")
    with Playing() as receiver:
        receiver.on("POST /", answer())
        message = site.call("announce", receiver.url)
        program = Program(site)
        image = program.upload()
        tasks = site.develop(MANY, seconds=0) + site.convert(10)
        site.work_off(len(tasks))
        rows = site.ended(tasks)
        assert {row["state"] for row in rows} == {"completed"}
        assert site.call("message", message) == ["delivered", 1]
        assert receiver.count() == 1
    program.has(image)
    delivered = site.call("delivered")
    assert delivered >= 3 * 2 * MANY
    proved(
        f"Each wake-up delivered three times, {delivered} in all, to 14 workers at "
        f"once: {len(tasks)} tasks ended once each, none was paid twice, and a "
        "message was sent once."
    )


def test_late_workers_change_nothing(site: Site, proved: Callable[[str], None]) -> None:
    for point in POINTS:
        site.arm(point, "stop")
    with Playing() as receiver:
        receiver.on("POST /", answer())
        message = site.call("announce", receiver.url)
        tasks = site.develop(2 * len(POINTS), seconds=0)
        for point in POINTS:
            site.was_reached(point)
        late = standing(site, len(POINTS))
        rows = site.ended(tasks)
        assert {row["state"] for row in rows} == {"completed"}
        eventually(
            "the message is delivered",
            lambda: site.call("message", message) == ["delivered", 1],
            LIMIT,
        )
        before = site.call("everything", tasks)
        for process in late:
            process.resume()
        eventually("all have noticed", lambda: noticed(site) >= len(POINTS), LIMIT)
        assert site.call("everything", tasks) == before
        assert site.call("message", message) == ["delivered", 1]
    assert set(site.payments().values()) == {1}
    site.settled()
    proved(
        f"{len(late)} workers that stood still past their lease, each at another "
        "point, went on when others had done their work: no row was changed by them."
    )


def standing(site: Site, count: int) -> list[psutil.Process]:
    """Return all that stand still, once there are so many."""

    def found() -> list[psutil.Process]:
        here = site.site.members()
        late = [one for one in here if one.status() == psutil.STATUS_STOPPED]
        return late if len(late) == count else []

    return list(eventually(f"{count} stand still", found, LIMIT))


def noticed(site: Site) -> int:
    """Count who said that another had taken over."""
    said = site.site.log("worker").read_text()
    return sum(said.count(words) for words in TAKEN_OVER)
