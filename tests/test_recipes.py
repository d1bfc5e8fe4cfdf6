"""Recipes: kept from a form, begun like an operation, each step on the last result."""

import pytest
from django.test import Client
from django.urls import reverse

from imaging import faults, worker
from imaging.background import acts
from imaging.models import (
    Image,
    Order,
    Recipe,
    Refusal,
    Role,
    Task,
    Team,
    User,
)
from tests.lab import Lab
from tests.labwork import a_picture, due_now, fresh, lab_fixture, look  # noqa: F401
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DEVELOP = {
    "order": "lab:develop",
    "lab:develop-promise": "key",
    "lab:develop-mode": "ok",
    "lab:develop-seconds": "0",
}


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def a_recipe(team: Team, *options: dict[str, object], name: str = "Twice") -> Recipe:
    """Keep a recipe with one step at the laboratory for each of these options."""
    for one in options or ({}, {}):
        order = Order.of(team, "lab", "develop", {"seconds": 0, **one})
        recipe = Recipe.objects.keep(team, name, order)
    return recipe


def begun(recipe: Recipe, image: Image, user: User) -> Task:
    order = recipe.order()
    batch = Task.objects.start([image], order, team=image.team, user=user)
    return batch.tasks.get()


def brought(task: Task) -> Task:
    """Take a task as far as its result lies ready."""
    worker.submit(str(task.pk))
    task = look(task)
    assert task.stage == "ready"
    due_now(task)
    return task


def done(task: Task) -> Task:
    worker.fetch(str(brought(task).pk))
    return fresh(task)


def test_each_step_works_on_what_the_last_has_made(
    studio: Team, bob: User, lab: Lab
) -> None:
    original = a_picture(studio)
    first = done(begun(a_recipe(studio), original, bob))
    assert first.state == "completed"
    second = first.batch.tasks.exclude(pk=first.pk).get()
    assert second.image_id == first.result_id
    assert (second.state, second.then, second.owner) == ("pending", [], bob)
    # A page that watches is sent the new row along with the end of the first.
    assert second.revision == fresh(first).revision
    second = done(second)
    assert second.state == "completed"
    assert Image.objects.get(pk=second.result_id).parent_id == first.result_id
    assert first.batch.tasks.count() == 2
    assert len(lab.orders) == 2


def test_steps_are_not_counted_as_pictures(
    client: Client, studio: Team, bob: User, lab: Lab
) -> None:
    first = done(begun(a_recipe(studio), a_picture(studio), bob))
    done(first.batch.tasks.exclude(pk=first.pk).get())
    page = client.get(reverse("batch", args=[first.batch_id])).text
    assert "Finished: all 2 steps done" in page
    recipe, other = a_recipe(studio, {}, name="Once"), a_picture(studio, seed=1)
    alone = done(begun(recipe, other, bob))
    page = client.get(reverse("batch", args=[alone.batch_id])).text
    assert "Finished: 1 picture done" in page


