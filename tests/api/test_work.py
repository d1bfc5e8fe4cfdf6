"""Work by the API: begun once, looked at, stopped, begun again, its results."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imaging.models import (
    Batch,
    Image,
    Membership,
    Order,
    Recipe,
    Role,
    Scope,
    State,
    Subject,
    Task,
    Team,
    User,
)
from tests.api.calling import with_token
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
BATCHES, TASKS = "/api/v1/batches", "/api/v1/tasks"


@pytest.fixture
def program(bob: User, studio: Team) -> Client:
    return with_token(bob)


def post(program: Client, url: str, said: Any = None, key: str = "") -> Any:
    headers = {"idempotency-key": key} if key else {}
    return program.post(url, said, content_type="application/json", headers=headers)


def order(program: Client, *images: Image, key: str = "", **said: Any) -> Any:
    wanted = {"images": [one.pk for one in images], "operation": "upscale", **said}
    return post(program, BATCHES, wanted, key)


def test_work_is_begun_and_can_be_watched(program: Client, studio: Team) -> None:
    images = [an_image(studio, b"%d" % one) for one in range(3)]
    answer = order(program, *images, options={"scale": 2})
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["total"], made["pending"], made["door"]) == (3, 3, "api")
    assert [one["image"] for one in made["tasks"]] == [str(one.pk) for one in images]
    assert program.get(answer["Location"]).json().items() <= made.items()
    task = program.get(made["tasks"][0]["status_url"]).json()
    assert (task["state"], task["provider"]) == ("pending", "local")
    assert str(task["options"]["scale"]) == "2"
    assert program.get(made["tasks"][0]["result_url"]).json()["items"] == []
    assert len(program.get(made["result_url"]).json()["items"]) == 3
    listed = program.get(TASKS, {"limit": 2, "batch": made["id"]}).json()
    assert [one["state"] for one in listed["items"]] == ["pending", "pending"]
    assert listed["next"]
    assert program.get(TASKS, {"state": "error"}).json()["items"] == []
    assert program.get(BATCHES).json()["items"][0]["id"] == made["id"]


def test_the_same_order_again_begins_nothing(program: Client, studio: Team) -> None:
    image = an_image(studio, b"a")
    first, again = (order(program, image, key="once").json() for _ in range(2))
    assert first["id"] == again["id"]
    assert order(program, image, key="once", name="x").status_code == 422
    Image.objects.update(trashed=timezone.now())
    studio.max_engine_minutes = 0
    studio.save()
    assert order(program, image, key="once").json()["id"] == first["id"]
    assert order(program, image, key="another").status_code == 404
    assert Task.objects.count() == 1


def test_a_recipe_is_found_and_ordered(program: Client, studio: Team) -> None:
    for operation in ("upscale", "retouch"):
        Recipe.objects.keep(studio, "Both", Order.of(studio, "local", operation))
    [kept] = program.get("/api/v1/recipes", {"team": studio.pk}).json()["items"]
    assert kept["name"] == "Both"
    assert [one["operation"] for one in kept["steps"]] == ["upscale", "retouch"]
    assert kept["steps"][0]["options"]["scale"] == 2
    said = {"operation": "", "recipe": kept["id"]}
    assert order(program, an_image(studio, b"a"), **said).status_code == 202
    task = Task.objects.get()
    assert (task.operation, len(task.then)) == ("upscale", 1)


def test_work_is_stopped_and_begun_again(program: Client, studio: Team) -> None:
    made = order(program, an_image(studio, b"a"), an_image(studio, b"b")).json()
    task = made["tasks"][0]
    assert post(program, task["cancel_url"]).json()["state"] == "cancelled"
    stopped = post(program, made["cancel_url"])
    assert (stopped.status_code, stopped.json()["cancelled"]) == (202, 2)
    retry = f"{task['status_url']}/retry"
    assert post(program, retry, {}).json()["state"] == "pending"
    assert post(program, retry).status_code == 409
    Task.objects.update(state=State.ERROR, stage="", code="timeout")
    again = post(program, f"{made['status_url']}/retry", {})
    assert again.json()["pending"] == 2


def test_an_unknown_outcome_needs_a_word(program: Client, studio: Team) -> None:
    made = order(program, an_image(studio, b"a")).json()
    Task.objects.update(state=State.ERROR, stage="", code="outcome_unknown")
    retry = f"{made['tasks'][0]['status_url']}/retry"
    assert "confirm" in post(program, retry).json()["detail"]
    assert post(program, retry, {"confirm": True}).status_code == 202


def test_who_is_measured_must_have_agreed(program: Client, studio: Team) -> None:
    studio.accounts.create(provider="haut", sealed='{"token": "x"}')
    image = an_image(studio, b"a", width=1_000, height=1_000)
    wanted: dict[str, Any] = {"provider": "haut", "operation": "skin-analysis"}
    assert order(program, image, **wanted).status_code == 422
    for person in ({"name": "Dana"}, str(image.pk)):
        answer = order(program, image, **wanted, subject=person)
        assert answer.status_code in {404, 422}
    assert not Subject.objects.exists()
    said = {"name": "Dana", "consent": True}
    small = an_image(studio, b"b", width=64, height=64)
    assert order(program, small, **wanted, subject=said).status_code == 422
    assert not Subject.objects.exists()
    assert order(program, image, **wanted, subject=said).status_code == 202
    pk = str(Subject.objects.get().pk)
    assert order(program, image, **wanted, subject=pk).status_code == 202
    task = program.get(TASKS).json()["items"][0]
    assert task["subject"] == pk


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"operation": "nothing"}, 422),
        ({"operation": ""}, 422),
        ({"provider": "nobody"}, 422),
        ({"options": {"scale": 99}}, 422),
        ({"options": {"nothing": 1}}, 422),
        ({"images": []}, 422),
        ({"images": ["x"]}, 422),
        ({"images": ["8f14e45f-ceea-467f-a0e6-0c8a1a3b0e11"]}, 404),
        ({"recipe": "8f14e45f-ceea-467f-a0e6-0c8a1a3b0e11"}, 404),
    ],
)
def test_what_cannot_begin_says_why(
    program: Client, studio: Team, said: dict[str, Any], status: int
) -> None:
    answer = order(program, an_image(studio, b"a"), **said)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert not Batch.objects.exists()


def test_others_see_nothing_and_viewers_only_look(
    program: Client, studio: Team, bob: User, charlie: User
) -> None:
    image = an_image(studio, b"a")
    made = order(program, image).json()
    task, stranger = made["tasks"][0], with_token(charlie)
    assert order(stranger, image).status_code == 404
    for one in (made, task):
        assert stranger.get(one["status_url"]).status_code == 404
        assert stranger.get(one["result_url"]).status_code == 404
        assert post(stranger, one["cancel_url"]).status_code == 404
    assert stranger.get(TASKS).json()["items"] == []
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    viewer = with_token(bob)
    assert viewer.get(task["status_url"]).status_code == 200
    assert order(viewer, image).status_code == 403
    for one in (made, task):
        assert post(viewer, one["cancel_url"]).status_code == 403
    assert order(with_token(bob, Scope.READ), image).status_code == 403


def test_lists_take_few_queries(program: Client, studio: Team) -> None:
    images = [an_image(studio, b"%d" % one) for one in range(60)]
    made = order(program, *images).json()
    for url in (TASKS, BATCHES, made["result_url"]):
        with CaptureQueriesContext(connection) as queries:
            assert program.get(url).status_code == 200
        assert len(queries) <= 12, url
