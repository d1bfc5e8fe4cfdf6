"""People are told once of what concerns them, with the change itself or not at all."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imaging import upkeep
from imaging.adapter import vouch
from imaging.models import (
    About,
    Batch,
    Gallery,
    GuestUpload,
    Image,
    Notice,
    Order,
    Pick,
    PickList,
    ShareLink,
    State,
    Task,
    Team,
    User,
    Via,
)
from imaging.models.notices import AHEAD, SELDOM
from tests.hearing import Clock, clock_fixture  # noqa: F401
from tests.lab import Lab
from tests.labwork import a_picture, lab_fixture  # noqa: F401
from tests.visiting import invite

SEEDS = count(100)
pytestmark = [pytest.mark.django_db, pytest.mark.both]


def a_batch(team: Team, user: User | None, many: int = 2, **via: Any) -> Batch:
    images = [a_picture(team, seed=next(SEEDS)) for _ in range(many)]
    order = Order.of(team, "lab", "develop", {"seconds": 0})
    started: Batch = Task.objects.start(
        images, order, team=team, user=user, name="Wedding", via=Via(**via)
    )
    return started


def told(user: User) -> list[tuple[str, dict[str, Any]]]:
    rows = Notice.objects.filter(user=user).order_by("created")
    return [(row.about, row.facts) for row in rows]


def end(batch: Batch, *states: State) -> None:
    for task, state in zip(batch.tasks.open(), states, strict=True):
        task.end(state)


def test_who_began_a_batch_is_told_of_its_end_once(
    lab: Lab, studio: Team, alice: User, bob: User
) -> None:
    batch = a_batch(studio, bob, 3)
    end(batch, State.COMPLETED, State.ERROR, State.CANCELLED)
    [(about, facts)] = told(bob)
    assert about == About.BATCH_ENDED
    assert facts["tasks"] == {"completed": 1, "error": 1, "cancelled": 1}
    assert not told(alice)
    before = Notice.objects.values().get()
    batch.cancel(Task.objects.all())
    assert Notice.objects.values().get() == before


def test_a_batch_that_ends_again_is_told_anew(
    lab: Lab, studio: Team, bob: User
) -> None:
    batch = a_batch(studio, bob)
    end(batch, State.COMPLETED, State.ERROR)
    Notice.objects.all().mark_read()
    batch.tasks.get(state=State.ERROR).retry()
    assert Notice.objects.get().read
    end(batch, State.COMPLETED)
    again = Notice.objects.get()
    assert (again.read, again.facts["tasks"]) == (None, {"completed": 2})
    assert again.mail_due


def test_an_end_that_is_undone_is_told_to_nobody(
    lab: Lab, studio: Team, bob: User
) -> None:
    [task] = a_batch(studio, bob, 1).tasks.all()

    def undone() -> None:
        with transaction.atomic():
            task.end(State.ERROR)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert not told(bob)


def test_programs_and_nobody_are_told_nothing(
    lab: Lab, studio: Team, bob: User
) -> None:
    end(a_batch(studio, bob, 1, door="api"), State.ERROR)
    end(a_batch(studio, None, 1), State.ERROR)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("many", "more"), [(2, 1), (1, 3)])
def test_a_notice_costs_little(
    lab: Lab, studio: Team, bob: User, many: int, more: int
) -> None:
    alone, ours = a_batch(studio, None, many), a_batch(studio, bob, many)
    numbers = []
    for batch in (alone, ours):
        task = batch.tasks.select_related("batch__team")[0]
        with CaptureQueriesContext(connection) as asked:
            task.end(State.COMPLETED)
        numbers.append(len(asked))
    assert numbers[1] - numbers[0] == more


@pytest.fixture
def link(studio: Team, alice: User, bob: User) -> ShareLink:
    """Made by Bob, of a gallery of Alice."""
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    made: ShareLink = ShareLink.objects.make(gallery, bob)
    return made


def picks_of(link: ShareLink, guest: str, *images: Image) -> PickList:
    picks = PickList.objects.create(link=link, guest=guest, name="Anna")
    picks.link.gallery.add([image.pk for image in images], link.made_by)
    Pick.objects.bulk_create(Pick(list=picks, image=image) for image in images)
    return picks


def test_sent_picks_are_told_to_maker_and_owner(
    link: ShareLink, studio: Team, alice: User, bob: User, charlie: User
) -> None:
    picks = picks_of(link, "guest:1", a_picture(studio))
    Notice.objects.tell_picks(picks)
    for user in (alice, bob):
        [(about, facts)] = told(user)
        assert about == About.PICKS_SENT
        assert (facts["guest"], facts["count"]) == ("Anna", 1)
        assert facts["gallery"] == "Wedding"
    Notice.objects.tell_picks(picks_of(link, "guest:2"))
    assert len(told(alice)) == 2


def test_where_maker_and_owner_have_left_the_owners_of_the_team_hear(
    link: ShareLink, alice: User, bob: User, charlie: User
) -> None:
    Gallery.objects.update(owner=charlie)
    ShareLink.objects.update(made_by=None)
    link.refresh_from_db()
    Notice.objects.tell_picks(picks_of(link, "guest:1"))
    assert told(alice)
    assert not told(bob) + told(charlie)


def test_pictures_of_guests_are_one_notice_and_few_letters(
    link: ShareLink, studio: Team, bob: User, clock: Clock
) -> None:
    for seed in range(3):
        image = a_picture(studio, seed=seed)
        GuestUpload.objects.create(link=link, guest="guest:1", image=image)
        Notice.objects.tell_uploads(link)
        clock.forward(seconds=1)
    notice = Notice.objects.get(user=bob)
    assert (notice.about, notice.facts["count"]) == (About.UPLOADS_WAIT, 3)
    # One letter, after the first; when it has gone, the next is an hour away.
    assert notice.mail_due
    assert notice.mail_due - notice.created < timedelta(minutes=5)
    Notice.objects.update(mailed=timezone.now(), mail_due=None)
    Notice.objects.tell_uploads(link)
    notice.refresh_from_db()
    assert notice.mail_due - notice.mailed == SELDOM


def test_a_link_that_ends_soon_is_told_once_for_each_end(
    link: ShareLink, alice: User, bob: User, clock: Clock
) -> None:
    clock.forward(days=10)
    assert upkeep.tell_of_ends() == 0
    clock.forward(days=1, seconds=1)
    assert [upkeep.tell_of_ends() for _ in range(2)] == [1, 0]
    for user in (alice, bob):
        [(about, facts)] = told(user)
        assert (about, facts["opens"]) == (About.LINK_EXPIRES, 0)
    ShareLink.objects.update(expires=timezone.now() + timedelta(days=10))
    assert upkeep.tell_of_ends() == 0
    clock.forward(days=7, seconds=1)
    assert [upkeep.tell_of_ends() for _ in range(2)] == [1, 0]
    assert Notice.objects.filter(user=bob).count() == 1


@pytest.mark.parametrize("how", ["revoked", "over", "short", "forever", "bare"])
def test_other_links_are_not_told_of(link: ShareLink, clock: Clock, how: str) -> None:
    now, soon = timezone.now(), timezone.now() + timedelta(days=2)
    ShareLink.objects.update(created=now - timedelta(days=30), expires=soon)
    changes: dict[str, dict[str, Any]] = {
        "revoked": {"revoked": now},
        "over": {"expires": now},
        "short": {"created": soon - AHEAD},
        "forever": {"expires": None},
        "bare": {"gallery": None},
    }
    ShareLink.objects.update(**changes[how])
    assert upkeep.tell_of_ends() == 0
    assert not Notice.objects.exists()


def test_whom_a_team_invites_is_told_if_the_address_is_theirs(
    studio: Team, charlie: User
) -> None:
    invite(studio, charlie.email)
    assert not told(charlie)
    vouch(charlie)
    invite(studio, charlie.email)
    invite(studio, "nobody@example.com")
    invite(studio)
    [(about, facts)] = told(charlie)
    assert (about, facts["team"], facts["by"]) == (About.INVITED, "Studio", "Alice")
    notice = Notice.objects.get()
    assert (notice.mail_due, notice.team) == (None, None)
    assert notice in Notice.objects.visible_to(charlie)


def test_what_was_read_long_ago_is_deleted(bob: User, clock: Clock) -> None:
    for key in ("read", "unread"):
        Notice.objects.tell(About.INVITED, {bob.pk: None}, key)
    Notice.objects.filter(key="read").mark_read()
    clock.forward(days=91)
    assert upkeep.prune()["notices"] == 1
    assert [one.key for one in Notice.objects.all()] == ["unread"]
