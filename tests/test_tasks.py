"""Tasks: begun together, done by one at a time, ended once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from imaging import providers, worker
from imaging.failures import Superseded
from imaging.models import Order, Refusal, Task, Team, User
from imaging.models.states import MAX_STARTS
from imaging.providers.accounts import Account
from tests.lab import Lab
from tests.labwork import a_picture, at_the_lab, begin, fresh, lab_fixture  # noqa: F401
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def develop(**options: object) -> Order:
    lab = providers.get("lab")
    return Order.by(lab, lab.operation("develop"), Account(), options)


def test_an_order_becomes_one_task_for_each_picture(
    lab: Lab, studio: Team, bob: User
) -> None:
    images = [a_picture(studio, f"{n}.jpg", seed=n) for n in range(3)]
    batch = Task.objects.start(images, develop(), team=studio, user=bob, name="Three")
    tasks = list(batch.tasks.order_by("created"))
    assert [task.image_name for task in tasks] == ["0.jpg", "1.jpg", "2.jpg"]
    assert {task.state for task in tasks} == {"pending"}
    assert {task.owner for task in tasks} == {bob}
    assert len({task.result_id for task in tasks}) == 3
    assert [event.kind for event in tasks[0].events.all()] == ["pending"]
    assert (batch.name, batch.tally().open, batch.tally().total) == ("Three", 3, 3)


def test_the_same_key_gives_the_same_batch(lab: Lab, studio: Team, bob: User) -> None:
    image, key = a_picture(studio), uuid.uuid4()
    one, two = (
        Task.objects.start([image], develop(), team=studio, user=bob, key=key)
        for _ in range(2)
    )
    assert one == two
    assert Task.objects.count() == 1


def test_a_blocked_picture_has_failed_at_once_with_the_reason(
    lab: Lab, studio: Team, bob: User
) -> None:
    wide = an_image(studio, b"wide", "wide.jpg", width=5000, height=10)
    batch = Task.objects.start(
        [a_picture(studio), wide], develop(), team=studio, user=bob
    )
    task = batch.tasks.get(image=wide)
    assert (task.state, task.code, task.is_open) == ("error", "blocked", False)
    assert task.message == "At most 4000 px wide; this is 5000."
    assert task.finished
    assert (batch.tally().pending, batch.tally().error) == (1, 1)


def test_nothing_begins_when_no_picture_can_be_done(
    lab: Lab, studio: Team, bob: User
) -> None:
    wide = an_image(studio, b"wide", "wide.jpg", width=5000, height=10)
    with pytest.raises(Refusal, match="this is 5000") as caught:
        Task.objects.start([wide], develop(), team=studio, user=bob)
    assert [verdict.limit for verdict in caught.value.verdicts] == ["4000 px"]
    with pytest.raises(Refusal, match="Choose at least one picture"):
        Task.objects.start([], develop(), team=studio, user=bob)
    assert not studio.batches.exists()


def test_a_team_past_its_engine_minutes_can_begin_nothing_more(
    studio: Team, bob: User
) -> None:
    order = Order.of(studio, "local", "convert", {"format": "png"})
    image = a_picture(studio)
    Task.objects.start([image], order, team=studio, user=bob)
    Task.objects.update(engine_seconds=120)
    studio.max_engine_minutes = 2
    with pytest.raises(Refusal, match="has used 2 engine minutes .* bound is 2"):
        Task.objects.start([image], order, team=studio, user=bob)


def test_a_task_is_claimed_by_one_of_two(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    assert Task.objects.claim(task.pk, "fetch") is None
    claimed = Task.objects.claim(task.pk, "submit")
    assert claimed
    assert (claimed.fence, claimed.starts) == (1, 1)
    assert Task.objects.claim(task.pk, "submit") is None


def test_a_late_worker_changes_nothing(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    late = Task.objects.claim(task.pk, "submit")
    over = timezone.now() - timedelta(seconds=1)
    Task.objects.update(lease_until=over)
    current = Task.objects.claim(task.pk, "submit")
    assert late
    assert current
    before = Task.objects.values().get()
    with pytest.raises(Superseded):
        late.change(event="started", progress=50)
    with pytest.raises(Superseded):
        late.end("completed")
    assert Task.objects.values().get() == before
    assert task.events.count() == 1
    current.change(progress=10)
    assert fresh(task).progress == 10


def test_every_change_is_a_revision_of_the_batch(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    claimed = Task.objects.claim(task.pk, "submit")
    assert claimed
    for revision in (2, 3):
        claimed.change(progress=revision)
        task.batch.refresh_from_db()
        assert fresh(task).revision == task.batch.revision == revision


def test_a_waiting_task_is_cancelled_at_once(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    assert task.cancel()
    task = fresh(task)
    assert (task.state, task.code, task.is_open) == ("cancelled", "cancelled", False)
    worker.submit(str(task.pk))
    assert not lab.orders
    assert not task.cancel()


def test_a_running_task_is_asked_to_end(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), seconds=60)
    revision = task.revision
    assert task.cancel()
    assert not task.cancel()
    task = fresh(task)
    assert (task.state, task.cancel_asked) == ("processing", True)
    assert task.revision == revision + 1


def test_a_failed_task_begins_again(lab: Lab, studio: Team) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    assert (task.state, task.code) == ("error", "refused")
    assert task.message == "The laboratory does not take this picture."
    assert task.retry()
    task = fresh(task)
    assert (task.state, task.stage, task.message) == ("pending", "queued", "")
    assert (task.ticket, task.finished, task.starts) == ({}, None, 0)
    assert not task.retry()
    assert [event.kind for event in task.events.all()][-1] == "retried"


def test_what_ended_well_or_lost_its_picture_does_not_begin_again(
    lab: Lab, studio: Team
) -> None:
    image = a_picture(studio)
    task = at_the_lab(image, mode="reject")
    image.remove()
    assert not fresh(task).retry()
    Task.objects.update(state="completed")
    assert not fresh(task).retry()


def test_an_unknown_outcome_is_repeated_only_when_confirmed(
    lab: Lab, studio: Team
) -> None:
    task = begin(a_picture(studio))
    Task.objects.update(state="error", stage="", code="outcome_unknown")
    assert not fresh(task).retry()
    assert fresh(task).state == "error"
    assert fresh(task).retry(confirmed=True)
    assert fresh(task).state == "pending"


def test_an_act_that_never_ends_is_begun_only_so_often(lab: Lab, studio: Team) -> None:
    task = begin(a_picture(studio))
    for _ in range(MAX_STARTS):
        assert Task.objects.claim(task.pk, "submit")
        Task.objects.update(lease_until=None)
    worker.submit(str(task.pk))
    task = fresh(task)
    assert (task.state, task.code) == ("error", "gave_up")
    assert "4 times" in task.message
    assert not lab.orders


def test_tasks_are_seen_by_the_team_and_changed_by_role(
    lab: Lab, studio: Team, alice: User, bob: User, charlie: User
) -> None:
    begin(a_picture(studio), user=bob)
    tasks = Task.objects.all()
    bobs = studio.memberships.filter(user=bob)
    for role, may in (("editor", 1), ("contributor", 1), ("viewer", 0)):
        bobs.update(role=role)
        assert tasks.visible_to(bob).count() == 1
        assert tasks.changeable_by(bob).count() == may
    Task.objects.update(owner=alice)
    bobs.update(role="contributor")
    assert not tasks.changeable_by(bob).exists()
    assert not tasks.visible_to(charlie).exists()
