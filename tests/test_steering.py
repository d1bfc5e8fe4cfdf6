"""What the operator sets for a provider counts at once, for everybody."""

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from pytest_django import DjangoCaptureOnCommitCallbacks

from imaging import worker
from imaging.background import sweeping, turns
from imaging.background.watcher import Watcher
from imaging.models import (
    Mode,
    Order,
    ProviderControl,
    Refusal,
    Stage,
    Task,
    Team,
    User,
)
from imaging.models.states import MAX_STARTS
from imaging.models.steering import NO_ROOM, PAUSED_HERE
from imaging.providers.circuit import Circuit
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    due_now,
    fresh,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def steer(key: str = "lab", **said: object) -> None:
    ProviderControl.objects.steer(key, None, **said)


def submit(task: Task) -> Task:
    due_now(task)
    worker.submit(str(task.pk))
    return fresh(task)


def begin_many(team: Team, count: int, first: int = 0) -> list[Task]:
    numbers = range(first, first + count)
    return [begin(a_picture(team, seed=n), mode="never") for n in numbers]


def stages(team: Team | None = None) -> list[str]:
    found = Task.objects.filter(team=team) if team else Task.objects.all()
    return sorted(found.values_list("stage", flat=True))


def send_woken() -> None:
    """Be the worker of every task that was let in."""
    for pk in Task.objects.filter(stage=Stage.SENDING).values_list("pk", flat=True):
        worker.submit(str(pk))


def test_a_pause_sends_nothing_and_brings_home_what_runs(
    lab: Lab, studio: Team
) -> None:
    running = at_the_lab(a_picture(studio))
    waiting = begin(a_picture(studio, seed=1))
    steer(mode=Mode.PAUSED)
    for _ in range(MAX_STARTS + 1):
        waiting = submit(waiting)
    assert (waiting.state, waiting.stage, waiting.starts) == ("pending", "queued", 0)
    assert (waiting.message, waiting.deadline) == (PAUSED_HERE, None)
    assert waiting.due > timezone.now()
    assert len(lab.orders) == 1
    # What was begun meanwhile waits as well, and other providers go on.
    assert submit(begin(a_picture(studio, seed=2))).message == PAUSED_HERE
    order = Order.of(studio, "local", "convert", {"format": "png"})
    image = a_picture(studio, seed=3)
    batch = Task.objects.start([image], order, team=studio, user=None)
    assert submit(batch.tasks.get()).state == "completed"
    assert look(running).stage == "ready"
    worker.fetch(str(running.pk))
    assert fresh(running).state == "completed"


