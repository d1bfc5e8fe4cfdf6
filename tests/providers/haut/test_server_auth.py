"""Haut.AI's login and private tokens, served: as strict as the site's own sign-in."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from imaging.models import ApiToken, AuditEvent, Scope, Team, User, VendorRecord
from imaging.models.tokens import MOST
from imaging.providers.haut import wire
from tests.api.calling import a_token, with_token
from tests.application import PASSWORD
from tests.providers.haut.served import code

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LOGIN, REFRESH = "/api/v1/auth/login/", "/api/v1/auth/refresh/"
TOKENS = "/api/v1/auth/private_tokens/"


def post(path: str, body: Any, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(path, json.dumps(body), "application/json")


def login(email: str, password: str = PASSWORD, path: str = LOGIN) -> HttpResponse:
    return post(path, {"username": email, "password": password})


def bearer(token: str) -> Client:
    return Client(headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("path", [LOGIN, "/api/v1/login/", LOGIN[:-1]])
def test_a_login_answers_as_documented(bob: User, path: str) -> None:
    answer = login("bob@example.com", path=path)
    said = answer.json()
    access, refresh = said["access_token"], said.pop("refresh_token")
    assert refresh
    assert said == {
        "id": said["id"],
        "email": "bob@example.com",
        "username": "bob@example.com",
        "company_id": str(bob.own_teams()[0].pk),
        "token_access": access,
        "access_token": access,
        "is_verified": True,
        "profile": {
            "metadata": None,
            "full_name": "Bob",
            "kyc_enabled": False,
            "terms_payment_accepted_at": None,
            "terms_and_policy_accepted_at": None,
            "feature_flags": {},
        },
    }
    profile = bearer(access).get("/api/v1/auth/profile").json()["user"]
    assert profile["id"] == said["id"] > 0
    token = ApiToken.objects.get()
    assert set(token.scopes) == set(Scope.values)
    left = (token.expires or timezone.now()) - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"password": "x"}, (400, "required", "username")),
        ({"username": None, "password": "x"}, (400, "null", "username")),
        ({"username": "a@b.c", "password": ""}, (400, "blank", "password")),
        ({"username": "a@b.c", "password": 1}, (400, "invalid", "password")),
        ({"username": "bob@example.com", "password": "wrong"}, (401, None, None)),
        ({"username": "who@example.com", "password": "wrong"}, (401, None, None)),
    ],
)
def test_a_wrong_login_is_refused(
    bob: User, body: dict[str, Any], expected: tuple[int, str | None, str | None]
) -> None:
    status, said, attr = code(post(LOGIN, body))
    assert (status, attr) == (expected[0], expected[2])
    assert said == (expected[1] or "authentication_failed")
    assert not ApiToken.objects.exists()


def test_who_is_not_active_does_not_get_in(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert login("bob@example.com").status_code == 401


def test_a_second_factor_needs_a_private_token(bob: User) -> None:
    before = login("bob@example.com").json()
    Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})
    assert code(login("bob@example.com")) == (400, "invalid", None)
    again = post(REFRESH, {"refresh_token": before["refresh_token"]})
    assert code(again) == (400, "invalid", None)


def test_guessing_ends_as_on_the_site(
    bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [login("bob@example.com", "guess-4711") for _ in range(5)]
    assert {one.status_code for one in answers} == {401}
    refused = login("bob@example.com")
    assert code(refused) == (429, "throttled", None)
    assert int(refused["Retry-After"]) > 0
    page = {"login": "bob@example.com", "password": PASSWORD}
    shown = Client().post("/accounts/login/", page)
    assert shown.status_code == 200, "the site counts them, too"
    assert "guess-4711" not in caplog.text
    assert PASSWORD not in caplog.text


def test_a_refresh_token_dies_with_the_password(bob: User) -> None:
    token = login("bob@example.com").json()["refresh_token"]
    got = post(REFRESH, {"refresh_token": token}).json()
    assert got.keys() == {"access_token", "token_access", "refresh_token"}
    assert bearer(got["access_token"]).get("/api/v1/auth/profile/").status_code == 200
    bob.set_password("another-password-4711")
    bob.save()
    for one in (token, got["refresh_token"], token + "x"):
        refused = post(REFRESH, {"refresh_token": one})
        assert code(refused) == (401, "authentication_failed", None)


def test_a_refresh_token_dies_with_the_token_that_is_revoked(bob: User) -> None:
    first = login("bob@example.com").json()["refresh_token"]
    ApiToken.objects.update(expires=timezone.now())
    second = post(REFRESH, {"refresh_token": first}).json()["refresh_token"]
    ApiToken.objects.all().revoke()
    for one in (first, second):
        assert code(post(REFRESH, {"refresh_token": one}))[0] == 401
    assert not ApiToken.objects.live()


def test_logins_that_are_over_are_forgotten(bob: User) -> None:
    first = login("bob@example.com").json()["access_token"]
    ApiToken.objects.update(expires=timezone.now())
    assert bearer(first).get("/api/v1/auth/profile/").status_code == 401
    login("bob@example.com")
    assert ApiToken.objects.count() == 2, "the first may be renewed for a day"
    long_ago = timezone.now() - timedelta(days=1)
    ApiToken.objects.update(created=long_ago, expires=long_ago)
    login("bob@example.com")
    assert ApiToken.objects.count() == 1


def test_a_token_that_a_person_has_named_so_is_not_forgotten(bob: User) -> None:
    kept = a_token(bob, name="Haut.AI login")
    ApiToken.objects.update(created=timezone.now() - timedelta(days=9))
    login("bob@example.com")
    assert bearer(kept).get("/api/v1/auth/profile/").status_code == 200


def test_a_private_token_is_shown_once_and_deleted(bob: User, alice: User) -> None:
    client, until = with_token(bob), timezone.now() + timedelta(days=30)
    body = {"name": "nightly", "expiration_time": wire.dump_time(until)}
    made = post(TOKENS, body, client)
    said = made.json()
    assert (made.status_code, said.keys() - body.keys()) == (201, {"id", "data"})
    assert said["expiration_time"] == body["expiration_time"]
    listed = client.get(TOKENS).json()
    assert listed.pop("results") == [{**body, "id": said["id"]}]
    assert listed == {"count": 1, "next": None, "previous": None}
    mine = bearer(said["data"])
    assert mine.get("/api/v1/auth/profile/").status_code == 200
    foreign = with_token(alice).delete(f"{TOKENS}{said['id']}/")
    assert code(foreign) == (404, "not_found", None)
    assert client.delete(f"{TOKENS}{said['id']}/").status_code == 204
    assert mine.get("/api/v1/auth/profile/").status_code == 401
    assert client.delete(f"{TOKENS}{said['id']}").status_code == 404


def test_a_token_makes_none_that_can_do_more(bob: User) -> None:
    client = with_token(bob, Scope.MANAGE)
    until = wire.dump_time(timezone.now() + timedelta(days=1))
    data = post(TOKENS, {"name": "n", "expiration_time": until}, client).json()["data"]
    found = ApiToken.objects.by_token(data)
    assert found
    assert found.scopes == [Scope.MANAGE]
    assert code(bearer(data).get("/api/v1/auth/profile/"))[0] == 403
    assert code(with_token(bob, Scope.READ).get(TOKENS))[0] == 403


def test_only_a_login_makes_what_outlives_it(bob: User) -> None:
    soon = timezone.now() + timedelta(hours=1)
    named = {"name": "Haut.AI login", "expires": soon}
    body = {"name": "n", "expiration_time": wire.dump_time(soon + timedelta(days=9))}
    short = bearer(a_token(bob, **named))
    assert code(post(TOKENS, body, short)) == (400, "invalid", "expiration_time")
    access = login("bob@example.com").json()["access_token"]
    made = post(TOKENS, body, bearer(access))
    assert made.status_code == 201
    event = AuditEvent.objects.get(action="token_made")
    assert event.user == bob
    assert made.json()["data"] not in str(event.data)
    for at in range(MOST):
        ApiToken.objects.issue(bob, str(at))
    assert code(post(TOKENS, body, bearer(access))) == (400, "invalid", None)


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "soon", "0001-01-01"])
def test_a_private_token_needs_a_time_to_come(bob: User, until: str) -> None:
    answer = post(TOKENS, {"name": "n", "expiration_time": until}, with_token(bob))
    assert code(answer) == (400, "invalid", "expiration_time")
    assert not VendorRecord.objects.filter(kind="token").exists()


def test_only_the_one_header_lets_in(bob: User, studio: Team) -> None:
    _row, token = ApiToken.objects.issue(bob)
    assert code(Client().get(TOKENS)) == (401, "not_authenticated", None)
    other = Client(headers={"authentication": f"Bearer {token}"})
    assert code(other.get(TOKENS)) == (401, "not_authenticated", None)
    assert code(bearer("wrong").get(TOKENS)) == (401, "authentication_failed", None)
    assert code(bearer(token).put(TOKENS)) == (405, "method_not_allowed", None)
    assert code(bearer(token).get("/api/v1/auth/nothing/"))[0] == 404
