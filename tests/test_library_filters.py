"""Filters and search: what the address of the library asks for, and what it ignores."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from imaging.models import Download, Image, Team, User
from imaging.models.fields import fold
from tests.lab import Lab
from tests.labwork import a_picture, begin, lab_fixture  # noqa: F401
from tests.test_library import shown
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def pair(studio: Team) -> list[Image]:
    """Two pictures, "cat" and "dog"."""
    return [a_picture(studio, "cat"), a_picture(studio, "dog", seed=1)]


@pytest.mark.parametrize(
    ("name", "asked", "found"),
    [
        ("Beach_01.JPG", "beach", True),
        ("ÉCLAIR.jpg", "éclair", True),
        ("Éclair.jpg", "ECLAIR", True),
        ("STRASSE.jpg", "straße", True),
        ("ЗИМА.jpg", "зима", True),
        ("봄 사진.jpg", "봄", True),
        ("ﬁne ｗｉｄｅ.jpg", "FINE wide", True),
        ("İstanbul.jpg", "istanbul", True),
        ("beach in the evening.jpg", "evening beach", True),
        ("beach.jpg", "beach evening", False),
        ("50%.jpg", "%", True),
        ("plain.jpg", "%", False),
        ("a_b.jpg", "a_b", True),
        ("axb.jpg", "a_b", False),
        ("a\\b.jpg", "\\", True),
    ],
)
def test_search_is_the_same_on_every_database(
    client: Client, studio: Team, name: str, asked: str, found: bool
) -> None:
    a_picture(studio, name)
    assert shown(client, q=asked) == ([name] if found else [])


def test_names_are_folded_once_and_for_all() -> None:
    assert fold("Ça Ⅷ ﬃ ÅNGSTRÖM") == "ca viii ffi angstrom"
    # Signs of other scripts are part of the word.
    assert fold("हिन्दी") == "हिन्दी"
    assert fold("ガ") == "ガ"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"label": "3"}, ["cat"]),
        ({"label": "4"}, []),
        ({"since": "2026-05-02"}, ["dog"]),
        ({"until": "2026-05-01"}, ["cat"]),
        ({"since": "2026-05-01", "until": "2026-05-02"}, ["dog", "cat"]),
        ({"taken": "no"}, ["dog"]),
        ({"q": "at", "label": "3", "until": "2026-05-01"}, ["cat"]),
        ({"q": "dog", "label": "3"}, []),
    ],
)
def test_conditions_meet(
    client: Client, pair: list[Image], condition: dict[str, str], found: list[str]
) -> None:
    cat, dog = pair
    Image.objects.filter(pk=cat.pk).update(
        label=3, created=datetime(2026, 5, 1, 12, tzinfo=UTC)
    )
    Image.objects.filter(pk=dog.pk).update(created=datetime(2026, 5, 2, 12, tzinfo=UTC))
    Download.objects.create(image=cat, team=cat.team, visitor="user:1")
    assert shown(client, **condition) == found


def test_whose_pictures(
    client: Client, pair: list[Image], bob: User, charlie: User, studio: Team
) -> None:
    Image.objects.filter(name="cat").update(owner=bob)
    assert shown(client, by=bob.pk) == ["cat"]
    # Nobody of this team: no condition, rather than a hint that there is such a person.
    assert shown(client, by=charlie.pk) == ["dog", "cat"]
    # Whoever has left is still found by what they added.
    studio.memberships.create(user=charlie)
    Image.objects.filter(name="dog").update(owner=charlie)
    studio.memberships.filter(user=charlie).delete()
    assert shown(client, by=charlie.pk) == ["dog"]


def test_by_the_work_on_them(client: Client, pair: list[Image], lab: Lab) -> None:
    cat, _dog = pair
    assert shown(client, state="none") == ["dog", "cat"]
    task = begin(cat)
    for state, found in (("running", ["cat"]), ("done", []), ("none", ["dog"])):
        assert shown(client, state=state) == found, state
    task.cancel()
    assert shown(client, state="running") == []
    assert shown(client, provider="lab") == ["cat"]
    assert shown(client, operation="lab:develop") == ["cat"]
    assert shown(client, provider="local") == []
    result = Image.objects.create(
        team=cat.team, blob=cat.blob, name="large cat", parent=cat, task=task
    )
    assert shown(client, operation="lab:develop", show="results") == [result.name]
    assert set(shown(client, provider="lab", show="all")) == {"cat", "large cat"}


@pytest.mark.parametrize(
    "query",
    [
        {"label": "9"},
        {"label": "red"},
        {"state": "asleep"},
        {"provider": "nobody"},
        {"operation": "local"},
        {"by": "me"},
        {"since": "2026-02-31"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"show": "nothing"},
        {"taken": "perhaps"},
        {"q": "\x00"},
        {"q": "x" * 200},
        {"q": " "},
        {"after": "x", "before": "y"},
    ],
)
def test_what_makes_no_sense_is_no_condition(
    client: Client, pair: list[Image], query: dict[str, str]
) -> None:
    assert shown(client, **query) == ["dog", "cat"]


def test_each_condition_is_a_chip_that_takes_it_away(
    client: Client, pair: list[Image]
) -> None:
    query = {"q": "c & a", "label": "2", "since": "2026-05-01", "show": "all"}
    answer = client.get(reverse("library"), query)
    chips = {chip.value: chip for chip in answer.context["filters"].chips}
    assert set(chips) == {"q", "label", "since"}
    assert chips["label"].label == "Amber"
    assert chips["label"].address == "?q=c+%26+a&show=all&since=2026-05-01"
    assert "No picture is like that" in answer.text
    assert "Clear all conditions" in answer.text


def test_pages_keep_the_conditions(client: Client, studio: Team) -> None:
    blob = a_picture(studio, "cat").blob
    Image.objects.bulk_create(
        Image(team=studio, blob=blob, name=f"cat {n}") for n in range(70)
    )
    a_picture(studio, "dog", seed=1)
    first = client.get(reverse("library"), {"q": "cat"}).context
    assert first["older"].startswith("?q=cat&after=")
    names = [
        tile["image"].name
        for tile in client.get(reverse("library") + first["older"]).context["tiles"]
    ]
    assert len(names) == 11
    assert "dog" not in names
