"""What one team's account suffers is no other team's trouble."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imaging import worker
from imaging.background.watcher import Watcher
from imaging.models import ProviderAccount, Task, Team, User
from imaging.providers.circuit import FAILURES
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    due_now,
    enter,
    fresh,
    lab_fixture,
    look,
)
from tests.services import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def other(charlie: User, lab: Lab) -> Team:
    """Another team, with an account of its own."""
    team = charlie.own_teams()[0]
    enter(team, lab)
    return team


@pytest.fixture
def astray(studio: Team, lab: Lab) -> Team:
    """A team with running jobs whose account leads nowhere since."""
    enter(studio, lab)
    for seed in range(FAILURES + 2):
        at_the_lab(a_picture(studio, seed=seed), where="atelier", mode="never")
    studio.accounts.update(url=f"http://127.0.0.1:{free_port()}")
    return studio


def pause(team: Team, paused: bool = True) -> None:
    ProviderAccount.objects.filter(team=team).update(paused=paused)


def test_a_wrong_address_opens_the_circuit_of_its_own_account_only(
    astray: Team, other: Team
) -> None:
    for task in astray.tasks.all():
        look(task)
    mine = at_the_lab(a_picture(other), where="atelier")
    assert mine.stage == "remote"
    assert look(mine).stage == "ready"
    # The team with the wrong address waits: its circuit is open.
    waiting = begin(a_picture(astray, seed=99), where="atelier")
    worker.submit(str(waiting.pk))
    assert (fresh(waiting).stage, fresh(waiting).starts) == ("queued", 0)
    assert fresh(waiting).due > timezone.now()


def test_very_many_tasks_of_one_team_keep_no_other_from_being_asked(
    studio: Team, other: Team, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(studio, lab)
    monkeypatch.setattr("imaging.background.watcher.ROOM", 2)
    for seed in range(4):
        due_now(at_the_lab(a_picture(studio, seed=seed), where="atelier", mode="never"))
    last = at_the_lab(a_picture(other), where="atelier", mode="never")
    assert look(last).polls == 1
    assert sorted(studio.tasks.values_list("polls", flat=True)) == [0, 0, 1, 1]


def test_more_accounts_cost_no_more_queries(
    studio: Team, other: Team, lab: Lab
) -> None:
    enter(studio, lab)

    def queries() -> int:
        loop = Watcher()
        with CaptureQueriesContext(connection) as seen:
            loop.ask()
        for lane in loop.lanes.values():
            lane.pool.shutdown(wait=True)
        loop.take_answers()
        mine = [one for one in seen if "imaging_" in one["sql"]]
        return len(mine)

    due_now(at_the_lab(a_picture(studio), where="atelier", mode="never"))
    alone = queries()
    Task.objects.update(due=timezone.now())
    due_now(at_the_lab(a_picture(other), where="atelier", mode="never"))
    assert queries() == alone


def test_a_paused_account_begins_nothing_and_ends_what_runs(
    studio: Team, lab: Lab
) -> None:
    enter(studio, lab)
    running = at_the_lab(a_picture(studio), where="atelier")
    queued = begin(a_picture(studio, seed=1), where="atelier")
    pause(studio)
    worker.submit(str(queued.pk))
    queued = fresh(queued)
    assert (queued.state, queued.starts, len(lab.orders)) == ("pending", 0, 1)
    assert "paused" in queued.message
    # However long the pause is: no job of theirs was late.
    assert queued.deadline is None
    assert look(running).stage == "ready"
    worker.fetch(str(running.pk))
    assert fresh(running).state == "completed"
    pause(studio, False)
    due_now(queued)
    worker.submit(str(queued.pk))
    assert (fresh(queued).stage, fresh(queued).message) == ("remote", "")
    assert fresh(queued).deadline


def test_a_job_whose_account_was_taken_away_ends_with_a_sentence(
    studio: Team, lab: Lab
) -> None:
    enter(studio, lab)
    task = at_the_lab(a_picture(studio), where="atelier")
    studio.accounts.all().delete()
    task = look(task)
    assert (task.state, task.code) == ("error", "no_account")
    assert "Enter its keys again" in task.hint
