"""A task as its provider sees it, and the others of its order."""

from pathlib import Path

import pytest

from imaging.background.jobs import job_of
from imaging.models import Order, State, Task, Team
from imaging.providers.accounts import Account
from tests.lab import Lab
from tests.labwork import a_picture, lab_fixture  # noqa: F401
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def started(team: Team, *names: str, seed: int = 0) -> list[Task]:
    order = Order.of(team, "lab", "develop", {"seconds": 0})
    images = [a_picture(team, name, seed + n) for n, name in enumerate(names)]
    wide = an_image(team, b"wide %d" % seed, "wide.jpg", width=4001, height=100)
    batch = Task.objects.start([*images, wide], order, team=team, user=None)
    return list(batch.tasks.order_by("created"))


def test_companions_are_the_jobs_of_the_same_order(
    lab: Lab, studio: Team, tmp_path: Path
) -> None:
    first, second, blocked = started(studio, "a.jpg", "b.jpg")
    started(studio, "another order.jpg", seed=7)
    assert blocked.state == State.ERROR
    second.change(ticket={"id": "7"}, state=State.CANCELLED)
    found = job_of(first, Account(), tmp_path).companions()
    assert [one.job.facts.name for one in found] == ["a.jpg", "b.jpg"]
    assert [one.over for one in found] == [False, True]
    assert [one.ticket for one in found] == [{}, {"id": "7"}]


def test_a_companion_lends_its_own_picture_and_room(
    lab: Lab, studio: Team, tmp_path: Path
) -> None:
    first, second, _ = started(studio, "a.jpg", "b.jpg")
    other = job_of(first, Account(), tmp_path).companions()[1].job
    assert second.image
    with other.source() as path, second.image.blob.local_copy() as its:
        assert path.read_bytes() == its.read_bytes()
    assert other.scratch.parent == tmp_path
    assert not other.scratch.exists()


def test_a_failed_companion_is_still_one(
    lab: Lab, studio: Team, tmp_path: Path
) -> None:
    first, second, _ = started(studio, "a.jpg", "b.jpg")
    second.change(state=State.ERROR, code="blocked", began=second.created)
    assert len(job_of(first, Account(), tmp_path).companions()) == 2
