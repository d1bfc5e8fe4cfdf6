"""What is said of costs before the run: on both pages the same, and kept to."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging import providers
from imaging.models import Budget, Image, Order, ProviderAccount, Team, User
from imaging.models.forecasts import Forecast
from tests.drawing import jpeg
from tests.lab import Lab
from tests.labwork import a_picture, begin, enter, lab_fixture  # noqa: F401
from tests.stored import an_image
from tests.visiting import TEAM, of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ETCH = {
    "order": "atelier:etch",
    "atelier:etch-price": "2.5",
    "atelier:etch-promise": "key",
    "atelier:etch-seconds": "0",
}


@pytest.fixture
def entered(studio: Team, lab: Lab) -> Team:
    """A team with keys, a budget of ten credits, and a balance of 250."""
    enter(studio, lab)
    Budget.objects.create(team=studio, provider="atelier", limit=10)
    account = ProviderAccount.objects.of(studio, providers.get("atelier"))
    assert account
    account.learn(balance=250, unit="credits")
    return studio


@pytest.fixture
def client(bob: User, entered: Team) -> Client:
    return of(bob, entered)


def look(client: Client, *images: Image, **fields: str) -> str:
    sent = {"image": [one.pk for one in images], **ETCH, **fields, "look": "again"}
    answer = client.post(reverse("process"), sent)
    assert answer.status_code == 200
    return answer.text


def verdicts(client: Client, *images: Image) -> Any:
    sent = {**ETCH, "facts": "[]", "image": [one.pk for one in images]}
    return client.post(reverse("upload_verdicts"), sent).json()


def test_cost_budget_and_balance_are_said_before_the_run(
    client: Client, entered: Team
) -> None:
    begin(a_picture(entered), where="atelier", price=4)
    text = look(client, a_picture(entered, seed=1), a_picture(entered, seed=2))
    assert "about 5 credits" in text
    assert "6 of 10 credits left this month" in text
    assert "balance 250 credits (<time" in text
    assert "more than is left" not in text


def test_what_is_over_the_budget_is_said_and_then_refused(
    client: Client, entered: Team
) -> None:
    images = [a_picture(entered, seed=seed) for seed in range(5)]
    assert "costs more than is left" in look(client, *images)
    sent = {"image": [one.pk for one in images], **ETCH}
    answer = client.post(reverse("process"), sent)
    assert answer.status_code == 422
    assert "This would cost 12.50 credits." in answer.text
    assert not entered.tasks.exists()


def test_the_upload_page_is_told_the_same(client: Client, entered: Team) -> None:
    images = [a_picture(entered, seed=seed) for seed in range(3)]
    said = verdicts(client, *images)
    order = Order.of(entered, "atelier", "etch", {"price": 2.5})
    known = Forecast.of(order, images)
    assert known.purse
    assert said["purse"]["budget"] == known.purse.budget_shown
    assert said["purse"]["balance"] == known.purse.balance_shown
    assert said["purse"]["left"] == known.purse.left == 10
    costs = [one["cost"] for one in said["images"].values()]
    assert Decimal(str(sum(costs))) == known.cost
    assert {one["unit"] for one in said["images"].values()} == {known.unit}


def test_where_nothing_is_counted_nothing_is_said(
    client: Client, entered: Team
) -> None:
    sent = {"order": "local:convert", "facts": json.dumps([])}
    said = client.post(reverse("upload_verdicts"), sent).json()
    assert said["purse"] is None
    Budget.objects.all().delete()
    assert verdicts(client)["purse"]["budget"] == ""


def test_what_has_no_account_is_shown_with_how_to_get_one(
    client: Client, entered: Team
) -> None:
    entered.accounts.all().delete()
    link = f"{reverse('provider_accounts')}#account-atelier"
    for page in (reverse("upload"), f"/process/?image={a_picture(entered).pk}"):
        text = client.get(page).text
        assert "Write to the atelier for a token." in text
        assert f'href="{link}"' in text
        assert "More can be done with an account:" in text


def test_what_is_paused_is_shown_and_cannot_be_chosen(
    client: Client, entered: Team
) -> None:
    entered.accounts.update(paused=True)
    text = client.get(reverse("upload")).text
    assert "the team's account is paused." in text.replace("&#x27;", "'")
    answer = client.post(reverse("process"), {"image": a_picture(entered).pk, **ETCH})
    assert answer.status_code == 422
    assert "account with Atelier is paused" in answer.text


def test_pages_that_speak_of_costs_ask_little(
    client: Client,
    entered: Team,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    blob = an_image(entered, jpeg(), "a.jpg", width=640, height=480).blob
    more = [Image(team=entered, blob=blob, name=f"{n}.jpg") for n in range(100)]
    images = Image.objects.bulk_create(more)
    with django_assert_max_num_queries(12):
        look(client, *images)
    with django_assert_max_num_queries(12):
        verdicts(client, *images)
    batch = begin(images[0], where="atelier", price=1).batch
    for page in (reverse("batch", args=[batch.pk]), reverse("upload"), TEAM):
        with django_assert_max_num_queries(12):
            client.get(page)
