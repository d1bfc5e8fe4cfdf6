"""What one has not read goes out by mail once, at one's own pace and hour."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import letters, worker
from imaging.background import sweeping
from imaging.models import About, MailPace, Notice, Team, User
from tests.hearing import Clock
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
AWAY = "tests.visiting.AwayBackend"
Mails = list[EmailMessage]


@pytest.fixture(name="clock")
def clock_fixture() -> Iterator[Clock]:
    """Stand still at three in the night, in London."""
    clock = Clock()
    clock.real = lambda: datetime(2026, 3, 2, 3, tzinfo=UTC)
    with mock.patch("django.utils.timezone.now", clock.now):
        yield clock


def ended(user: User, team: Team, name: str = "Wedding", **counts: int) -> Notice:
    facts = {"name": name, "tasks": counts or {"completed": 2}}
    Notice.objects.tell(
        About.BATCH_ENDED, {user.pk: timezone.now()}, name, team=team, facts=facts
    )
    return Notice.objects.get(user=user, key=name)


def paced(user: User, pace: str, **fields: str) -> User:
    User.objects.filter(pk=user.pk).update(mail_pace=pace, **fields)
    return user


def send(user: User) -> None:
    worker.mail(str(user.pk))


def test_a_batch_is_written_of_once(
    bob: User, studio: Team, clock: Clock, mailoutbox: Mails, settings: LazySettings
) -> None:
    notice = ended(bob, studio)
    for _ in range(2):
        send(bob)
    [letter] = mailoutbox
    assert (letter.to, letter.subject) == (["bob@example.com"], "Wedding is done")
    assert f"{settings.BASE_URL}/notices/{notice.pk}/" in letter.body
    assert "2 done" in letter.body
    assert "&" not in letter.body
    notice.refresh_from_db()
    assert (notice.mail_due, notice.mailed) == (None, timezone.now())


def test_a_worker_that_dies_over_a_letter_leaves_it_to_another(
    bob: User, studio: Team, clock: Clock, mailoutbox: Mails
) -> None:
    ended(bob, studio)
    assert letters.claim(str(bob.pk))[1]
    send(bob)
    assert not mailoutbox
    clock.forward(seconds=31)
    send(bob)
    assert len(mailoutbox) == 1


def test_what_is_told_anew_over_a_letter_gets_one_of_its_own(
    bob: User, studio: Team, clock: Clock, mailoutbox: Mails
) -> None:
    ended(bob, studio, error=1)

    def anew(*_args: Any, **_how: Any) -> None:
        clock.forward(seconds=1)
        ended(bob, studio, completed=1)

    with mock.patch.object(letters, "write", anew):
        send(bob)
    send(bob)
    assert [one.subject for one in mailoutbox] == ["Wedding is done"]


@pytest.mark.parametrize(
    ("pace", "sent"),
    [
        (MailPace.EACH, ["2 notices from Darkroom"]),
        (MailPace.FAILURES, ["B has ended: 1 task failed"]),
        (MailPace.NEVER, []),
        (MailPace.DAILY, []),
    ],
)
def test_everybody_has_their_pace(
    bob: User,
    studio: Team,
    clock: Clock,
    mailoutbox: Mails,
    pace: str,
    sent: list[str],
) -> None:
    ended(paced(bob, pace), studio, "A")
    ended(bob, studio, "B", error=1)
    send(bob)
    assert [one.subject for one in mailoutbox] == sent
    waits = Notice.objects.exclude(mail_due=None).count()
    assert waits == (2 if pace == MailPace.DAILY else 0)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("", 5),
        ("Europe/Berlin", 4),
        ("Asia/Seoul", 20),
        ("America/Los_Angeles", 13),
        ("Asia/Kathmandu", 23.25),
        ("No/Where", 5),
    ],
)
def test_a_day_is_gathered_to_the_morning_of_its_reader(
    bob: User,
    studio: Team,
    clock: Clock,
    mailoutbox: Mails,
    zone: str,
    hours: float,
) -> None:
    paced(bob, MailPace.DAILY, time_zone=zone)
    ended(bob, studio, "A")
    send(bob)
    clock.forward(hours=hours, seconds=-2)
    ended(bob, studio, "B")
    send(bob)
    assert not mailoutbox
    clock.forward(seconds=2)
    send(bob)
    assert [one.subject for one in mailoutbox] == ["2 notices from Darkroom"]
    ended(bob, studio, "C")
    send(bob)
    clock.forward(hours=23)
    send(bob)
    assert len(mailoutbox) == 1
    clock.forward(hours=1)
    send(bob)
    assert mailoutbox[1].subject == "C is done"


@pytest.mark.parametrize("how", ["read", "left", "inactive"])
def test_what_needs_no_letter_gets_none(
    bob: User, studio: Team, clock: Clock, mailoutbox: Mails, how: str
) -> None:
    ended(bob, studio)
    if how == "read":
        of(bob).post("/notices/read/")
    elif how == "left":
        studio.memberships.get(user=bob).end()
    else:
        User.objects.update(is_active=False)
    send(bob)
    assert not mailoutbox
    assert not Notice.objects.exclude(mail_due=None).exists()


def test_where_no_server_takes_it_it_is_tried_again_and_given_up(
    bob: User, studio: Team, clock: Clock, settings: LazySettings, mailoutbox: Mails
) -> None:
    settings.EMAIL_BACKEND = AWAY
    ended(bob, studio)
    waited = []
    while due := Notice.objects.get().mail_due:
        waited.append(due - timezone.now())
        clock.ahead += due - timezone.now()
        send(bob)
    assert waited == [timedelta(), *letters.WAITS]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send(bob)
    assert not mailoutbox


def test_the_sweep_wakes_a_letter_once_in_a_while(
    bob: User, alice: User, studio: Team, django_capture_on_commit_callbacks: Any
) -> None:
    for user in (alice, bob):
        ended(user, studio)
    get_broker("worker").purge_queue()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sweeping.wake_unmailed()
    assert get_broker("worker").queue_size() == 2
    get_broker("worker").purge_queue()


def test_without_a_mail_server_nothing_waits_for_one(
    bob: User, studio: Team, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    ended(bob, studio)
    sweeping.wake_unmailed()
    assert Notice.objects.get().mail_due is None


def test_a_letter_says_how_to_have_no_more(
    bob: User, studio: Team, mailoutbox: Mails, settings: LazySettings
) -> None:
    ended(bob, studio)
    send(bob)
    [letter] = mailoutbox
    address = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in letter.body
    path, stranger = address.removeprefix(settings.BASE_URL), Client()
    assert "Send me none" in stranger.get(path).text
    assert User.objects.get(pk=bob.pk).mail_pace == MailPace.EACH
    assert stranger.post(path).status_code == 200
    assert User.objects.get(pk=bob.pk).mail_pace == MailPace.NEVER
    assert stranger.post(path[:-2] + "x/").status_code == 404


def test_the_pace_is_chosen_in_the_settings(bob: User) -> None:
    client = of(bob)
    client.post("/settings/mail/", {"mail_pace": "daily"})
    assert re.search(r'value="daily"\s+selected', client.get("/settings/").text)
    client.post("/settings/mail/", {"mail_pace": "hourly"})
    bob.refresh_from_db()
    assert (bob.mail_pace, bob.name) == (MailPace.DAILY, "Bob")


def test_many_fit_in_one_letter(
    bob: User, studio: Team, mailoutbox: Mails, django_assert_max_num_queries: Any
) -> None:
    for number in range(letters.MOST + 2):
        ended(bob, studio, f"Batch {number}")
    with django_assert_max_num_queries(8):
        send(bob)
    [letter] = mailoutbox
    assert letter.subject == "32 notices from Darkroom"
    assert "2 more notices are here:" in letter.body
