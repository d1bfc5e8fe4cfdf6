"""Watching pages: answered from memory, void when the right to watch is."""

import re
import threading

import pytest
from django.core import signing
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging import live, outage
from imaging.models import Batch, Team, User
from tests.lab import Lab
from tests.labwork import a_picture, begin, fresh, lab_fixture  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both]


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(live, "reader", live.Reader(clock))
    return clock


@pytest.fixture
def batch(lab: Lab, studio: Team, bob: User) -> Batch:
    return begin(a_picture(studio), user=bob).batch


@pytest.fixture
def page(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def address(batch: Batch, user: User, since: int = 1) -> str:
    batch.team.refresh_from_db()
    permit = live.permit(user, batch)
    path = reverse("batch_changes", args=[batch.pk])
    return f"{path}?since={since}&permit={permit}"


def advance(batch: Batch) -> None:
    task = batch.tasks.get()
    fresh(task).change(progress=50)


def test_nothing_new_costs_no_query(
    page: Client,
    batch: Batch,
    bob: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    url = address(batch, bob)
    assert page.get(url).status_code == 204
    with django_assert_num_queries(0):
        assert page.get(url).status_code == 204
    page.logout()
    with django_assert_num_queries(0):
        answer = page.get(url)
    assert answer.status_code == 204
    assert answer["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("noticed", [True, False])
def test_while_the_database_is_away_it_is_not_quiet(
    page: Client,
    batch: Batch,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    *,
    noticed: bool,
) -> None:
    """The page is to say that what it shows may be old: noticed already, or not yet."""
    url = address(batch, bob)
    page.raise_request_exception = False
    monkeypatch.setattr(outage.presence, "here", not noticed)

    def gone(*_asked: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(gone):
        assert page.get(url).status_code == 503


def test_a_change_brings_what_has_changed(
    page: Client, batch: Batch, bob: User, clock: Clock
) -> None:
    assert page.get(address(batch, bob)).status_code == 204
    advance(batch)
    clock.now += live.MAX_AGE
    answer = page.get(address(batch, bob))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f'id="task-{batch.tasks.get().pk}"' in text
    assert 'data-since="2"' in text
    assert "<html" not in text
    assert page.get(address(batch, bob, since=2)).status_code == 204


def test_the_asking_ends_with_the_work(
    page: Client, batch: Batch, bob: User, clock: Clock
) -> None:
    assert " data-open" in page.get(address(batch, bob, since=0)).content.decode()
    batch.tasks.get().cancel()
    clock.now += live.MAX_AGE
    text = page.get(address(batch, bob)).content.decode()
    watch = re.search(r'<div id="watch"[^>]*>', text)
    assert watch
    assert "data-open" not in watch[0]


@pytest.mark.parametrize("end", ["membership", "sign-out"])
def test_a_permission_is_void_once_the_right_is(
    page: Client, batch: Batch, bob: User, studio: Team, clock: Clock, end: str
) -> None:
    url = address(batch, bob)
    assert page.get(url).status_code == 204
    if end == "membership":
        studio.memberships.get(user=bob).end()
    else:
        page.logout()
        bob.revoke_watching()
    clock.now += live.MAX_AGE
    assert page.get(url).status_code == 404


def test_whoever_stays_gets_a_new_permission(
    page: Client, batch: Batch, bob: User, charlie: User, studio: Team, clock: Clock
) -> None:
    gone = studio.memberships.create(user=charlie)
    url = address(batch, bob)
    assert page.get(url).status_code == 204
    assert gone.end()
    clock.now += live.MAX_AGE
    answer = page.get(url)
    assert answer.status_code == 200
    permit = re.search(r'data-permit="([^"]+)"', answer.content.decode())
    assert permit
    assert page.get(f"{url.partition('&')[0]}&permit={permit[1]}").status_code == 204


def test_a_permission_opens_one_batch_and_cannot_be_made_up(
    client: Client, batch: Batch, bob: User, studio: Team
) -> None:
    other = begin(a_picture(studio, seed=1)).batch
    path = reverse("batch_changes", args=[batch.pk])
    forged = signing.dumps([str(bob.pk), str(batch.pk), 0], key="x", salt=live.SALT)
    for permit in (live.permit(bob, other), forged, "", "rubbish", "a:b:c"):
        assert client.get(path, {"since": 1, "permit": permit}).status_code == 404


def test_a_permission_ends_by_itself(
    client: Client, batch: Batch, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(batch, bob)
    monkeypatch.setattr(live, "PERMIT_SECONDS", -1)
    assert client.get(url).status_code == 404


def test_a_thousand_questions_in_a_second_cost_two_reads(
    batch: Batch, bob: User, clock: Clock
) -> None:
    permit = live.permit(bob, batch)
    for _ in range(1_000):
        assert live.look(permit, batch.pk)
        clock.now += 0.000_999
    assert live.reader.reads == 2


def test_a_thousand_batches_cost_no_more(studio: Team, bob: User, clock: Clock) -> None:
    batches = Batch.objects.bulk_create(
        [Batch(team=studio, revision=n) for n in range(200)]
    )
    for batch in batches:
        assert live.look(live.permit(bob, batch), batch.pk)
    assert live.reader.reads == 1
    clock.now += live.MAX_AGE
    found = [live.look(live.permit(bob, batch), batch.pk) for batch in batches]
    assert live.reader.reads == 2
    assert [seen.revision for seen in found if seen] == list(range(200))


def test_a_batch_that_is_first_seen_between_two_reads_is_told_later(
    page: Client, batch: Batch, studio: Team, bob: User, clock: Clock
) -> None:
    other = begin(a_picture(studio, seed=1)).batch
    assert page.get(address(other, bob)).status_code == 204
    assert page.get(address(batch, bob, since=0)).status_code == 204
    clock.now += live.MAX_AGE
    assert page.get(address(batch, bob, since=0)).status_code == 200


def test_while_one_reads_the_others_do_not_wait(
    batch: Batch, bob: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    permit = live.permit(bob, batch)
    before = live.look(permit, batch.pk)
    clock.now += live.MAX_AGE
    with live.reader.lock:
        answers: list[object] = []
        thread = threading.Thread(
            target=lambda: answers.append(live.look(permit, batch.pk))
        )
        thread.start()
        thread.join(30)
    assert answers == [before]
    assert live.reader.reads == 1


def test_what_nobody_asks_for_any_more_is_forgotten(
    batch: Batch, bob: User, studio: Team, clock: Clock
) -> None:
    live.look(live.permit(bob, batch), batch.pk)
    other = begin(a_picture(studio, seed=1)).batch
    clock.now += live.FORGET_AFTER
    live.look(live.permit(bob, other), other.pk)
    assert set(live.reader.seen) == {other.pk}
