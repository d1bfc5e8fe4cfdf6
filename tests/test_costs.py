"""What a task costs: reserved as estimated, settled as told, or given back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imaging import worker
from imaging.models import Budget, Order, Refusal, Task, Team, User
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    enter,
    fresh,
    lab_fixture,
    look,
)
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
WHERE = "atelier"


@pytest.fixture
def entered(studio: Team, lab: Lab) -> Team:
    """A team with keys and a budget of ten credits."""
    enter(studio, lab)
    Budget.objects.create(team=studio, provider=WHERE, limit=10)
    return studio


def used(team: Team) -> Decimal:
    return Budget.objects.used(team, [WHERE]).get(WHERE, Decimal(0))


def done(task: Task) -> Task:
    task = look(task)
    worker.fetch(str(task.pk))
    return fresh(task)


def test_the_estimate_is_reserved_before_anything_is_sent(entered: Team) -> None:
    task = begin(a_picture(entered), where=WHERE, price=2.5)
    assert (task.cost, task.unit, task.charged) == (Decimal("2.5"), "credits", False)
    assert task.cost_shown == "2.50 credits reserved"
    assert used(entered) == Decimal("2.5")


def test_what_the_provider_says_takes_the_place_of_the_estimate(entered: Team) -> None:
    task = done(at_the_lab(a_picture(entered), where=WHERE, price=3, charge=1.25))
    assert (task.state, task.cost, task.charged) == ("completed", Decimal("1.25"), True)
    assert task.cost_shown == "1.25 credits"
    assert used(entered) == Decimal("1.25")


def test_where_it_says_nothing_the_estimate_stays_and_is_called_one(
    entered: Team,
) -> None:
    task = done(at_the_lab(a_picture(entered), where=WHERE, price=3))
    assert (task.cost, task.cost_shown) == (3, "about 3 credits")


def test_what_was_never_taken_is_given_back(entered: Team) -> None:
    refused = at_the_lab(a_picture(entered), where=WHERE, price=3, mode="reject")
    assert (refused.state, refused.cost) == ("error", None)
    waiting = begin(a_picture(entered, seed=1), where=WHERE, price=3)
    waiting.cancel()
    assert fresh(waiting).cost is None
    again = begin(a_picture(entered, seed=2), where=WHERE, price=3)
    again.batch.cancel(Task.objects.all())
    assert (fresh(again).state, fresh(again).cost) == ("cancelled", None)
    assert used(entered) == 0


def test_what_may_have_been_paid_stays(entered: Team) -> None:
    failed = look(at_the_lab(a_picture(entered), where=WHERE, price=3, mode="fail"))
    assert (failed.state, failed.cost) == ("error", 3)
    unknown = at_the_lab(
        a_picture(entered, seed=1), where=WHERE, price=4, mode="hang-up", promise="none"
    )
    assert (unknown.code, unknown.cost) == ("outcome_unknown", 4)
    assert used(entered) == 7


def test_another_attempt_is_counted_beside_the_first(entered: Team) -> None:
    task = look(at_the_lab(a_picture(entered), where=WHERE, price=3, mode="fail"))
    assert task.retry()
    assert fresh(task).cost == 6
    fresh(task).cancel()
    assert (fresh(task).state, fresh(task).cost) == ("cancelled", 3)
    assert used(entered) == 3


def test_what_is_only_fetched_again_is_not_paid_again(entered: Team) -> None:
    task = look(at_the_lab(a_picture(entered), where=WHERE, price=3, mode="lost"))
    Task.objects.filter(pk=task.pk).update(
        state="error", stage="", resumes=True, code="http_404"
    )
    assert fresh(task).retry()
    assert (fresh(task).stage, fresh(task).cost) == ("remote", 3)


def test_what_its_provider_has_deleted_by_now_is_paid_again(entered: Team) -> None:
    task = look(at_the_lab(a_picture(entered), where=WHERE, price=3, mode="lost"))
    long_ago = timezone.now() - timedelta(days=4)
    Task.objects.filter(pk=task.pk).update(
        state="error", stage="", resumes=True, code="http_404", began=long_ago
    )
    Budget.objects.update(limit=5)
    with pytest.raises(Refusal, match="would cost 3 credits"):
        fresh(task).retry()
    Budget.objects.update(limit=6)
    assert fresh(task).retry()
    assert (fresh(task).stage, fresh(task).cost) == ("queued", 6)


def test_a_run_over_the_budget_begins_nothing_and_names_the_numbers(
    entered: Team,
) -> None:
    begin(a_picture(entered), where=WHERE, price=4)
    images = [a_picture(entered, seed=seed) for seed in (1, 2)]
    order = Order.of(entered, WHERE, "etch", {"price": 3.5})
    with pytest.raises(Refusal) as caught:
        Task.objects.start(images, order, team=entered, user=None)
    assert caught.value.message == (
        "This would cost 7 credits. Your team's budget with Atelier is 10 credits a "
        "month, and 4 credits of it are used or reserved."
    )
    assert (entered.tasks.count(), entered.batches.count()) == (1, 1)
    order = Order.of(entered, WHERE, "etch", {"price": 3})
    Task.objects.start(images, order, team=entered, user=None)
    assert used(entered) == 10


def test_a_retry_over_the_budget_begins_nothing(entered: Team, alice: User) -> None:
    task = look(at_the_lab(a_picture(entered), where=WHERE, price=6, mode="fail"))
    with pytest.raises(Refusal, match="would cost 6 credits"):
        task.retry()
    assert (fresh(task).state, fresh(task).lease_until) == ("error", None)
    client = of(alice, entered)
    for name, pk in (("task_retry", task.pk), ("batch_retry", task.batch_id)):
        path = reverse(name, args=[pk])
        assert "would cost 6 credits" in client.post(path, follow=True).text
        said = client.post(path, headers={"HX-Request": "true"})
        assert said["HX-Refresh"] == "true"
    Budget.objects.update(limit=12)
    client.post(path)
    assert (fresh(task).state, used(entered)) == ("pending", 12)


def test_a_paused_account_lets_nothing_be_tried_again(entered: Team) -> None:
    task = at_the_lab(a_picture(entered), where=WHERE, mode="reject")
    entered.accounts.update(paused=True)
    with pytest.raises(Refusal, match="is paused"):
        task.retry()


def test_last_months_costs_are_not_this_months(entered: Team) -> None:
    task = begin(a_picture(entered), where=WHERE, price=9)
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = month - timedelta(microseconds=1)
    Task.objects.filter(pk=task.pk).update(reserved=before)
    assert used(entered) == 0
    Task.objects.filter(pk=task.pk).update(reserved=month)
    assert used(entered) == 9


def test_a_budget_is_of_one_team_and_one_provider(
    entered: Team, charlie: User, lab: Lab
) -> None:
    other = charlie.own_teams()[0]
    enter(other, lab)
    begin(a_picture(other), where=WHERE, price=500)
    begin(a_picture(entered), where="lab")
    assert (used(other), used(entered)) == (500, 0)
    begin(a_picture(entered, seed=1), where=WHERE, price=10)


def test_what_costs_nothing_has_no_price(studio: Team, lab: Lab) -> None:
    task = begin(a_picture(studio))
    assert (task.cost, task.cost_shown, task.reserved) == (None, "", None)


def test_pictures_are_held_before_the_budget_as_where_a_recipe_goes_on(
    entered: Team,
) -> None:
    order = Order.of(entered, WHERE, "etch", {"price": 1})
    order = replace(order, options={**order.options, "category": "portrait"})
    image = a_picture(entered)
    with CaptureQueriesContext(connection) as seen:
        Task.objects.start([image], order, team=entered, user=None)
    said = [one["sql"] for one in seen]
    changed = [at for at, one in enumerate(said) if 'UPDATE "imaging_image"' in one]
    held = [at for at, one in enumerate(said) if 'FROM "imaging_budget"' in one]
    assert len(changed) == len(held) == 1
    assert changed < held
    image.refresh_from_db()
    assert image.last_category == "portrait"


def test_tenths_add_up_exactly(entered: Team) -> None:
    order = Order.of(entered, WHERE, "etch", {"price": 0.1})
    images = [a_picture(entered, seed=seed) for seed in range(3)]
    Task.objects.start(images, order, team=entered, user=None)
    assert used(entered) == Decimal("0.3")
    Budget.objects.update(limit=Decimal("0.4"))
    begin(a_picture(entered, seed=9), where=WHERE, price=0.1)
    with pytest.raises(Refusal):
        begin(a_picture(entered, seed=10), where=WHERE, price=0.0001)


def test_the_cost_stands_on_the_batch_and_beside_the_result(
    entered: Team, alice: User
) -> None:
    task = done(at_the_lab(a_picture(entered), where=WHERE, price=3, charge=2.5))
    client = of(alice, entered)
    page = client.get(reverse("batch", args=[task.batch_id])).text
    assert "· 2.50 credits" in page
    assert "cost 2.50 credits" in page
    facts = client.get(reverse("image", args=[task.result_id])).text
    assert "<dt>Cost</dt><dd>2.50 credits</dd>" in facts
    Task.objects.update(charged=False)
    page = client.get(reverse("batch", args=[task.batch_id])).text
    assert "cost about 2.50 credits" in page


def test_credits_of_two_providers_are_never_added_up(
    entered: Team, alice: User
) -> None:
    first = begin(a_picture(entered), where=WHERE, price=3)
    second = begin(a_picture(entered, seed=1), where=WHERE, price=2)
    Task.objects.filter(pk=second.pk).update(batch=first.batch, provider="kokoon")
    begin(a_picture(entered, seed=2), where=WHERE, price=1)
    page = of(alice, entered).get(reverse("batch", args=[first.batch_id])).text
    assert "3 credits by Atelier, 2 credits by Kokoon reserved or spent" in page


@pytest.fixture
def client(entered: Team, alice: User) -> Client:
    return of(alice, entered)


def test_owners_set_and_lift_the_budget(client: Client, entered: Team) -> None:
    path = reverse("provider_budget_set", args=[entered.pk, WHERE])
    begin(a_picture(entered), where=WHERE, price=4)
    text = client.post(path, {"atelier-budget-limit": "12.5"}, follow=True).text
    assert "The budget is saved." in text
    assert "4 of 12.50 credits used or reserved" in text
    assert 'value="12.5"' in text
    wrong = client.post(path, {"atelier-budget-limit": "-1"})
    assert (wrong.status_code, Budget.objects.get().limit) == (422, Decimal("12.5"))
    text = client.post(path, {"atelier-budget-limit": ""}, follow=True).text
    assert not Budget.objects.exists()
    assert "without a budget" in text
