"""The console's page of providers: true numbers, and buttons that steer them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import (
    AuditEvent,
    Budget,
    Heartbeat,
    ProviderControl,
    Stage,
    Task,
    TaskRequest,
    Team,
    User,
)
from imaging.operating.queues import minute_of_requests, up_to_each
from imaging.providers.circuit import FAILURES, Circuit
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    TOKEN,
    a_picture,
    at_the_lab,
    begin,
    enter,
    fresh,
    lab_fixture,
    look,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE, TEAMS = "/admin/providers/", "/admin/providers-teams/"
KEY = "an-operators-own-key-4711"


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def card(text: str, key: str = "lab") -> str:
    """Return what a page says of one provider, without tags."""
    found = re.search(rf'id="provider-{key}".*?</section>', text, re.S)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def press(root: Client, act: str, key: str = "lab", **sent: object) -> str:
    answer = root.post(f"{PAGE}{key}/{act}/", sent, follow=True)
    assert answer.status_code == 200
    return answer.text


def test_every_number_is_true_and_leads_to_its_list(
    root: Client, studio: Team, lab: Lab
) -> None:
    begin(a_picture(studio))
    at_the_lab(a_picture(studio, seed=1), mode="never")
    for seed in (2, 3):
        look(at_the_lab(a_picture(studio, seed=seed), mode="fail"))
    Task.objects.filter(image__name="a.jpg", state="error").first()
    text = root.get(PAGE).text
    said = card(text)
    assert "Waiting 1 Running 1 Failed in 24 hours 2" in said
    assert "With it now 1, without a bound" in said
    assert "Waiting 0 Running 0 Failed in 24 hours 0" in card(text, "local")
    for state, count in (("pending", 1), ("processing", 1), ("error", 2)):
        found = re.search(rf'href="([^"]*provider=lab&amp;state={state}[^"]*)"', text)
        assert found
        rows = root.get(found[1].replace("&amp;", "&")).context["cl"]
        assert rows.result_count == count


def test_the_queues_and_who_works_on_them_are_shown(root: Client) -> None:
    assert "not running" in root.get(PAGE).text
    Heartbeat.objects.start("worker", {})
    text = " ".join(re.sub(r"<[^>]+>", " ", root.get(PAGE).text).split())
    assert "worker 1 alive 0 messages in its queue" in text


def test_a_provider_is_paused_drained_and_resumed(
    root: Client, studio: Team, lab: Lab
) -> None:
    assert "Nothing more is sent to it" in press(root, "mode", mode="paused")
    assert ProviderControl.objects.get().mode == "paused"
    assert "paused" in card(root.get(PAGE).text)
    assert "nothing new is begun" in press(root, "mode", mode="draining")
    press(root, "mode", mode="running", **{"from": "one"})
    control = ProviderControl.objects.get()
    assert (control.mode, str(control.changed_by)) == ("running", "root@example.com")
    told = AuditEvent.objects.filter(action="provider_steered").order_by("at")
    assert [one.data["mode"] for one in told] == ["paused", "draining", "running"]
    for wrong in ("", "gone"):
        assert root.post(f"{PAGE}lab/mode/", {"mode": wrong}).status_code == 404
    assert root.post(f"{PAGE}nobody/mode/", {"mode": "paused"}).status_code == 404
    assert root.get(f"{PAGE}lab/mode/").status_code == 405


def test_limits_count_at_once_and_nonsense_is_refused(
    root: Client, studio: Team, lab: Lab
) -> None:
    waiting = [begin(a_picture(studio, seed=n)) for n in range(2)]
    press(root, "limits", **{"lab-most_at_once": "1", "lab-rate": "0.5"})
    control = ProviderControl.objects.get()
    assert (control.most_at_once, control.rate) == (1, 0.5)
    # Whoever is first in turn is let in without waiting for the watcher.
    assert fresh(waiting[0]).stage == Stage.SENDING
    assert "1 of at most 1" in card(root.get(PAGE).text)
    for name in ("most_at_once", "rate"):
        for wrong in ("0", "-1", "nan", "inf", "x", "1e99"):
            answer = root.post(f"{PAGE}lab/limits/", {f"lab-{name}": wrong})
            assert answer.status_code == 422, (name, wrong)
            assert 'class="errorlist"' in answer.text
    control.refresh_from_db()
    assert (control.most_at_once, control.rate) == (1, 0.5)
    press(root, "limits")
    control.refresh_from_db()
    assert (control.most_at_once, control.rate) == (None, None)


def test_a_circuit_is_shown_and_closed(root: Client, studio: Team, lab: Lab) -> None:
    enter(studio, lab)
    account = studio.accounts.get().account(begin_at("atelier"))
    for _ in range(FAILURES):
        Circuit(account.id).failure()
    assert "1 account is not called" in card(root.get(PAGE).text, "atelier")
    one = root.get(f"{PAGE}atelier/").text
    assert "after 5 failures" in one
    press(root, "circuit", "atelier", team=studio.pk, **{"from": "one"})
    assert not Circuit(account.id).is_open
    assert "after 5 failures" not in root.get(f"{PAGE}atelier/").text
    event = AuditEvent.objects.get(action="circuit_closed")
    assert (event.team, event.data["provider"]) == (studio, "atelier")
    for wrong in ("x", "00000000-0000-0000-0000-000000000000"):
        answer = root.post(f"{PAGE}atelier/circuit/", {"team": wrong})
        assert answer.status_code == 404


def begin_at(key: str) -> object:
    from imaging import providers

    return providers.get(key)


def test_the_operators_account_is_tested_and_shown_by_its_end(
    root: Client, studio: Team, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ATELIER_TOKEN" in root.get(f"{PAGE}atelier/").text
    assert root.post(f"{PAGE}atelier/test/").status_code == 404
    monkeypatch.setenv("ATELIER_TOKEN", KEY)
    monkeypatch.setenv("ATELIER_URL", lab.url)
    enter(studio, lab)
    page = press(root, "test", "atelier", **{"from": "one"})
    assert "The provider knows this account." in page
    assert "Balance" in page
    assert "4711" in page
    assert TOKEN[-4:] in page
    for secret in (KEY, KEY[-5:], TOKEN, TOKEN[-5:]):
        assert secret not in page + root.get(PAGE).text
    assert AuditEvent.objects.filter(action="provider_tested").exists()


def test_the_last_errors_are_told_once_each(
    root: Client, studio: Team, lab: Lab
) -> None:
    for seed, mode in enumerate(["fail", "fail", "reject"]):
        task = at_the_lab(a_picture(studio, seed=seed), mode=mode)
        if task.stage:
            look(task)
    page = root.get(f"{PAGE}lab/").text
    assert page.count("The picture is out of focus.") == 1
    newest = Task.objects.filter(code="failed").latest("finished")
    assert reverse("admin:imaging_task_change", args=[newest.pk]) in page
    assert "refused" in page


def test_budgets_are_seen_and_changed(root: Client, studio: Team, lab: Lab) -> None:
    assert "No team has an account or a budget here yet" in (
        root.get(f"{PAGE}atelier/").text
    )
    found = root.get(f"{PAGE}atelier/", {"q": studio.name[:4].lower()}).text
    assert str(studio.pk) in found
    assert "The budget is saved." in press(
        root, "budget", "atelier", team=studio.pk, limit="12.5", **{"from": "one"}
    )
    assert Budget.objects.get().limit == 12.5
    assert 'value="12.5"' in root.get(f"{PAGE}atelier/").text
    press(root, "budget", "atelier", team=studio.pk, limit="-1")
    assert Budget.objects.get().limit == 12.5
    press(root, "budget", "atelier", team=studio.pk, limit="")
    assert not Budget.objects.exists()
    told = AuditEvent.objects.filter(action="provider_budget_set", team=studio)
    assert [one.data["limit"] for one in told.order_by("at")] == ["12.5", None]
    assert root.post(f"{PAGE}atelier/budget/", {"team": "x"}).status_code == 404


def test_the_operators_accounts_are_lent_to_the_ticked_teams(
    root: Client, studio: Team, charlie: User
) -> None:
    other = charlie.own_teams()[0]
    Team.objects.update(operator_accounts=False)
    Team.objects.filter(pk=other.pk).update(operator_accounts=True)
    sent = {"shown": [studio.pk, "x"], "team": [studio.pk, "x"]}
    assert "1 team is changed." in root.post(TEAMS, sent, follow=True).text
    allowed = Team.objects.filter(operator_accounts=True)
    assert set(allowed) == {studio, other}
    root.post(TEAMS, {"shown": [studio.pk, other.pk], "team": [studio.pk]})
    assert set(allowed.all()) == {studio}
    told = AuditEvent.objects.filter(action="operator_accounts_set").order_by("at")
    assert [(one.team, one.data["allowed"]) for one in told] == [
        (studio, True),
        (other, False),
    ]
    text = root.get(TEAMS, {"q": studio.name.upper()}).text
    assert str(studio.pk) in text
    assert str(other.pk) not in text
    assert "No team has such a name." in root.get(TEAMS, {"q": "nobody\0"}).text


def test_a_minute_of_requests_counts_its_part_of_each_run(
    studio: Team, lab: Lab
) -> None:
    task, now = begin(a_picture(studio)), timezone.now()

    def asked(times: int, since: float, until: float) -> None:
        TaskRequest.objects.create(
            task=task,
            provider="lab",
            method="GET",
            endpoint="/jobs",
            times=times,
            at=now - timedelta(seconds=since),
            until=now - timedelta(seconds=until),
        )

    assert minute_of_requests(["lab"], now) == {}
    asked(1, 60, 60)
    asked(120, 150, 30)
    asked(50, 500, 100)
    asked(50, 10, 5)
    assert minute_of_requests(["lab"], now) == {"lab": pytest.approx(61)}


def test_nothing_is_counted_beyond_a_bound(studio: Team, lab: Lab) -> None:
    for seed in range(4):
        begin(a_picture(studio, seed=seed))
    rows = Task.objects.filter(provider="lab")
    assert up_to_each([rows, rows.filter(state="error")], most=2) == [3, 0]


def test_the_pages_cost_few_queries_at_any_number_of_providers(
    root: Client,
    studio: Team,
    lab: Lab,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    enter(studio, lab)
    at_the_lab(a_picture(studio), where="atelier", mode="never")
    for path in (PAGE, f"{PAGE}atelier/", f"{PAGE}local/", TEAMS):
        with django_assert_max_num_queries(12):
            assert root.get(path).status_code == 200
