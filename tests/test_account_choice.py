"""With which account a team works: its own as a unit, the operator's where ticked."""

import logging
import os

import pytest
from django.core.management import call_command
from django.db import connection

from imaging import providers, upkeep
from imaging.models import Order, ProviderAccount, Refusal, Team, User
from imaging.providers.accounts import Account, operators
from tests.application import PASSWORD
from tests.lab import WRONG, Lab
from tests.labwork import TOKEN, enter, lab_fixture  # noqa: F401
from tests.services import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.both]
OURS = "the-operators-own-token"
THEIRS = TOKEN


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """The operator has an account, at an address of its own."""
    monkeypatch.setenv("ATELIER_TOKEN", OURS)
    monkeypatch.setenv("ATELIER_URL", "https://mirror.example")


def account(team: Team) -> Account | None:
    team.refresh_from_db()
    return ProviderAccount.objects.of(team, providers.get("atelier"))


def tick(team: Team) -> None:
    Team.objects.filter(pk=team.pk).update(operator_accounts=True)


def test_the_environment_is_an_account_only_as_a_whole(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = operators(providers.get("atelier"))
    assert found
    assert (found.url, found.operator_set) == ("https://mirror.example", True)
    assert found.values == {"token": OURS}
    monkeypatch.delenv("ATELIER_URL")
    found = operators(providers.get("atelier"))
    assert found
    assert (found.url, found.operator_set) == ("https://atelier.example", False)
    monkeypatch.delenv("ATELIER_TOKEN")
    monkeypatch.setenv("ATELIER_ROOM", "7")
    assert operators(providers.get("atelier")) is None


def test_only_ticked_teams_use_the_operators_account(
    environment: None, studio: Team
) -> None:
    assert account(studio) is None
    with pytest.raises(Refusal, match="no account with Atelier yet"):
        Order.of(studio, "atelier", "etch")
    tick(studio)
    found = account(studio)
    assert found
    assert found.values["token"] == OURS


def test_a_teams_own_account_goes_first_and_takes_nothing_from_the_other(
    environment: None, studio: Team
) -> None:
    tick(studio)
    row = ProviderAccount(team=studio, provider="atelier")
    row.values = {"token": THEIRS}
    row.save()
    found = account(studio)
    assert found
    # Neither the operator's address nor its trust goes along with the team's keys.
    assert (found.url, found.operator_set) == ("https://atelier.example", False)
    assert found.values == {"token": THEIRS}
    row.values, row.url = {}, "https://elsewhere.example"
    row.save()
    found = account(studio)
    assert found
    assert found.values == {}


def test_a_paused_account_says_so_and_another_teams_goes_on(
    lab: Lab, studio: Team, charlie: User
) -> None:
    other = charlie.own_teams()[0]
    for team in (studio, other):
        enter(team, lab)
    ProviderAccount.objects.filter(team=studio).update(paused=True)
    with pytest.raises(Refusal, match="account with Atelier is paused"):
        Order.of(studio, "atelier", "etch")
    assert Order.of(other, "atelier", "etch").account.values["token"] == THEIRS


def test_a_team_can_pause_its_use_of_the_operators_account(
    environment: None, studio: Team
) -> None:
    tick(studio)
    ProviderAccount.objects.create(team=studio, provider="atelier", paused=True)
    found = account(studio)
    assert found
    assert (found.paused, found.values["token"]) == (True, OURS)


def test_other_keys_are_another_account_to_whatever_is_shared(
    lab: Lab, studio: Team, charlie: User
) -> None:
    ids = set()
    for team in (studio, charlie.own_teams()[0]):
        enter(team, lab)
        found = account(team)
        assert found
        ids.add(found.id)
    row = studio.accounts.get()
    row.changed = row.changed.replace(year=row.changed.year + 1)
    row.save()
    found = account(studio)
    assert found
    assert len(ids | {found.id}) == 3


def test_secrets_are_encrypted_in_the_database_and_in_no_repr_or_log(
    environment: None,
    lab: Lab,
    studio: Team,
    caplog: pytest.LogCaptureFixture,
) -> None:
    enter(studio, lab)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM imaging_provideraccount")
        [row] = cursor.fetchall()
    assert THEIRS not in str(row)
    with caplog.at_level(logging.DEBUG):
        own, ours = account(studio), operators(providers.get("atelier"))
        assert own
        providers.get("atelier").inquire(own)
    shown = f"{own!r} {ours!r} {studio.accounts.get()!r} {studio.accounts.get()}"
    assert "/balance" in caplog.text
    for secret in (OURS, THEIRS):
        assert secret not in shown + caplog.text


@pytest.mark.parametrize("how", ["create_superuser", "createsuperuser", "create_first"])
def test_the_first_superusers_team_is_ticked_and_no_other(
    how: str, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "create_first":
        User.objects.all().delete()
        User.objects.create_first("root@example.com", PASSWORD)
    elif how == "create_superuser":
        User.objects.create_superuser("root@example.com", PASSWORD)
    else:
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.com")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        call_command("createsuperuser", "--noinput", verbosity=0)
    User.objects.create_superuser("second@example.com", PASSWORD)
    ticked = Team.objects.filter(operator_accounts=True)
    assert [one.members.get().email for one in ticked] == ["root@example.com"]


def test_no_account_is_asked_for_where_none_is_needed(studio: Team) -> None:
    assert "LOCAL_URL" not in os.environ
    assert Order.of(studio, "local", "convert").account == Account("local")


@pytest.mark.parametrize("name", [".env.example", "README.md"])
def test_every_value_of_the_operators_accounts_is_listed(name: str) -> None:
    text = (ROOT / name).read_text()
    entered = [one for one in providers.providers() if one.credentials]
    assert entered
    for one in entered:
        for value in ("url", *(credential.name for credential in one.credentials)):
            assert f"{one.key}_{value}".upper() in text


def test_every_account_in_use_is_asked_now_and_then(lab: Lab, studio: Team) -> None:
    enter(studio, lab)
    assert upkeep.prune()["accounts"] == 1
    found = account(studio)
    assert found
    assert found.known["balance"] == 250
    # One that cannot be asked leaves what is known, and the other work, as it is.
    enter(studio, lab, WRONG)
    assert upkeep.prune()["accounts"] == 1
    left = account(studio)
    assert left
    assert left.known == found.known
    studio.accounts.update(paused=True)
    assert upkeep.prune()["accounts"] == 0
