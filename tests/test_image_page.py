"""The page of one picture: what is compared with what, and what stands beside it."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging.models import Gallery, Image, Task, Team, User
from tests.lab import Lab
from tests.labwork import a_picture, begin, lab_fixture  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    client = Client()
    client.force_login(bob)
    client.post(reverse("team_switch", args=[studio.pk]))
    return client


@pytest.fixture
def original(studio: Team) -> Image:
    return a_picture(studio, "cat.jpg")


def made_from(parent: Image, number: int = 1, task: Task | None = None) -> Image:
    return Image.objects.create(
        team=parent.team,
        blob=parent.blob,
        name=f"result {number}",
        parent=parent,
        task=task,
        created=parent.created + timedelta(seconds=number),
    )


def shown(client: Client, image: Image, **query: object) -> Any:
    """Return what the page was given to show."""
    answer = client.get(reverse("image", args=[image.pk]), query)
    assert answer.status_code == 200
    return answer.context


def sides(client: Client, image: Image, **query: object) -> tuple[Any, Any]:
    context = shown(client, image, **query)
    return context["before"], context["after"]


def test_an_image_shows_where_it_came_from(
    client: Client, original: Image, lab: Lab
) -> None:
    result = made_from(original, task=begin(original))
    for image in (original, result):
        answer = client.get(reverse("image", args=[image.pk]))
        text = answer.content.decode()
        assert answer.context["original"] == original
        assert list(answer.context["variants"]) == [result]
        assert "How it was made" in text
        assert "cat.jpg" in text
        for one in (original, result):
            assert reverse("download", args=[one.pk]) in text


def test_each_page_has_a_natural_other_picture(client: Client, original: Image) -> None:
    assert sides(client, original) == (original, None)
    first, newest = made_from(original, 1), made_from(original, 2)
    assert sides(client, original) == (original, newest)
    assert sides(client, first) == (original, first)


def test_any_two_can_be_put_side_by_side(client: Client, original: Image) -> None:
    first, second = made_from(original, 1), made_from(original, 2)
    late = made_from(first, 3)
    everything = [original, first, second, late]
    for before in everything:
        for after in everything:
            if before == after:
                continue
            [address] = {
                choice.as_after
                for choice in shown(client, before, **{"with": after.pk})["choices"]
                if choice.image == after
            }
            context = client.get(address).context
            assert context["after"] == after
            assert context["choices"]
    # Where the page is one's own, `with` is what comes before it.
    assert sides(client, late, **{"with": second.pk}) == (second, late)
    assert sides(client, original, **{"with": late.pk}) == (original, late)
    swapped = {"with": late.pk, "as": "after"}
    assert sides(client, original, **swapped) == (late, original)


def test_a_choice_keeps_the_other_side_or_changes_with_it(
    client: Client, original: Image
) -> None:
    first, second = made_from(original, 1), made_from(original, 2)
    rows = {one.image: one for one in shown(client, second)["choices"]}
    expected = {
        rows[first].as_before: (first, second),
        rows[first].as_after: (original, first),
        rows[original].as_after: (second, original),
        rows[second].as_before: (second, original),
        rows[second].as_after: (original, second),
    }
    for address, pair in expected.items():
        context = client.get(address).context
        assert (context["before"], context["after"]) == pair, address


def test_nonsense_in_the_address_is_left_out(
    client: Client, original: Image, studio: Team, charlie: User
) -> None:
    result = made_from(original)
    stranger = a_picture(studio, "another", seed=1)
    foreign = a_picture(charlie.own_teams()[0], "foreign")
    for other in ("rubbish", uuid.uuid4(), stranger.pk, foreign.pk, result.pk):
        query = {"with": other, "as": "upside down", "mode": "<b>", "zoom": "much"}
        context = shown(client, result, **query)
        assert (context["before"], context["after"]) == (original, result)
        assert context["mode"] == "slider"
    assert shown(client, result, mode="side")["mode"] == "side"


def test_the_neighbours_are_the_originals_in_the_order_of_the_library(
    client: Client, studio: Team, charlie: User
) -> None:
    now = timezone.now()
    a_picture(charlie.own_teams()[0], "foreign")
    # Two moments for all of them: within each, the id decides.
    for number in range(6):
        image = a_picture(studio, str(number), seed=number)
        Image.objects.filter(pk=image.pk).update(
            created=now + timedelta(seconds=number % 2)
        )
        image.refresh_from_db()
        made_from(image, 100)
    order = list(
        Image.objects.filter(team=studio, parent=None).order_by("-created", "-id")
    )
    for at, image in enumerate(order):
        newer = order[at - 1] if at else None
        older = order[at + 1] if at + 1 < len(order) else None
        for page in (image, image.variants.get()):
            context = shown(client, page)
            assert (context["newer"], context["older"]) == (newer, older)


def test_in_a_gallery_the_neighbours_are_those_that_hang_there(
    client: Client, studio: Team, alice: User, charlie: User
) -> None:
    wall = Gallery.objects.create(team=studio, owner=alice, name="Wall")
    drawn = [a_picture(studio, str(number), seed=number) for number in range(4)]
    order = [drawn[n] for n in (2, 0, 3)]
    wall.add([one.pk for one in order], alice)
    of = str(wall.pk)
    address = reverse("image", args=[order[1].pk])
    link = f'href="{address}?of={of}"'
    assert link in client.get(reverse("gallery", args=[of])).text
    for at, image in enumerate(order):
        context = shown(client, image, of=of)
        around = [order[n] if 0 <= n < 3 else None for n in (at - 1, at + 1)]
        assert [context["newer"], context["older"]] == around
    # What is made of one that hangs there is looked at from its place.
    made = shown(client, made_from(order[1]), of=of)
    assert (made["newer"], made["older"]) == (order[0], order[2])
    foreign = Gallery.objects.create(
        team=charlie.own_teams()[0], owner=charlie, name="Foreign"
    )
    for other in (str(foreign.pk), "nonsense", str(uuid.uuid4())):
        assert shown(client, order[0], of=other)["hung"] is None
    assert shown(client, drawn[1], of=of)["hung"] is None


def test_where_the_original_is_gone_a_result_stands_alone(
    client: Client, original: Image
) -> None:
    result = made_from(original)
    original.remove()
    result.refresh_from_db()
    context = shown(client, result)
    assert context["original"] == result
    assert context["other"] is None
    assert not context["choices"]


def test_a_page_with_many_results_asks_little(
    client: Client,
    original: Image,
    alice: User,
    lab: Lab,
    django_assert_max_num_queries: Any,
) -> None:
    task = begin(original)
    results = [made_from(original, number, task) for number in range(30)]
    made_from(results[0], 40, task)
    wall = Gallery.objects.create(team=original.team, name="Wall")
    wall.add([original.pk, results[3].pk], alice)
    for image in (original, results[7]):
        for of in ("", str(wall.pk)):
            with django_assert_max_num_queries(12):
                context = shown(client, image, of=of)
            assert bool(context["hung"]) == bool(of)
        assert len(context["choices"]) == 32


def test_only_what_browsers_show_is_offered_to_them_whole(
    client: Client, original: Image
) -> None:
    address = reverse("original", args=[original.pk])
    file = re.compile(f'data-file="{address}"')
    text = client.get(reverse("image", args=[original.pk])).content.decode()
    assert file.search(text)
    for form in ("heic", "bmp"):
        original.blob.format = form
        original.blob.save()
        text = client.get(reverse("image", args=[original.pk])).content.decode()
        assert not file.search(text)


def test_the_same_bytes_are_said_to_be_the_same(
    client: Client, original: Image, studio: Team
) -> None:
    result = made_from(original)
    address = reverse("image", args=[result.pk])
    assert "the same, byte by byte" in client.get(address).content.decode()
    result.blob = a_picture(studio, "x", seed=1).blob
    result.save()
    assert "the same, byte by byte" not in client.get(address).content.decode()