@pytest.mark.parametrize("point", ["result-written", "result-committed"])
def test_a_next_step_begins_once_whenever_a_process_dies(
    studio: Team, bob: User, lab: Lab, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    task = brought(begun(a_recipe(studio), a_picture(studio), bob))

    class Killed(BaseException):
        """The process ends here."""

    def reach(at: str) -> None:
        if at == point:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(faults, "reach", reach)
        patch.setattr(acts, "crashed", lambda task, error: None)
        with pytest.raises(Killed):
            worker.fetch(str(task.pk))
    before = Task.objects.count()
    assert before == (2 if point == "result-committed" else 1)
    Task.objects.filter(pk=task.pk).update(lease_until=None)
    for _ in range(2):
        worker.fetch(str(task.pk))
    assert fresh(task).state == "completed"
    assert Task.objects.count() == 2
    assert len(lab.orders) == 1


def test_what_was_begun_goes_on_though_the_recipe_changes(
    studio: Team, bob: User, lab: Lab
) -> None:
    recipe = a_recipe(studio, {}, {"mode": "fail"})
    task = begun(recipe, a_picture(studio), bob)
    recipe.delete()
    first = done(task)
    second = first.batch.tasks.exclude(pk=first.pk).get()
    assert second.options["mode"] == "fail"


def test_a_cancelled_task_goes_no_further(studio: Team, bob: User, lab: Lab) -> None:
    task = brought(begun(a_recipe(studio), a_picture(studio), bob))
    task.cancel()
    worker.fetch(str(task.pk))
    assert Task.objects.count() == 1


def test_a_step_that_cannot_begin_fails_with_the_reason(
    studio: Team, bob: User, lab: Lab
) -> None:
    recipe = a_recipe(studio)
    recipe.kept[1]["provider"] = "gone"
    recipe.save()
    first = done(begun(recipe, a_picture(studio), bob))
    assert first.state == "completed"
    second = first.batch.tasks.exclude(pk=first.pk).get()
    assert (second.state, second.code) == ("error", "not_begun")
    assert second.message == "There is no develop by gone here."
    assert first.batch.tally().open == 0


def test_a_step_that_measures_somebody_never_begins_by_itself(
    studio: Team, bob: User, lab: Lab
) -> None:
    recipe = a_recipe(studio)
    recipe.kept[1] = {"provider": "local", "operation": "skin-analysis", "options": {}}
    recipe.save()
    first = done(begun(recipe, a_picture(studio), bob))
    second = first.batch.tasks.exclude(pk=first.pk).get()
    assert (second.state, second.code) == ("error", "not_begun")
    assert "measures a person" in second.message


def test_what_gives_no_picture_is_the_last_step(studio: Team, lab: Lab) -> None:
    recipe = a_recipe(studio, {})
    recipe.kept = [{"provider": "naver", "operation": "search-asset", "options": {}}]
    recipe.save()
    with pytest.raises(Refusal, match="gives no picture that a next step"):
        a_recipe(studio, {})
    with pytest.raises(Refusal, match="Give the recipe a name"):
        a_recipe(studio, {}, name="  ")
    person = Order.of(studio, "local", "skin-analysis")
    with pytest.raises(Refusal, match="ordered for each person"):
        Recipe.objects.keep(studio, "Skin", person)


def test_a_filled_form_is_kept_and_offered(
    client: Client, studio: Team, lab: Lab
) -> None:
    image = a_picture(studio)
    sent = {"image": image.pk, **DEVELOP, "keep": "yes", "recipe": " My  way "}
    for _ in range(2):
        assert client.post(reverse("process"), sent)["Location"] == reverse("recipes")
    recipe = Recipe.objects.get()
    assert (recipe.name, len(recipe.kept)) == ("My way", 2)
    page = client.get(reverse("recipes")).text
    assert "Develop by Laboratory, Develop by Laboratory" in page
    for address in (f"{reverse('process')}?image={image.pk}", reverse("upload")):
        text = client.get(address).text
        assert f'value="recipe:{recipe.pk}"' in text
        assert "The estimate is of the first step alone" in text
    answer = client.post(
        reverse("process"), {"image": image.pk, "order": f"recipe:{recipe.pk}"}
    )
    task = Task.objects.get()
    assert answer["Location"] == reverse("batch", args=[task.batch_id])
    assert (task.operation, len(task.then)) == ("develop", 1)
    assert task.batch.name == "My way: a.jpg"


def test_recipes_are_changed_by_owners_and_editors_of_the_team_alone(
    alice: User, bob: User, charlie: User, studio: Team, lab: Lab
) -> None:
    recipe = a_recipe(studio)
    shorten = reverse("recipe_set", args=[recipe.pk])
    remove = reverse("recipe_remove", args=[recipe.pk])
    assert recipe.name not in of(charlie).get(reverse("recipes")).text
    for address in (shorten, remove):
        assert of(charlie).post(address).status_code == 404
    studio.memberships.filter(user=bob).update(role=Role.CONTRIBUTOR)
    client = of(bob, studio)
    assert remove not in client.get(reverse("recipes")).text
    assert client.post(remove).status_code == 404
    sent = {"image": a_picture(studio).pk, **DEVELOP, "keep": "yes", "recipe": "X"}
    assert client.post(reverse("process"), sent).status_code == 422
    assert not Recipe.objects.filter(name="X").exists()
    owner = of(alice, studio)
    for left in (1, 1):
        owner.post(shorten)
        recipe.refresh_from_db()
        assert len(recipe.kept) == left
    owner.post(remove)
    assert not Recipe.objects.exists()


def test_a_foreign_recipe_cannot_be_begun(
    charlie: User, studio: Team, lab: Lab
) -> None:
    recipe = a_recipe(studio)
    own = charlie.own_teams()[0]
    image = a_picture(own)
    sent = {"image": image.pk, "order": f"recipe:{recipe.pk}"}
    of(charlie).post(reverse("process"), sent)
    assert not Task.objects.exists()
