"""Beginning again: what is paid for is fetched, what has failed is a new job."""

import pytest

from imaging import providers, worker
from imaging.background import outcomes, sweeping
from imaging.failures import ProviderError
from imaging.models import Order, Refusal, State, Task, Team
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    close_circuit,
    due_now,
    fresh,
    go_away,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_a_result_without_room_is_fetched_again_and_not_paid_again(
    lab: Lab, studio: Team
) -> None:
    task = look(at_the_lab(a_picture(studio)))
    Team.objects.filter(pk=studio.pk).update(max_bytes=1)
    # The played result is the original itself; other bytes need room of their own.
    lab.orders["1"].body = b"".join([lab.orders["1"].body, b"\0"])
    worker.fetch(str(task.pk))
    task = fresh(task)
    assert (task.state, task.code, task.resumes) == ("error", "storage_full", True)
    Team.objects.filter(pk=studio.pk).update(max_bytes=10**9)
    assert task.retry()
    task = look(task)
    worker.fetch(str(task.pk))
    assert fresh(task).state == State.COMPLETED
    assert len(lab.orders) == 1


def test_a_job_that_failed_is_given_anew_under_another_key(
    lab: Lab, studio: Team
) -> None:
    task = look(at_the_lab(a_picture(studio), mode="fail"))
    assert (task.state, task.resumes) == ("error", False)
    assert task.retry()
    worker.submit(str(task.pk))
    keys = [order.key for order in lab.orders.values()]
    assert keys == [str(task.pk), f"{task.pk}-2"]


def test_a_job_given_up_at_the_provider_is_asked_for_again(
    lab: Lab, studio: Team
) -> None:
    task = at_the_lab(a_picture(studio))
    due_now(task)
    claimed = Task.objects.claim(task.pk, "poll")
    assert claimed
    outcomes.give_up(claimed)
    assert fresh(task).retry()
    assert fresh(task).stage == "remote"
    assert len(lab.orders) == 1


def test_a_job_in_doubt_is_not_given_again_unasked(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), mode="hang-up", promise="list")
    assert (task.code, task.is_open) == ("outcome_unknown", True)
    go_away()
    while task.is_open:
        close_circuit()
        due_now(task)
        worker.submit(str(task.pk))
        task = fresh(task)
    # What was asked last could not be reached; what counts is what was sent before.
    assert "cannot be reached" in task.message
    assert task.hint
    assert task.is_unknown
    assert not task.retry()
    assert task.retry(confirmed=True)
    assert len(lab.orders) == 1


@pytest.mark.parametrize("end", ["cancelled", "gave_up", "deadline"])
def test_a_job_in_doubt_stays_so_however_it_ends(
    lab: Lab, studio: Team, end: str
) -> None:
    task = at_the_lab(a_picture(studio), mode="hang-up", promise="list")
    due_now(task)
    if end == "cancelled":
        task.cancel()
        worker.submit(str(task.pk))
    elif end == "gave_up":
        claimed = Task.objects.claim(task.pk, "submit")
        assert claimed
        outcomes.give_up(claimed)
    else:
        Task.objects.filter(pk=task.pk).update(deadline=task.created)
        sweeping.end_overdue()
    task = fresh(task)
    assert (task.is_open, task.is_unknown) == (False, True)
    assert not task.retry()


def test_a_job_that_is_surely_not_taken_is_given_again_unasked(
    lab: Lab, studio: Team
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject", promise="list")
    assert (task.is_open, task.is_unknown) == (False, False)
    assert task.retry()


def test_a_cancelled_task_that_is_taken_up_again_tells_the_provider(
    lab: Lab, studio: Team
) -> None:
    task = at_the_lab(a_picture(studio))
    # As after a crash between the provider's answer and the next stage.
    sending = {"stage": "sending", "cancel_asked": True}
    Task.objects.filter(pk=task.pk).update(**sending)
    due_now(task)
    worker.submit(str(task.pk))
    assert fresh(task).state == State.CANCELLED
    assert lab.cancelled == ["1"]


def test_a_retry_keeps_to_the_bound_of_this_machine(studio: Team) -> None:
    order = Order.of(studio, "local", "convert", {"format": "png"})
    batch = Task.objects.start([a_picture(studio)], order, team=studio, user=None)
    task = batch.tasks.get()
    task.cancel()
    Team.objects.filter(pk=studio.pk).update(max_engine_minutes=0)
    with pytest.raises(Refusal, match="engine minutes this month"):
        fresh(task).retry()
    assert fresh(task).state == "cancelled"


def test_a_provider_that_is_gone_ends_its_tasks(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio))
    Task.objects.filter(pk=task.pk).update(stage="queued", provider="vanished")
    due_now(task)
    worker.submit(str(task.pk))
    task = fresh(task)
    assert (task.state, task.code) == ("error", "no_provider")
    assert "vanished" in task.message
    assert task.queue == "worker"


def test_what_is_paid_at_a_provider_that_is_gone_is_kept_for_its_return(
    lab: Lab, studio: Team
) -> None:
    task = at_the_lab(a_picture(studio))
    Task.objects.filter(pk=task.pk).update(
        provider="vanished", state="error", stage="", resumes=True
    )
    with pytest.raises(Refusal, match="There is no vanished here any more"):
        fresh(task).retry()
    assert (fresh(task).resumes, fresh(task).ticket) == (True, task.ticket)


def test_a_cancel_that_the_provider_does_not_hear_ends_all_the_same(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(job: object, ticket: object) -> None:
        raise ProviderError("Nobody answers.", "unreachable")

    task = at_the_lab(a_picture(studio))
    monkeypatch.setattr(providers.get("lab"), "cancel", deaf)
    task.cancel()
    assert look(task).state == State.CANCELLED
