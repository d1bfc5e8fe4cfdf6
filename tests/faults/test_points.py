"""Killed at each named point, every task ends once, paid once, and nothing is left."""

from collections.abc import Iterator

import pytest

from tests.faults.site import LIMIT, Site, running_site
from tests.providers.playing import Playing, answer
from tests.services import eventually

WORKER = [
    "submit-claimed",
    "intent-saved",
    "answered",
    "ticket-saved",
    "submitted",
    "wake-up-sent",
    "fetch-claimed",
    "fetched",
    "result-written",
    "result-committed",
]
WATCH = ["poll-claimed", "answers-committed"]
ENGINE = ["file-written", "result-written", "result-committed"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("faults")) as site:
        yield site


def was_reached(site: Site, point: str) -> None:
    eventually(f"{point} is reached", lambda: not (site.points / point).exists(), LIMIT)


@pytest.mark.parametrize(
    ("point", "promise"),
    [
        *[(point, "key") for point in WORKER + WATCH],
        ("answered", "list"),
        *[
            pytest.param(point, "list", marks=pytest.mark.prove)
            for point in WORKER + WATCH
            if point != "answered"
        ],
    ],
)
def test_a_paid_job_is_done_and_paid_once(site: Site, point: str, promise: str) -> None:
    site.arm(point)
    (pk,) = site.develop(promise=promise)
    was_reached(site, point)
    (task,) = site.ended([pk])
    assert (task["state"], site.paid(pk)) == ("completed", 1), task


@pytest.mark.parametrize("point", ["intent-saved", "answered"])
def test_where_nobody_can_tell_the_task_says_so(site: Site, point: str) -> None:
    site.arm(point)
    (pk,) = site.develop(promise="none")
    was_reached(site, point)
    (task,) = site.ended([pk])
    assert (task["state"], task["code"]) == ("error", "outcome_unknown")
    assert site.paid(pk) == (point == "answered")


@pytest.mark.parametrize("point", ENGINE)
def test_an_engine_begins_again(site: Site, point: str) -> None:
    site.arm(point)
    (pk,) = site.convert()
    was_reached(site, point)
    (task,) = site.ended([pk])
    assert task["state"] == "completed", task


@pytest.mark.parametrize(("point", "times"), [("notify-claimed", 1), ("notified", 2)])
def test_a_message_is_sent_until_that_is_written_down(
    site: Site, point: str, times: int
) -> None:
    with Playing() as receiver:
        receiver.on("POST /", answer())
        site.arm(point)
        pk = site.call("announce", receiver.url)
        was_reached(site, point)

        def delivered() -> bool:
            site.revive()
            return bool(site.call("message", pk) == ["delivered", 1])

        eventually("it is delivered", delivered, LIMIT)
        assert {one.headers["webhook-id"] for one in receiver.heard} == {pk}
        assert receiver.count() == times
