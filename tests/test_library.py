"""The library: the team's pictures in pages, with what hangs under each."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging.models import Batch, Image, Role, Task, Team, User
from imaging.views.library import COUNTED, PAGE
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def a_wall(team: Team, count: int, seed: int = 0, name: str = "wall") -> None:
    """Hang many pictures that share their bytes."""
    blob = a_picture(team, "first", seed=seed).blob
    Image.objects.bulk_create(
        Image(team=team, blob=blob, name=f"{name} {number:04}")
        for number in range(1, count)
    )


def shown(client: Client, **query: object) -> list[str]:
    context = client.get(reverse("library"), query).context
    return [tile["image"].name for tile in context["tiles"]]


def test_an_empty_library_says_what_to_do(client: Client) -> None:
    text = client.get(reverse("library")).content.decode()
    assert f'href="{reverse("upload")}"' in text


def test_the_newest_come_first_and_no_picture_is_shown_twice(
    client: Client, studio: Team
) -> None:
    blob, now = a_picture(studio, "first").blob, timezone.now()
    # Three moments for all of them: within each, the id decides.
    Image.objects.bulk_create(
        Image(
            team=studio,
            blob=blob,
            name=f"{number:03}",
            created=now + timedelta(seconds=number % 3),
        )
        for number in range(2 * PAGE)
    )
    pages, after = [], ""
    while not pages or len(pages[-1]) == PAGE:
        pages.append(shown(client, after=after))
        last = pages[-1][-1]
        after = str(Image.objects.get(name=last).pk)
    names = sum(pages, [])
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert len(set(names)) == 2 * PAGE + 1
    assert names[-1] == "first"
    created = [Image.objects.get(name=name).created for name in names]
    assert created == sorted(created, reverse=True)


def test_a_strange_place_to_go_on_from_is_the_beginning(
    client: Client, studio: Team, charlie: User
) -> None:
    a_picture(studio, "mine")
    foreign = a_picture(charlie.own_teams()[0], "foreign")
    for after in ("rubbish", uuid.uuid4(), foreign.pk):
        assert shown(client, after=after) == ["mine"]


def test_pages_lead_back_as_they_led_on(client: Client, studio: Team) -> None:
    a_wall(studio, PAGE + 10)
    first = client.get(reverse("library")).context
    assert not first["newer"]
    older = client.get(reverse("library") + first["older"]).context
    assert [len(page["tiles"]) for page in (first, older)] == [PAGE, 10]
    assert not older["older"]
    back = client.get(reverse("library") + older["newer"]).context
    assert back["tiles"] == first["tiles"]
    assert not back["newer"]
    assert back["older"] == first["older"]


def test_a_page_goes_on_behind_what_was_trashed_meanwhile(
    client: Client, studio: Team, bob: User
) -> None:
    a_wall(studio, PAGE + 2)
    first = client.get(reverse("library")).context
    Image.objects.trash([first["tiles"][-1]["image"].pk], bob)
    older = client.get(reverse("library") + first["older"]).context
    assert len(older["tiles"]) == 2


def test_beyond_the_end_there_is_a_way_back(client: Client, studio: Team) -> None:
    last = a_picture(studio)
    text = client.get(reverse("library"), {"after": last.pk}).text
    assert "There is nothing further on" in text
    assert "Newest pictures" in text


def test_results_hang_under_their_original(client: Client, studio: Team) -> None:
    original, other = a_picture(studio, "cat"), a_picture(studio, "dog", seed=1)
    for number in range(2):
        Image.objects.create(
            team=studio, blob=other.blob, name=f"cat {number}", parent=original
        )
    assert shown(client) == ["dog", "cat"]
    assert "2 results" in client.get(reverse("library")).text
    assert shown(client, show="results") == ["cat 1", "cat 0"]
    assert len(shown(client, show="all")) == 4
    original.remove()
    assert set(shown(client)) == {"dog", "cat 0", "cat 1"}


@pytest.mark.parametrize("query", [{}, {"q": "cat", "show": "all", "state": "done"}])
def test_a_page_asks_few_questions(
    client: Client, studio: Team, django_assert_max_num_queries: Any, query: Any
) -> None:
    a_wall(studio, PAGE + 10, name="cat")
    Image.objects.update(owner=studio.members.first())
    with django_assert_max_num_queries(12):
        assert client.get(reverse("library"), query).status_code == 200


def test_a_wall_asks_nothing_more_for_each_of_its_tiles(
    client: Client, studio: Team, bob: User, django_assert_max_num_queries: Any
) -> None:
    original = a_picture(studio, "cat")
    batch = Batch.objects.create(team=studio, user=bob)
    task = Task.objects.create(
        batch=batch, team=studio, image=original, provider="local", operation="enlarge"
    )
    facts: Any = {"team": studio, "blob": original.blob, "parent": original}
    Image.objects.bulk_create(
        Image(name=f"{n}", task=task, label=n, chosen=not n, **facts) for n in range(5)
    )
    with django_assert_max_num_queries(12):
        text = client.get(reverse("library"), {"show": "all"}).text
    assert text.count(str(task.operation_label)) >= 5


def test_no_count_goes_beyond_a_thousand_and_one(client: Client, studio: Team) -> None:
    a_wall(studio, PAGE + 1)
    assert f"{PAGE + 1} pictures" in client.get(reverse("library")).text
    a_wall(studio, COUNTED + 1, seed=1)
    answer = client.get(reverse("library"))
    assert answer.context["count"] == COUNTED + 1
    assert f"More than {COUNTED} pictures" in answer.text


def test_a_script_gets_the_grid_alone(client: Client, studio: Team) -> None:
    a_wall(studio, 3)
    text = client.get(reverse("library"), headers={"HX-Request": "true"}).text
    assert text.count('<li class="tile') == 3
    assert "<html" not in text


def test_facts_of_a_picture_without_leaving_the_wall(
    client: Client, studio: Team, charlie: User
) -> None:
    image = a_picture(studio, "cat.jpg")
    address = reverse("image_facts", args=[image.pk])
    assert "640 × 480" in client.get(address).text
    assert of(charlie, charlie.own_teams()[0]).get(address).status_code == 404


def test_labels_are_given_by_whoever_may_change(
    client: Client, studio: Team, bob: User, charlie: User
) -> None:
    images = [a_picture(studio, seed=seed) for seed in range(2)]
    foreign = a_picture(charlie.own_teams()[0])
    every = ",".join(str(image.pk) for image in [*images, foreign])
    address = reverse("label_set")
    answer = client.post(address, {"image": every, "label": "3"})
    assert answer.url == reverse("library")
    labels = Image.objects.order_by("created").values_list("label", flat=True)
    assert list(labels) == [3, 3, 0]
    for label in ("6", "-1", "", "red"):
        wrong = client.post(address, {"image": every, "label": label})
        assert wrong.status_code == 400
    data = {"image": images[0].pk, "label": "0"}
    said = client.post(address, data, headers={"Accept": "application/json"}).json()
    assert said["ids"] == [str(images[0].pk)]
    studio.memberships.filter(user=bob).update(role=Role.VIEWER)
    assert client.post(address, data).status_code == 404
    assert list(labels.all()) == [0, 3, 0]
