"""Entering Haut.AI: one login for all, renewed when refused, and seldom."""

import threading
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from imaging.failures import ProviderError
from imaging.providers.circuit import CACHE_AWAY
from imaging.providers.haut.api import Api
from tests.providers.haut.entering import LOGIN, account, haut_fixture  # noqa: F401
from tests.providers.haut.played import COMPANY, PASSWORD, Played
from tests.providers.playing import answer
from tests.providers.vendor import golden, instead

pytestmark = pytest.mark.both


def test_a_login_serves_every_picture_and_process(haut: Played) -> None:
    for _ in range(5):
        assert Api(account(haut, LOGIN)).applications()
    assert haut.logins == 1
    assert Api(account(haut, LOGIN)).company == COMPANY


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite in memory refuses where one on disk waits; run with PostgreSQL",
)
@pytest.mark.django_db(transaction=True)
def test_many_that_begin_at_once_sign_in_once(haut: Played) -> None:
    tokens = []

    def enter() -> None:
        try:
            tokens.append(Api(account(haut, LOGIN)).session.token())
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["access-1"] * 8
    assert haut.logins == 1


def test_a_session_that_has_run_out_is_renewed_without_a_password(haut: Played) -> None:
    api = Api(account(haut, LOGIN))
    api.applications()
    haut.tokens.discard("access-1")
    assert api.applications()
    assert Api(account(haut, LOGIN)).applications()
    assert (haut.logins, len(haut.asked["refresh"])) == (1, 1)


def test_where_it_cannot_be_renewed_it_waits_a_minute_for_the_next_login(
    haut: Played,
) -> None:
    api = Api(account(haut, LOGIN))
    api.applications()
    haut.tokens.discard("access-1")
    haut.spoil("refresh", *[instead(golden("haut/not_found.http"))] * 2)
    with pytest.raises(ProviderError) as raised:
        api.applications()
    assert (raised.value.code, raised.value.retry_after) == ("signing_in", 60)
    assert haut.logins == 1
    api.session.shared.drop("login")
    assert api.applications()
    assert haut.logins == 2


def test_a_refused_password_is_not_tried_again_for_each_picture(haut: Played) -> None:
    for _ in range(3):
        with pytest.raises(ProviderError, match="let this account sign in") as raised:
            Api(account(haut, {**LOGIN, "password": "wrong"})).applications()
        assert raised.value.permanent
        assert raised.value.hint
    assert len(haut.asked["login"]) == 1
    assert Api(account(haut, LOGIN)).applications()


def test_nothing_that_enters_lies_open_in_the_cache(
    haut: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    keep = cache.set

    def noted(key: str, value: Any, *rest: Any, **more: Any) -> None:
        kept.append(f"{key} {value}")
        keep(key, value, *rest, **more)

    monkeypatch.setattr(cache, "set", noted)
    Api(account(haut, LOGIN)).applications()
    assert kept
    for secret in (PASSWORD, "access-1", LOGIN["email"]):
        assert not [one for one in kept if secret in one]


def test_without_the_cache_nobody_signs_in(
    haut: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise CACHE_AWAY[-1]

    monkeypatch.setattr(cache, "get", gone)
    with pytest.raises(ProviderError, match="shared cache is away"):
        Api(account(haut, LOGIN)).applications()
    assert not haut.logins
    # A private token needs no session.
    assert Api(account(haut)).applications()


def test_a_private_token_that_is_refused_is_told_at_once(haut: Played) -> None:
    api = Api(account(haut, {"token": "another", "company": COMPANY}))
    with pytest.raises(ProviderError) as raised:
        api.applications()
    assert raised.value.code == "token_refused"
    assert len(haut.heard) == 1


@pytest.mark.parametrize(
    "profile",
    [
        {"user": {"id": 7, "company_id": COMPANY}},
        {"company_id": COMPANY},
        {"user": {"id": 7, "company": {"id": COMPANY}}},
    ],
)
def test_a_profile_may_name_the_company(haut: Played, profile: Any) -> None:
    haut.spoil("profile", instead(answer(profile)))
    assert Api(account(haut, {"token": "a-private-token-of-haut"})).company == COMPANY


def test_without_a_company_it_says_what_to_enter(haut: Played) -> None:
    api = Api(account(haut, {"token": "a-private-token-of-haut"}))
    with pytest.raises(ProviderError) as raised:
        api.applications()
    assert raised.value.code == "no_company"
    assert "company's id" in raised.value.hint
