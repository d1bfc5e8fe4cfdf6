"""Who does the work that programs ask for: an owner chooses, for each API."""

import pytest
from django.test import Client
from django.urls import reverse

from imaging import providers
from imaging.api.serving import order_of
from imaging.models import AuditEvent, ProviderAccount, Team, User
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/team/accounts/"


@pytest.fixture
def client(alice: User, studio: Team) -> Client:
    return of(alice, studio)


def choose(client: Client, team: Team, **chosen: str) -> tuple[int, str]:
    asked = dict.fromkeys(providers.doors(), "local") | chosen
    sent = {f"door-{door}": one for door, one in asked.items()}
    answer = client.post(reverse("doors_set", args=[team.pk]), sent, follow=True)
    return answer.status_code, answer.text


def enter(team: Team, user: User, key: str = "retouch4me") -> None:
    keys = {"token": "a-token-that-is-long"}
    ProviderAccount.objects.enter(team, providers.get(key), "", keys, user)


def served(team: Team) -> dict[str, str]:
    return Team.objects.get(pk=team.pk).served_by


def test_each_door_asks_for_what_its_own_provider_and_we_ourselves_offer() -> None:
    found = providers.doors()
    assert found["kokoon"] == "upscale"
    assert found["retouch4me"] == "retouch"
    assert found["haut"] == "skin-analysis"
    for door, operation in found.items():
        assert providers.operation(door, operation)
        assert providers.operation("local", operation)


def test_the_work_is_done_by_whom_an_owner_chose(
    client: Client, studio: Team, alice: User
) -> None:
    enter(studio, alice)
    wanted = {"": {}}
    assert order_of(studio, "retouch4me", "retouch", wanted).provider.key == "local"
    status, text = choose(client, studio, retouch4me="retouch4me")
    assert (status, "done as you have chosen" in text) == (200, True)
    assert served(studio) == {"retouch4me": "retouch4me"}
    studio.refresh_from_db()
    order = order_of(studio, "retouch4me", "retouch", wanted)
    assert order.provider.key == "retouch4me"
    event = AuditEvent.objects.get(action="doors_set")
    assert (event.team, event.data) == (studio, {"served_by": served(studio)})
    choose(client, studio)
    assert served(studio) == {}


@pytest.mark.parametrize("asked", ["retouch4me", "kokoon", "nobody", ""])
def test_nobody_is_chosen_who_has_no_account_or_does_something_else(
    client: Client, studio: Team, alice: User, asked: str
) -> None:
    enter(studio, alice, "kokoon")
    status, text = choose(client, studio, retouch4me=asked)
    assert status == 422
    assert 'class="errorlist"' in text
    assert served(studio) == {}


def test_a_choice_without_an_account_is_shown_and_stays_until_it_is_changed(
    client: Client, studio: Team
) -> None:
    Team.objects.update(served_by={"retouch4me": "retouch4me", "haut": "gone"})
    text = client.get(PAGE).text
    assert "Retouch4me: no account" in text
    assert "gone: not here any more" in text
    choose(client, studio, retouch4me="retouch4me")
    assert served(studio) == {"retouch4me": "retouch4me"}


def test_owners_choose_and_editors_do_not_see_it(
    client: Client, bob: User, studio: Team
) -> None:
    assert 'id="doors"' in client.get(PAGE).text
    assert 'id="doors"' not in of(bob, studio).get(PAGE).text
    assert choose(of(bob, studio), studio)[0] == 404
