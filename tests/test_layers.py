"""Layers and masks hang beside their result, and nowhere by themselves."""

import pytest
from django.urls import reverse

from imaging.models import Batch, Image, Result, State, Task, Team, User
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def task(studio: Team) -> Task:
    """Work that has given a picture and one layer of it."""
    picture = a_picture(studio, "portrait.jpg")
    task = Task.objects.create(
        batch=Batch.objects.create(team=studio),
        team=studio,
        image=picture,
        image_name=picture.name,
        provider="local",
        operation="retouch",
        state=State.COMPLETED,
        stage="",
    )
    for position, (kind, name) in enumerate([("image", "flat"), ("layer", "heal")]):
        made = Image.objects.create(
            team=studio,
            blob=picture.blob,
            name=f"{name}.png",
            parent=picture,
            task=task,
            layer=kind == "layer",
        )
        data = {"blend_mode": "soft_light"} if made.layer else {}
        Result.objects.create(
            task=task,
            kind=kind,
            name=made.name,
            image=made,
            position=position,
            data=data,
        )
    return task


def test_the_library_counts_and_shows_the_result_alone(bob: User, task: Task) -> None:
    client = of(bob, task.team)
    assert "1 result" in client.get("/").content.decode()
    for show in ("results", "all"):
        page = client.get("/", {"show": show}).content.decode()
        assert "flat.png" in page
        assert "heal.png" not in page


def test_what_was_done_and_found_is_said_beside_the_result(
    bob: User, task: Task
) -> None:
    said = "Nothing was changed. Heal: no face was found."
    Task.objects.update(message=said)
    batch = of(bob).get(reverse("batch", args=[task.batch_id]))
    assert said in batch.content.decode()
    flat = task.images.get(layer=False)
    assert said in of(bob).get(reverse("image", args=[flat.pk])).content.decode()


def test_the_page_of_the_result_lists_its_layers(bob: User, task: Task) -> None:
    flat, layer = task.images.get(layer=False), task.images.get(layer=True)
    page = of(bob).get(reverse("image", args=[flat.pk])).content.decode()
    assert "1 layer" in page
    assert "soft_light" in page
    assert reverse("download", args=[layer.pk]) in page
    # It is no picture to compare with, unless somebody has opened it.
    assert f"with={layer.pk}" not in page
    own = of(bob).get(reverse("image", args=[layer.pk])).content.decode()
    assert "heal.png" in own


def test_the_batch_leads_to_the_result(bob: User, task: Task) -> None:
    flat, layer = task.images.get(layer=False), task.images.get(layer=True)
    page = of(bob).get(reverse("batch", args=[task.batch_id])).content.decode()
    assert str(flat.pk) in page
    assert str(layer.pk) not in page
