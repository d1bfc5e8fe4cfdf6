"""The page of a team's accounts: who sees it, what it keeps, what it never shows."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging import providers
from imaging.models import AuditEvent, Membership, ProviderAccount, Role, Team, User
from imaging.providers.accounts import Account
from tests.application import PASSWORD
from tests.lab import WRONG, Lab
from tests.labwork import TOKEN, a_picture, at_the_lab, enter, lab_fixture  # noqa: F401
from tests.providers.vendor import SLOW
from tests.visiting import TEAM, of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/team/accounts/"
ACTS = ["set", "remove", "pause", "inquire", "budget"]


@pytest.fixture
def client(alice: User, studio: Team, lab: Lab) -> Client:
    """The browser of the owner; the atelier is on offer."""
    return of(alice, studio)


def path(act: str, team: Team, key: str = "atelier") -> str:
    names = {act: f"provider_account_{act}"} | {"budget": "provider_budget_set"}
    return reverse(names[act], args=[team.pk, key])


def fill_in(client: Client, team: Team, **fields: str) -> str:
    sent = {f"atelier-{name}": value for name, value in fields.items()}
    return client.post(path("set", team), sent, follow=True).text


def card(text: str) -> str:
    """Cut the card of the atelier out of the page."""
    found = re.search(r'<section[^>]* id="account-atelier".*?</section>', text, re.S)
    assert found
    return " ".join(found[0].split())


def test_keys_are_kept_and_only_their_end_is_shown(
    client: Client, studio: Team, alice: User
) -> None:
    assert "Write to the atelier for a token." in card(client.get(PAGE).text)
    text = fill_in(client, studio, token=TOKEN, room="7")
    assert "The account is saved." in text
    row = studio.accounts.get()
    assert (row.values, row.url) == ({"token": TOKEN, "room": "7"}, "")
    assert row.changed_by == alice
    shown = card(client.get(PAGE).text)
    assert "own keys" in shown
    assert f"it ends in {TOKEN[-4:]}" in shown
    assert 'value="7"' in shown
    assert TOKEN[-5:] not in text + shown


def test_of_a_short_secret_nothing_is_shown(client: Client, studio: Team) -> None:
    fill_in(client, studio, token="brief-key")
    shown = card(client.get(PAGE).text)
    assert "Kept. Left empty" in shown
    assert "-key" not in shown


def test_an_empty_secret_is_kept_an_empty_word_is_taken_away(
    client: Client, studio: Team
) -> None:
    fill_in(client, studio, token=TOKEN, room="7")
    before = studio.accounts.get()
    assert "Nothing was changed." in fill_in(client, studio, token="", room="7")
    assert studio.accounts.get().changed == before.changed
    fill_in(client, studio, token="", room="")
    assert studio.accounts.get().values == {"token": TOKEN}


def test_what_is_lacking_is_asked_for_and_nothing_kept(
    client: Client, studio: Team
) -> None:
    answer = client.post(path("set", studio), {"atelier-room": "7"})
    assert answer.status_code == 422
    assert "This is needed." in card(answer.text)
    assert not studio.accounts.exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://plain.example", "must begin with https://"),
        ("https://a.example/path", "without a path"),
        ("https://user:word@a.example", "user name or password"),
        ("atelier.example", "neither https nor http"),
        ("https://10.0.0.7", "10.0.0.7 is not a public address"),
        ("https://[fe80::1]", "fe80::1 is never called"),
        ("https://169.254.169.254", "is never called"),
        ("https://photos.example", "address of this Darkroom"),
        ("https://www.photos.example:443/", "address of this Darkroom"),
    ],
)
def test_an_address_that_would_not_be_called_is_refused_with_a_sentence(
    client: Client, studio: Team, url: str, sentence: str, settings: object
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = False  # type: ignore[attr-defined]
    settings.BASE_URL = "https://photos.example"  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS = ["testserver", ".photos.example"]  # type: ignore[attr-defined]
    text = card(fill_in(client, studio, token=TOKEN, url=url))
    assert sentence in text
    assert not studio.accounts.exists()


def test_another_machine_here_is_no_way_back(client: Client, studio: Team) -> None:
    text = fill_in(client, studio, token=TOKEN, url="http://localhost:8000")
    assert "address of this Darkroom" in text
    fill_in(client, studio, token=TOKEN, url="http://localhost:8001/")
    assert studio.accounts.get().url == "http://localhost:8001"


def test_no_other_value_is_a_way_back_either(client: Client, studio: Team) -> None:
    text = fill_in(client, studio, token=TOKEN, room="http://localhost:8000/taps")
    assert "address of this Darkroom" in text
    assert not studio.accounts.exists()


def test_kept_keys_do_not_follow_to_another_address(
    client: Client, studio: Team
) -> None:
    fill_in(client, studio, token=TOKEN)
    text = fill_in(client, studio, token="", url="https://other.example")
    assert "enter the keys again" in text
    assert studio.accounts.get().url == ""
    fill_in(client, studio, token="another-token-of-ours", url="https://other.example")
    assert studio.accounts.get().url == "https://other.example"
    fields = {"token": "", "url": "https://other.example"}
    text = fill_in(client, studio, room="https://taps.example", **fields)
    assert "enter the keys again" in text
    assert "room" not in studio.accounts.get().values


def test_a_team_set_address_never_counts_as_the_operators(
    client: Client, studio: Team
) -> None:
    fill_in(client, studio, token=TOKEN, url="https://other.example")
    found = ProviderAccount.objects.of(studio, providers.get("atelier"))
    assert isinstance(found, Account)
    assert not found.operator_set


def test_the_connection_is_tested_and_what_the_provider_says_is_shown(
    client: Client, studio: Team, lab: Lab
) -> None:
    enter(studio, lab)
    answer = client.post(path("inquire", studio), follow=True)
    shown = card(answer.text)
    assert "The provider knows this account." in answer.text
    assert "250 credits" in shown
    assert "as of" in shown
    assert "Most pixels</dt><dd>4000" in shown
    assert f"{timezone.now():%Y-%m-%d}" in shown
    assert "for 3 days" in shown


def test_a_connection_that_fails_says_why(
    client: Client, studio: Team, lab: Lab
) -> None:
    enter(studio, lab, WRONG)
    answer = client.post(path("inquire", studio), follow=True)
    assert "The atelier does not know this token." in answer.text
    assert "Balance" not in card(answer.text)


def test_an_answer_is_not_waited_for_for_ever(
    client: Client, studio: Team, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(studio, lab)
    monkeypatch.setattr("imaging.providers.accounts.PATIENCE", 0)
    lab.spoil("balance", SLOW["never answers"])
    answer = client.post(path("inquire", studio), follow=True)
    assert "There was no answer within 0 seconds." in answer.text


def test_work_is_paused_and_resumed(client: Client, studio: Team, lab: Lab) -> None:
    enter(studio, lab)
    at_the_lab(a_picture(studio), where="atelier", mode="never")
    text = client.post(path("pause", studio), follow=True).text
    assert "what runs is finished" in text
    assert "paused" in card(text)
    assert "Open jobs</dt><dd>1" in card(text)
    assert studio.accounts.get().paused
    client.post(path("pause", studio), {"paused": "no"})
    assert not studio.accounts.get().paused


def test_keys_are_removed(client: Client, studio: Team, lab: Lab) -> None:
    enter(studio, lab)
    client.post(path("remove", studio))
    assert not studio.accounts.exists()
    assert "no account" in card(client.get(PAGE).text)


def test_what_is_done_to_an_account_is_noted_without_a_value(
    client: Client, studio: Team, lab: Lab
) -> None:
    fill_in(client, studio, token=TOKEN, room="7", url=lab.url)
    for act in ("pause", "remove"):
        client.post(path(act, studio))
    events = AuditEvent.objects.filter(team=studio).order_by("at")
    assert [one.action.removeprefix("provider_account_") for one in events] == [
        "saved",
        "paused",
        "removed",
    ]
    assert {one.data["provider"] for one in events} == {"atelier"}
    assert events[0].data["fields"] == ["room", "token", "url"]
    assert TOKEN not in str([one.data for one in events])


@pytest.mark.parametrize("role", Role.values)
def test_owners_keep_accounts_editors_read_of_them_others_do_not(
    role: str, bob: User, studio: Team, lab: Lab
) -> None:
    enter(studio, lab)
    Membership.objects.filter(user=bob, team=studio).update(role=role)
    client = of(bob, studio)
    answer = client.get(PAGE)
    reads = role in {Role.OWNER, Role.EDITOR}
    assert answer.status_code == (200 if reads else 403)
    assert ("Provider accounts" in client.get(TEAM).text) == reads
    if role == Role.EDITOR:
        shown = card(answer.text)
        assert "own keys" in shown
        assert "<form" not in shown
        assert TOKEN[-4:] not in shown
        assert lab.url not in shown
    codes = {act: client.post(path(act, studio)).status_code for act in ACTS}
    assert set(codes.values()) == ({302, 422} if role == Role.OWNER else {404})
    assert client.get(path("set", studio)).status_code == 405


def test_outsiders_and_strangers_find_nothing(
    studio: Team, charlie: User, client: Client
) -> None:
    for act in ACTS:
        assert of(charlie).post(path(act, studio)).status_code == 404
        assert client.post(path(act, studio, "nobody")).status_code == 404
        assert client.post(path(act, studio, "local")).status_code == 404
        away = Client().post(path(act, studio))
        assert away["Location"].startswith(reverse("account_login"))
    assert Client().get(PAGE)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("act", ACTS)
def test_no_other_site_can_press_the_buttons(
    act: str, alice: User, studio: Team, lab: Lab
) -> None:
    enter(studio, lab)
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(alice)
    assert guarded.post(path(act, studio)).status_code == 403
    assert studio.accounts.filter(paused=False).exists()


def test_a_page_that_runs_scripts_gets_one_card(
    client: Client, studio: Team, lab: Lab
) -> None:
    asked = {"HX-Request": "true"}
    sent = {"atelier-token": "", "atelier-room": "9"}
    wrong = client.post(path("set", studio), sent, headers=asked)
    assert (wrong.status_code, "This is needed." in wrong.text) == (200, True)
    sent = {"atelier-token": TOKEN, "atelier-url": lab.url}
    right = client.post(path("set", studio), sent, headers=asked)
    assert "The account is saved." in right.text
    assert "<html" not in right.text
    assert TOKEN[-5:] not in right.text


def test_the_operators_account_is_named_but_none_of_its_values(
    client: Client, studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER_TOKEN", "the-operators-own-token")
    monkeypatch.setenv("ATELIER_ROOM", "room-of-the-operator")
    monkeypatch.setenv("ATELIER_URL", "https://mirror.example")
    Team.objects.filter(pk=studio.pk).update(operator_accounts=True)
    shown = card(client.get(PAGE).text)
    assert "operator's account" in shown.replace("&#x27;", "'")
    for value in ("-own-token", "room-of", "mirror.example"):
        assert value not in shown


def test_no_page_of_the_console_shows_a_secret(studio: Team, lab: Lab) -> None:
    enter(studio, lab)
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    row = studio.accounts.get()
    for name, args in (("changelist", []), ("change", [row.pk])):
        for model in ("provideraccount", "team"):
            pk = [studio.pk] if args and model == "team" else args
            page = root.get(reverse(f"admin:imaging_{model}_{name}", args=pk))
            assert page.status_code == 200
            assert TOKEN[-5:] not in page.text
    page = root.get(reverse("admin:imaging_team_change", args=[studio.pk]))
    assert 'name="operator_accounts"' in page.text


def test_the_page_costs_few_queries(
    client: Client,
    studio: Team,
    lab: Lab,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    enter(studio, lab)
    at_the_lab(a_picture(studio), where="atelier")
    with django_assert_max_num_queries(12):
        assert client.get(PAGE).status_code == 200
