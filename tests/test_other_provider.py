"""The same picture by another provider: one click, and what options mean the same."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging.models import Batch, Image, State, Task, Team, User
from imaging.models.orders import carried
from imaging.providers import operation
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def account(studio: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the team use the operator's account with the other provider."""
    monkeypatch.setenv("KOKOON_TOKEN", "0123456789abcdef")
    Team.objects.filter(pk=studio.pk).update(operator_accounts=True)


def a_task(image: Image, state: State = State.ERROR, **options: object) -> Task:
    return Task.objects.create(
        batch=Batch.objects.create(team=image.team),
        team=image.team,
        image=image,
        image_name=image.name,
        provider="local",
        operation="upscale",
        options=options,
        state=state,
        stage="",
        finished=timezone.now(),
        message="Out of memory." if state == State.ERROR else "",
    )


def test_a_failed_task_leads_to_the_other_provider_with_its_options(
    client: Client, studio: Team, account: None
) -> None:
    task = a_task(a_picture(studio), scale=4, format="jpeg", engine="classical")
    link = f"{reverse('process')}?task={task.pk}&amp;by=kokoon"
    batch = client.get(reverse("batch", args=[task.batch_id])).text
    assert link in batch
    answer = client.get(link.replace("&amp;", "&"))
    assert answer.context["order"] == "kokoon:upscale"
    forms = {one.value: one.form for one in answer.context["offers"]}
    assert forms["kokoon:upscale"].initial["scale"] == 4
    assert forms["kokoon:upscale"].initial["format"] == "jpg"
    assert forms["local:upscale"].initial["engine"] == "classical"
    assert "has no account" not in answer.text
    assert [one.pk for one in answer.context["images"]] == [task.image_id]


def test_without_an_account_it_says_how_to_get_one(
    client: Client, studio: Team
) -> None:
    task = a_task(a_picture(studio))
    answer = client.get(reverse("process"), {"task": task.pk, "by": "kokoon"})
    assert answer.context["order"] != "kokoon:upscale"
    assert "Your team has no account with Kokoon" in answer.text
    assert reverse("provider_accounts") in answer.text


@pytest.mark.parametrize("by", ["nobody", "naver", "", "<script>"])
def test_a_provider_that_does_no_such_thing_changes_nothing(
    client: Client, studio: Team, by: str
) -> None:
    task = a_task(a_picture(studio))
    answer = client.get(reverse("process"), {"task": task.pk, "by": by})
    assert answer.status_code == 200
    assert answer.context["order"] == "local:upscale"


def test_a_finished_picture_can_be_had_from_the_other_too(
    client: Client, studio: Team, account: None
) -> None:
    original = a_picture(studio)
    task = a_task(original, State.COMPLETED)
    made = a_picture(studio, "made.jpg", seed=1)
    Image.objects.filter(pk=made.pk).update(parent=original, task=task)
    for one in (made, original):
        text = client.get(reverse("image", args=[one.pk])).text
        assert f"?task={task.pk}&amp;by=kokoon" in text


def test_variants_by_two_providers_are_told_apart(client: Client, studio: Team) -> None:
    original = a_picture(studio)
    for number, provider in enumerate(("local", "kokoon"), 1):
        task = a_task(original, State.COMPLETED)
        Task.objects.filter(pk=task.pk).update(provider=provider)
        made = a_picture(studio, f"{provider}.jpg", seed=number)
        Image.objects.filter(pk=made.pk).update(parent=original, task=task)
    choices = client.get(reverse("image", args=[original.pk])).context["choices"]
    labels = [one.label for one in choices]
    assert labels == ["Original", "Upscale by This computer", "Upscale by Kokoon"]


def test_only_what_means_the_same_is_carried_over() -> None:
    given = {"scale": 4, "format": "webp", "engine": "neural", "width": None}
    assert carried(operation("kokoon", "upscale"), given) == {"scale": 4}
