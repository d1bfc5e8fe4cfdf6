"""The poll loop, against the played laboratory."""

import threading

import pytest
from django.db import DataError, InterfaceError
from django.utils import timezone
from django_q.brokers import get_broker
from pytest_django import DjangoAssertNumQueries
from redis.exceptions import ConnectionError as RedisAway

from imaging import providers, worker
from imaging.background import sweeping, watcher
from imaging.background.watcher import Watcher
from imaging.models import Task, Team
from imaging.models.states import MAX_STARTS, MAX_TRIES
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


def test_progress_is_shown_and_never_goes_back(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), seconds=600)
    lab.orders["1"].at -= 300
    task = look(task)
    assert (task.state, task.progress, task.lease_until) == ("processing", 50, None)
    assert task.due > timezone.now()
    lab.orders["1"].at += 200
    before = task.revision
    task = look(task)
    assert (task.progress, task.revision) == (50, before)


def test_no_news_change_nothing_but_the_next_time(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), mode="never")
    task = look(task)
    again = look(task)
    assert (again.revision, again.news) == (task.revision, task.news)
    assert (again.polls, again.starts) == (2, 0)
    assert again.due > timezone.now()


def test_as_long_as_nothing_is_due_a_look_is_one_query(
    lab: Lab, studio: Team, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    at_the_lab(a_picture(studio))
    with django_assert_num_queries(1):
        Watcher().ask()


def test_what_is_done_is_handed_to_a_worker(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio))
    task = look(task)
    assert (task.stage, task.starts, task.lease_until) == ("ready", 0, None)
    worker.fetch(str(task.pk))
    assert fresh(task).state == "completed"


def test_a_failed_job_ends_its_task_with_the_vendors_reason(
    lab: Lab, studio: Team
) -> None:
    task = look(at_the_lab(a_picture(studio), mode="fail"))
    assert (task.state, task.code) == ("error", "failed")
    assert task.message == "The picture is out of focus."


def test_garbage_is_asked_again_a_few_times(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), mode="garbage")
    for tries in range(1, MAX_TRIES):
        task = look(task)
        assert (task.state, task.stage, task.tries) == ("processing", "remote", tries)
    task = look(task)
    assert (task.state, task.code) == ("error", "bad_answer")


def test_a_vendor_that_is_away_is_waited_for(lab: Lab, studio: Team) -> None:
    task, address = at_the_lab(a_picture(studio)), lab.url
    go_away()
    for _ in range(MAX_TRIES + 1):
        task = look(task)
        close_circuit()
    assert (task.state, task.code) == ("processing", "unreachable")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_URL", address)
        task = look(task)
    assert (task.stage, task.message, task.tries) == ("ready", "", 0)


def test_an_open_circuit_is_left_alone(lab: Lab, studio: Team) -> None:
    tasks = [at_the_lab(a_picture(studio, seed=n), mode="never") for n in range(3)]
    go_away()
    for _ in range(3):
        for task in tasks:
            look(task)
    assert max(fresh(task).polls for task in tasks) == 2


def test_a_cancel_reaches_the_vendor(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), seconds=60)
    task.cancel()
    task = look(task)
    assert (task.state, task.code) == ("cancelled", "cancelled")
    assert lab.cancelled == ["1"]


def test_a_picture_deleted_meanwhile_ends_its_task(lab: Lab, studio: Team) -> None:
    image = a_picture(studio)
    task = at_the_lab(image)
    image.remove()
    assert look(task).code == "image_deleted"


def test_a_bug_in_a_client_is_noted_and_given_up_in_the_end(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = at_the_lab(a_picture(studio))
    monkeypatch.setattr(providers.get("lab"), "poll", lambda job, ticket: 1 / 0)
    for _ in range(MAX_STARTS - 1):
        task = look(task)
        assert (task.state, task.stage) == ("processing", "remote")
    task = look(task)
    assert (task.state, task.code) == ("error", "gave_up")


def test_a_dead_provider_holds_up_no_other(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threads of one hang; the answers of the other come all the same."""
    dead, good = (at_the_lab(a_picture(studio, seed=n)) for n in range(2))
    Task.objects.filter(pk=dead.pk).update(provider="local")
    hanging, over = threading.Event(), threading.Event()

    def hang(job: object, ticket: object) -> None:
        hanging.set()
        over.wait(60)

    monkeypatch.setattr(providers.get("local"), "poll", hang)
    loop = Watcher()
    due_now(dead)
    due_now(good)
    try:
        loop.ask()
        assert hanging.wait(30)
        loop.lanes["lab"].pool.shutdown(wait=True)
        loop.take_answers()
        assert fresh(good).stage == "ready"
        assert fresh(dead).stage == "remote"
    finally:
        over.set()


@pytest.mark.django_db(transaction=True)
def test_a_turn_does_whatever_is_due(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio))
    due_now(task)
    loop = Watcher()
    loop.turn()
    loop.lanes["lab"].pool.shutdown(wait=True)
    loop.turn()
    assert fresh(task).stage == "ready"
    assert loop.swept
    assert loop.pruned
    assert loop.beaten


@pytest.mark.parametrize("fault", [ValueError, DataError])
def test_an_answer_that_cannot_be_written_down_spoils_no_other(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    bad, good = (at_the_lab(a_picture(studio, seed=n)) for n in range(2))
    finish = Watcher.finish

    def fail(loop: Watcher, task: Task) -> None:
        if task.pk == bad.pk:
            raise fault("a NUL character")
        finish(loop, task)

    monkeypatch.setattr(Watcher, "finish", fail)
    due_now(bad)
    good = look(good)
    bad = fresh(bad)
    assert good.stage == "ready"
    assert (bad.state, bad.stage, bad.lease_until) == ("processing", "remote", None)
    assert bad.events.last().kind == "interrupted"


@pytest.mark.parametrize("outage", [RedisAway, InterfaceError, OSError])
def test_an_outage_of_ours_does_not_end_the_loop(
    monkeypatch: pytest.MonkeyPatch, outage: type[Exception]
) -> None:
    loop, turns = Watcher(), []

    def turn() -> None:
        turns.append(1)
        if len(turns) == 2:
            loop.stop.set()
        raise outage("away")

    monkeypatch.setattr(loop, "turn", turn)
    monkeypatch.setattr(watcher, "PAUSE", 0)
    loop.run()
    assert len(turns) == 2


def test_the_wake_up_is_written_with_the_row_that_needs_it(
    lab: Lab, studio: Team, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    if settings.REDIS_URL:  # type: ignore[attr-defined]
        pytest.skip("Redis is told after the commit")

    def fail(*args: object) -> None:
        raise InterfaceError("away")

    task = at_the_lab(a_picture(studio))
    monkeypatch.setattr(watcher, "wake", fail)
    with pytest.raises(InterfaceError):
        look(task)
    assert fresh(task).stage == "remote"


@pytest.mark.django_db(transaction=True)
def test_prune_is_asked_of_a_worker(lab: Lab, studio: Team) -> None:
    if sweeping.get_broker("worker").info().startswith("Redis"):
        get_broker("worker").purge_queue()
    before = get_broker("worker").queue_size()
    Watcher().turn()
    assert get_broker("worker").queue_size() == before + 1
