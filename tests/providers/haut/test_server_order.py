"""What Haut.AI's door asks for is done by whom the team has chosen, and only once."""

import json

import pytest

from imaging.models import Image, ProviderAccount, Task, Team, User
from imaging.outgoing import hops
from tests.drawing import jpeg
from tests.providers.haut.served import Program, code

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(bob: User, studio: Team) -> Program:
    one = Program(bob, studio)
    one.settle_in()
    return one


def chosen(team: Team) -> None:
    team.served_by = {"haut": "haut"}
    team.save()


def test_without_an_account_nothing_begins_and_nothing_is_lost(
    program: Program,
) -> None:
    chosen(program.team)
    batch = program.send()["image_batch_id"]
    refused = program.compute(batch)
    assert code(refused) == (400, "invalid", None)
    assert "no account" in refused.json()["errors"][0]["detail"]
    assert not Image.objects.exists()
    Team.objects.update(served_by={})
    assert program.compute(batch).status_code == 204
    assert Task.objects.get().provider == "local"


@pytest.mark.parametrize(("more", "side"), [([], "left"), ([1, 2], "name")])
def test_the_chosen_provider_is_told_the_sides(
    program: Program, more: list[int], side: str
) -> None:
    chosen(program.team)
    ProviderAccount.objects.create(
        team=program.team,
        provider="haut",
        sealed=json.dumps({"token": "t", "company": "c"}),
    )
    batch = program.send(side_id=3)["image_batch_id"]
    for one in more:
        program.send(jpeg(seed=one), side_id=one, batch_id=batch)
    program.compute(batch)
    told = {(task.provider, task.options["side"]) for task in Task.objects.all()}
    assert told == {("haut", side)}
    assert Task.objects.count() == 1 + len(more)


def test_an_order_that_has_been_here_goes_no_further(program: Program) -> None:
    batch = program.send()["image_batch_id"]
    program.client.defaults[f"HTTP_{hops.HEADER.upper().replace('-', '_')}"] = (
        hops.own_name()
    )
    refused = program.compute(batch)
    assert code(refused) == (508, "error", None)
    assert not Image.objects.exists()
