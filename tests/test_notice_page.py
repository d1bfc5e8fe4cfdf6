"""The bell counts what one has not read; the page lists one's own notices alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from imaging.models import About, Notice, Team, User
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PATH = "/notices/"


def tell(user: User, key: object, team: Team | None = None, **facts: Any) -> Notice:
    said = {"by": "Dora", "team": f"Team {key}", "email": user.email, **facts}
    Notice.objects.tell(About.INVITED, {user.pk: None}, key, team=team, facts=said)
    return Notice.objects.get(user=user, key=key)


def bell(client: Client) -> str:
    """Return what the bell says, on a page that is not its own."""
    words = client.get("/team/").text.partition('class="btn btn-quiet btn-icon bell"')
    return words[2].partition('aria-label="')[2].partition('"')[0]


def test_the_bell_counts_and_reading_takes_away(bob: User, alice: User) -> None:
    client = of(bob)
    assert bell(client) == "Notices"
    first = tell(bob, 1)
    Notice.objects.filter(pk=first.pk).update(path="/batches/")
    tell(bob, 2)
    tell(alice, 3)
    assert bell(client) == "Notices, 2 unread"
    opened = client.get(f"{PATH}{first.pk}/")
    assert (opened.status_code, opened["Location"]) == (302, "/batches/")
    assert bell(client) == "Notices, 1 unread"
    assert client.post(f"{PATH}read/").status_code == 302
    assert bell(client) == "Notices"
    assert bell(of(alice)) == "Notices, 1 unread"


def test_counting_asks_the_database_no_more_than_the_teams_do(
    bob: User, studio: Team, django_assert_num_queries: Any
) -> None:
    for key in range(3):
        tell(bob, key, studio)
    reader = User.objects.get(pk=bob.pk)
    with django_assert_num_queries(1):
        assert len(reader.own_teams()) == 2
        assert reader.unread == 3
    studio.memberships.get(user=bob).end()
    assert User.objects.get(pk=bob.pk).unread == 0


def test_the_page_lists_what_one_was_told_and_no_more(
    bob: User, alice: User, studio: Team, django_assert_max_num_queries: Any
) -> None:
    tell(alice, "Foreign")
    for key in range(32):
        tell(bob, key)
    now = timezone.now()
    for notice in Notice.objects.filter(user=bob):
        age = timedelta(minutes=100 - int(notice.key))
        Notice.objects.filter(pk=notice.pk).update(created=now - age, team=studio)
    client = of(bob)
    with django_assert_max_num_queries(12):
        page = client.get(PATH).text
    assert "Team 31<" in page
    assert "Team 1<" not in page
    assert "Foreign" not in page
    older = page.partition('id="older" href="')[2].partition('"')[0]
    rest = client.get(PATH + older).text
    assert [f"Team {n}<" in rest for n in range(3)] == [True, True, False]


@pytest.mark.parametrize("after", ["x", "0f0e0d0c-0b0a-4900-8807-060504030201"])
def test_an_unknown_place_is_the_beginning(bob: User, after: str) -> None:
    tell(bob, 1)
    assert "Team 1<" in of(bob).get(PATH, {"after": after}).text


def test_of_a_team_one_has_left_nothing_is_shown(bob: User, studio: Team) -> None:
    notice = tell(bob, "Secret", studio)
    client = of(bob)
    assert "Secret" in client.get(PATH).text
    studio.memberships.get(user=bob).end()
    assert "Secret" not in client.get(PATH).text
    assert bell(client) == "Notices"
    assert client.get(f"{PATH}{notice.pk}/").status_code == 404


def test_guests_are_asked_nothing(db: None) -> None:
    assert "bell" not in Client().get("/accounts/login/").text


FACTS: dict[str, list[tuple[dict[str, Any], str]]] = {
    About.BATCH_ENDED: [
        ({"tasks": {"completed": 2}, "name": "A"}, "A is done: 2 done"),
        (
            {"tasks": {"completed": 1, "error": 2}, "name": "A"},
            "A has ended: 2 tasks failed: 1 done, 2 failed",
        ),
        (
            {"tasks": {"cancelled": 1}, "name": "", "began": "2026-03-01T23:00+00:00"},
            "The batch of March 1, 2026 was cancelled: 1 cancelled",
        ),
    ],
    About.PICKS_SENT: [
        (
            {"guest": "Anna", "count": 1, "gallery": "G", "note": "Please!"},
            "Anna has picked 1 picture in G: Please!",
        ),
        (
            {"guest": "", "count": 2, "gallery": "100 %", "note": ""},
            "A guest has picked 2 pictures in 100 %",
        ),
    ],
    About.LINK_EXPIRES: [
        (
            {"gallery": "G", "link": "", "expires": "2026-03-01T09:00Z", "opens": 0},
            "The share link of G ends on March 1, 2026: Nobody has opened it yet.",
        ),
        (
            {"gallery": "G", "link": "L", "expires": "2026-03-01T09:00Z", "opens": 2},
            "The share link “L” of G ends on March 1, 2026: It was opened 2 times.",
        ),
    ],
    About.UPLOADS_WAIT: [
        (
            {"gallery": "G", "link": "L", "count": 3},
            "3 pictures of guests wait in G: L",
        )
    ],
}


@pytest.mark.parametrize(
    ("about", "facts", "words"),
    [(about, *one) for about, rows in FACTS.items() for one in rows],
)
def test_a_notice_says_what_happened(
    about: str, facts: dict[str, Any], words: str
) -> None:
    notice = Notice(about=about, facts=facts)
    said = ": ".join(filter(None, [notice.title, ", ".join(notice.details)]))
    assert said == words
