"""What Retouch4me's API says of limits and of what is left, and what is left."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from imaging.models import ApiToken, Image, Scope, State, Task, User, VendorRecord
from imaging.providers.retouch4me.server.quota import account_of
from tests.api.calling import a_token
from tests.providers.retouch4me.asking import (
    Answer,
    documented,
    get,
    parts,
    shape,
    start,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
NEW, OLD = "/api/v1/balance", "/api/retouch/v1/balance"
MODES = {"modes": ["professional"]}
OVER = (401, "The token is invalid or expired")


@pytest.fixture
def token(bob: User) -> str:
    return a_token(bob)


def balance(token: str, body: object = MODES) -> Answer:
    shown = {"x-retouch-token": token} if token else {}
    reply = Client(headers=shown).post(NEW, body, content_type="application/json")
    return Answer(reply.status_code, dict(reply.headers), reply.content)


def before(**fields: object) -> Answer:
    reply = Client(headers={"accept": "application/json"}).post(OLD, fields)
    return Answer(reply.status_code, dict(reply.headers), reply.content)


def grant(user: User, **what: int) -> VendorRecord:
    account = account_of(user.own_teams()[0])
    account.learn(**what)
    return account


def test_the_limits_are_as_printed() -> None:
    answer = get("/api/v1/info/limits")
    assert (answer.status, answer.said) == (200, documented("limits"))
    assert shape(answer.said) == shape(documented("limits"))


def test_the_balance_is_as_documented(token: str, bob: User) -> None:
    grant(bob, professional=5)
    assert shape(balance(token).said) == shape(documented("balance"))
    assert balance(token).said == documented("balance")
    assert balance(token, {}).said["remaining"] == {"professional": 5}
    assert balance(token, {"modes": ["amateur"]}).said["remaining"] == {}


@pytest.mark.parametrize("body", ["{", "[]", '{"modes": 7}'])
def test_a_balance_is_asked_for_in_json(token: str, body: str) -> None:
    assert balance(token, body).error[0] == 400


@pytest.mark.parametrize("field", ["retouchtoken", "token"])
@pytest.mark.parametrize("modes", ["modes[]", "modes"])
def test_the_older_balance_takes_both_spellings(
    token: str, bob: User, field: str, modes: str
) -> None:
    grant(bob, professional=5)
    answer = before(**{field: token, modes: "professional"})
    assert (answer.status, answer.said) == (200, {"remaining": {"professional": 5}})


def test_a_balance_is_told_to_nobody_else(token: str, bob: User) -> None:
    assert balance("").error == OVER
    assert balance("wrong").error == OVER
    assert before(retouchtoken="wrong").error == (460, "Token issue")
    assert balance(a_token(bob, Scope.UPLOAD)).error[0] == 403
    ApiToken.objects.update(revoked=timezone.now())
    assert balance(token).error == OVER
    assert before(retouchtoken=token).error == (460, "Token issue")


def test_a_fresh_team_is_not_held_up(token: str) -> None:
    assert start(parts(token)).said["retouchQuota"] == 99_999
    assert balance(token).said["remaining"] == {"professional": 999_999}


@pytest.mark.parametrize("granted", [{"daily": 2}, {"professional": 2}])
def test_what_is_used_up_is_refused_and_what_fails_is_given_back(
    token: str, bob: User, granted: dict[str, int]
) -> None:
    grant(bob, **granted)
    reached = (461, "Processing limit reached")
    left = [start(parts(token)).said["retouchQuota"] for _ in range(2)]
    assert left[0] - left[1] == 1
    assert start(parts(token)).error == reached
    assert Image.objects.count() == 2
    one = Task.objects.latest("created")
    Task.objects.filter(pk=one.pk).update(state=State.ERROR, finished=timezone.now())
    assert start(parts(token)).status == 200
    assert start(parts(token)).error == reached


def test_a_new_day_has_its_own_quota_and_the_same_credits(
    token: str, bob: User
) -> None:
    grant(bob, daily=1, professional=2)
    start(parts(token))
    yesterday = timezone.now() - timedelta(days=1)
    Task.objects.update(created=yesterday)
    assert start(parts(token)).said["retouchQuota"] == 0
    assert balance(token).said["remaining"] == {"professional": 0}


def test_the_bounds_of_the_team_hold_and_leave_nothing(token: str, bob: User) -> None:
    team = bob.own_teams()[0]
    team.max_engine_minutes = 0
    team.save()
    assert start(parts(token)).error == (461, "Processing limit reached")
    assert not Image.objects.exists()


def test_what_an_operator_mistypes_holds_nobody_up(token: str, bob: User) -> None:
    VendorRecord.objects.filter(pk=grant(bob).pk).update(data=["daily", "many"])
    assert start(parts(token)).said["retouchQuota"] == 99_999