def test_resuming_wakes_what_waits_at_once(
    lab: Lab,
    studio: Team,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    steer(mode=Mode.PAUSED)
    waiting = submit(begin(a_picture(studio)))
    steer(mode=Mode.RUNNING)
    before = get_broker("worker").queue_size()
    with django_capture_on_commit_callbacks(execute=True):
        assert sweeping.wake_quiet("worker") == 1
    assert get_broker("worker").queue_size() == before + 1
    worker.submit(str(waiting.pk))
    waiting = fresh(waiting)
    assert (waiting.stage, waiting.message) == ("remote", "")
    assert waiting.deadline


def test_the_engine_is_paused_as_well(studio: Team) -> None:
    steer("local", mode=Mode.PAUSED)
    order = Order.of(studio, "local", "convert", {"format": "png"})
    batch = Task.objects.start([a_picture(studio)], order, team=studio, user=None)
    assert submit(task := batch.tasks.get()).message == PAUSED_HERE
    steer("local", mode=Mode.RUNNING)
    worker.submit(str(task.pk))
    assert fresh(task).state == "completed"


def test_draining_sends_what_is_queued_and_takes_nothing_new(
    lab: Lab, studio: Team
) -> None:
    queued, picture = begin(a_picture(studio)), a_picture(studio, seed=1)
    failed = look(at_the_lab(a_picture(studio, seed=2), mode="fail"))
    steer(mode=Mode.DRAINING)
    with pytest.raises(Refusal, match="Laboratory takes on nothing new now"):
        begin(picture)
    with pytest.raises(Refusal, match="takes on nothing new"):
        failed.retry()
    assert fresh(failed).state == "error"
    assert submit(queued).stage == "remote"
    steer(mode=Mode.RUNNING)
    assert submit(begin(picture)).stage == "remote"


def test_a_recipe_goes_on_at_a_provider_that_runs_empty(lab: Lab, studio: Team) -> None:
    step = {"provider": "lab", "operation": "develop", "options": {"seconds": 0}}
    order = Order.of(studio, "local", "convert", {"format": "png"})
    order = Order(order.provider, order.operation, order.options, then=(step,))
    batch = Task.objects.start([a_picture(studio)], order, team=studio, user=None)
    steer(mode=Mode.DRAINING)
    submit(batch.tasks.get())
    following = batch.tasks.get(provider="lab")
    assert submit(following).stage == "remote"


def test_a_provider_gets_only_so_many_at_once(lab: Lab, studio: Team) -> None:
    steer(most_at_once=2)
    tasks = [submit(one) for one in begin_many(studio, 4)]
    assert stages() == ["queued", "queued", "remote", "remote"]
    assert [one.message for one in tasks] == ["", "", NO_ROOM, NO_ROOM]
    assert (tasks[3].starts, tasks[3].deadline) == (0, None)
    tasks[0].cancel()
    assert look(tasks[0]).state == "cancelled"
    # There is room again, and nobody waits for minutes.
    Watcher().steer()
    assert fresh(tasks[2]).stage == "sending"
    send_woken()
    assert stages() == ["", "queued", "remote", "remote"]
    assert len(lab.orders) == 3
    steer(most_at_once=3)
    assert turns.give_turns("lab") == 1
    assert turns.give_turns("lab") == 0


def test_whoever_makes_room_lets_the_next_one_in(studio: Team) -> None:
    steer("local", most_at_once=1)
    order = Order.of(studio, "local", "convert", {"format": "png"})
    images = [a_picture(studio, seed=n) for n in range(3)]
    batch = Task.objects.start(images, order, team=studio, user=None)
    assert turns.give_turns("local") == 1
    for done in range(1, 4):
        worker.submit(str(batch.tasks.get(stage=Stage.SENDING).pk))
        assert batch.tasks.filter(state="completed").count() == done
        assert batch.tasks.filter(stage=Stage.SENDING).count() == (done < 3)


def test_room_is_shared_between_teams(lab: Lab, studio: Team, charlie: User) -> None:
    other = charlie.own_teams()[0]
    steer(most_at_once=3)
    begin_many(studio, 6)
    late = begin_many(other, 2, first=6)
    assert turns.give_turns("lab") == 3
    assert stages(other) == ["queued", "sending"]
    assert fresh(late[0]).stage == "sending"
    send_woken()
    at = Task.objects.filter(team=studio, stage=Stage.REMOTE)
    Task.objects.filter(pk=at[0].pk).update(stage=Stage.READY)
    # Both have one there: whoever was ordered first.
    turns.give_turns("lab")
    assert stages(studio).count("sending") == 1


def test_who_cannot_be_sent_keeps_no_place(lab: Lab, studio: Team) -> None:
    steer(most_at_once=1)
    one, two = begin_many(studio, 2)
    turns.give_turns("lab")
    Circuit("lab").failure(retry_after=60)
    worker.submit(str(one.pk))
    assert fresh(one).stage == "queued"
    assert fresh(two).stage == "sending"


def test_taking_the_bound_away_lets_all_in(lab: Lab, studio: Team) -> None:
    steer(most_at_once=0)
    held, new = begin_many(studio, 2)
    assert submit(held).message == NO_ROOM
    steer(most_at_once=None)
    assert sweeping.wake_quiet("worker") == 2
    for one in (held, new):
        worker.submit(str(one.pk))
    assert stages() == ["remote", "remote"]


def test_polls_go_at_the_rate_that_is_set_now(lab: Lab, studio: Team) -> None:
    tasks = [submit(one) for one in begin_many(studio, 4)]

    def polled(loop: Watcher) -> int:
        Task.objects.update(due=timezone.now(), polls=0)
        loop.steer()
        look(tasks[0], loop)
        return Task.objects.filter(polls__gt=0).count()

    steer(rate=2)
    assert polled(Watcher()) == 2
    steer(rate=None)
    assert polled(Watcher()) == len(tasks)
    loop = Watcher()
    lane = loop.lane("lab", tasks[0].known_provider())  # type: ignore[arg-type]
    steer(rate=0.5)
    loop.steer()
    loop.lane("lab", tasks[0].known_provider())  # type: ignore[arg-type]
    assert (lane.pace.rate, lane.pace.burst) == (0.5, 1)
