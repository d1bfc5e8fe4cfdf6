"""The page of what a search has found, and the keys beside a picture and its task."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import Batch, Image, Result, State, Task, Team, User
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KEY = "images/0123/photo.jpg"


def a_task(image: Image, operation: str) -> Task:
    return Task.objects.create(
        batch=Batch.objects.create(team=image.team),
        team=image.team,
        image=image,
        image_name=image.name,
        provider="naver",
        operation=operation,
        state=State.COMPLETED,
        stage="",
    )


def registered(image: Image, key: str = KEY) -> Task:
    """Store a finished task by which a picture got a key."""
    task = a_task(image, "search-asset")
    Result.objects.create(task=task, kind="asset", name=key, data={"key": key})
    return task


def searched(image: Image, *found: dict[str, Any], total: int = 0) -> Task:
    """Store a finished search."""
    task = a_task(image, "search")
    data = {"total": total or len(found), "matches": list(found)}
    Result.objects.create(task=task, kind="matches", name="matches", data=data)
    return task


def a_match(key: str = "", score: float | None = 0.87, number: int = 5678) -> dict:
    raw = {"assetId": number, "assetType": "IMAGE", "nested": {"left": "out"}}
    return {"key": key, "score": score, "label": f"IMAGE {number}", "raw": raw}


def read(client: Client, task: Task) -> str:
    return client.get(reverse("matches", args=[task.pk])).text


def test_matches_are_listed_with_score_and_what_is_told_of_them(
    bob: User, studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    task = searched(a_picture(studio, "cat.jpg"), a_match(), a_match(number=9), total=7)
    client = of(bob, studio)
    with django_assert_max_num_queries(12):
        text = read(client, task)
    for words in ("7 matches were found", "The 2 best are shown", "score 0.87"):
        assert words in text
    assert text.index("IMAGE 5678") < text.index("IMAGE 9")
    assert "assetId 5678 · assetType IMAGE" in text
    assert "left" not in text[text.index('id="matches"') :].partition("</ol>")[0]


def test_a_match_that_is_ours_is_shown_and_leads_to_our_picture(
    bob: User, studio: Team
) -> None:
    other = a_picture(studio, "lighthouse.jpg", seed=1)
    registered(other)
    task = searched(a_picture(studio, "cat.jpg"), a_match(KEY), a_match("unknown"))
    text = read(of(bob, studio), task)
    assert reverse("image", args=[other.pk]) in text
    assert reverse("rendition", args=[other.pk, "320"]) in text
    assert "lighthouse.jpg" in text


def test_a_picture_of_another_team_or_in_the_trash_is_not_shown(
    alice: User, bob: User, charlie: User, studio: Team
) -> None:
    theirs = charlie.own_teams()[0]
    hidden = a_picture(theirs, "secret.jpg", seed=1)
    registered(hidden)
    thrown = a_picture(studio, "thrown.jpg", seed=2)
    registered(thrown, "thrown")
    Image.objects.filter(pk=thrown.pk).update(trashed=timezone.now())
    task = searched(
        a_picture(studio, "cat.jpg"), a_match(KEY), a_match("thrown", number=9)
    )
    text = read(of(bob, studio), task)
    assert "secret.jpg" not in text
    assert "thrown.jpg" not in text


def test_outsiders_find_no_matches(
    alice: User, bob: User, charlie: User, studio: Team
) -> None:
    task = searched(a_picture(studio))
    address = reverse("matches", args=[task.pk])
    assert of(alice).get(address).status_code == 200
    assert of(charlie).get(address).status_code == 404
    other = registered(a_picture(studio, seed=3))
    assert of(alice).get(reverse("matches", args=[other.pk])).status_code == 404


def test_nothing_found_is_said(bob: User, studio: Team) -> None:
    text = read(of(bob, studio), searched(a_picture(studio)))
    assert "Nothing looks alike" in text


def test_a_key_can_be_copied_beside_its_task_and_its_picture(
    bob: User, studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    picture = a_picture(studio, "cat.jpg")
    task, search = registered(picture), searched(picture)
    client = of(bob, studio)
    for name, pk in (("batch", task.batch_id), ("image", picture.pk)):
        with django_assert_max_num_queries(12):
            text = client.get(reverse(name, args=[pk])).text
        assert f'data-copy="{KEY}"' in text, name
    link = reverse("matches", args=[search.pk])
    assert link in client.get(reverse("image", args=[picture.pk])).text
    assert link in client.get(reverse("batch", args=[search.batch_id])).text
