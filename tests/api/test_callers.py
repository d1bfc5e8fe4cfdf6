"""Who calls: tokens with scopes, in time, as often as they may."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import RequestFactory
from django.utils import timezone

from imaging.api.callers import Caller, NotAllowed, bearer, enter_by_token
from imaging.models import ApiToken, Membership, Role, Scope, Team, User
from tests.api.calling import a_token

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def entered(token: str, scope: str = "") -> Caller:
    return enter_by_token(RequestFactory().get("/"), token, scope)


def refused(token: str, scope: str = "") -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        entered(token, scope)
    return caught.value


def test_a_token_lets_its_user_in(bob: User) -> None:
    assert entered(a_token(bob)).user == bob
    assert ApiToken.objects.get().last_used


@pytest.mark.parametrize(
    "change",
    [
        {"revoked": timezone.now()},
        {"expires": timezone.now() - timedelta(seconds=1)},
        {"digest": "another"},
    ],
)
def test_what_is_revoked_expired_or_unknown_opens_nothing(
    bob: User, change: dict[str, object]
) -> None:
    token = a_token(bob)
    ApiToken.objects.update(**change)
    assert refused(token).status == 401
    assert refused("").status == 401


def test_a_token_of_somebody_switched_off_opens_nothing(bob: User) -> None:
    token = a_token(bob)
    User.objects.update(is_active=False)
    assert refused(token).status == 401


def test_a_token_does_only_what_its_scopes_say(bob: User) -> None:
    token = a_token(bob, Scope.READ)
    assert entered(token, Scope.READ)
    refusal = refused(token, Scope.PROCESS)
    assert (refusal.status, refusal.code) == (403, "forbidden")
    assert "process" in refusal.message


def test_calls_beyond_the_limit_are_told_how_long_to_wait(
    bob: User, settings: LazySettings
) -> None:
    settings.CALLS_PER_MINUTE = 100
    token = a_token(bob)
    for _ in range(100):
        entered(token)
    refusal = refused(token)
    assert refusal.status == 429
    assert 0 < refusal.wait <= 65


def test_new_things_go_to_the_named_team_or_the_first_own(
    bob: User, studio: Team
) -> None:
    caller = entered(a_token(bob))
    assert caller.team(str(studio.pk)) == studio
    assert caller.team() == bob.own_teams()[0]
    foreign = Team.objects.create(name="Elsewhere")
    for named in (str(foreign.pk), "nonsense"):
        with pytest.raises(NotAllowed) as caught:
            caller.team(named)
        assert caught.value.status == 404


def test_a_viewer_adds_nothing(bob: User, studio: Team) -> None:
    Membership.objects.filter(user=bob, team=studio).update(role=Role.VIEWER)
    with pytest.raises(NotAllowed) as caught:
        entered(a_token(bob)).adding_team(str(studio.pk))
    assert caught.value.status == 403


@pytest.mark.parametrize("said", ["Bearer abc", "bearer  abc ", "abc"])
def test_a_token_comes_with_or_without_bearer(said: str) -> None:
    request = RequestFactory().get("/", headers={"authorization": said})
    assert bearer(request) == "abc"
