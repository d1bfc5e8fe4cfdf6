"""The page of tokens: what is shown once, what is listed, what ends."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import ApiToken, AuditEvent, Scope, User
from imaging.models.tokens import MOST
from imaging.upkeep import prune
from tests.application import PASSWORD
from tests.visiting import of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/settings/tokens/"
ADD = f"{PAGE}add/"
ASKED = {"name": "the camera", "scopes": ["read", "upload"], "expiry": "30"}


def shown(text: str, what: str) -> str:
    found = re.search(rf'<code id="{what}"[^>]*>([^<]+)<', text)
    assert found
    return found[1]


def make(client: Client, **asked: object) -> tuple[str, str]:
    """Make a token; return it and the whole page."""
    text = client.post(ADD, ASKED | asked).text
    return shown(text, "token"), text


def test_a_token_and_its_keys_are_shown_once(bob: User) -> None:
    client = signed_in(bob)
    answer = client.post(ADD, ASKED)
    assert "no-store" in answer["Cache-Control"]
    token = shown(answer.text, "token")
    row = ApiToken.objects.by_token(token)
    assert row
    assert (row.user, row.name, row.scopes) == (bob, "the camera", ["read", "upload"])
    assert shown(answer.text, "access-key") == row.access_key
    assert shown(answer.text, "secret-key") == row.secret_key
    again = client.get(PAGE).text
    assert row.access_key in again
    assert token[-4:] in again
    assert token not in again
    assert row.secret_key not in again


def test_the_password_is_asked_for_again_and_then_the_token_is_made(bob: User) -> None:
    client = of(bob)
    answer = client.post(ADD, ASKED)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    answer = client.post(answer["Location"], {"password": "not it", "next": ADD})
    assert not ApiToken.objects.exists()
    answer = client.post(
        reverse("account_reauthenticate"), {"password": PASSWORD, "next": ADD}
    )
    assert ApiToken.objects.by_token(shown(answer.text, "token"))
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "days"), [("30", 30), ("90", 90), ("365", 365), ("never", None)]
)
def test_it_ends_when_it_was_asked_to(bob: User, asked: str, days: int | None) -> None:
    make(signed_in(bob), expiry=asked)
    row = ApiToken.objects.get()
    if days is None:
        assert row.expires is None
    else:
        assert row.expires
        assert abs(row.expires - row.created - timedelta(days)) < timedelta(minutes=1)


def test_it_opens_something_on_its_last_day(bob: User) -> None:
    today = timezone.localdate()
    token, _text = make(signed_in(bob), expiry="date", date=today.isoformat())
    row = ApiToken.objects.by_token(token)
    assert row
    assert row.expires
    assert timezone.localtime(row.expires).date() == today


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 151}, "at most 150 characters"),
        ({"scopes": []}, "Tick at least one thing"),
        ({"scopes": ["read", "everything"]}, "everything is not one of"),
        ({"expiry": "forever"}, "forever is not one of"),
        ({"expiry": "date"}, "Choose the last day."),
        ({"expiry": "date", "date": "soon"}, "Enter a valid date."),
        ({"expiry": "date", "date": "2020-02-02"}, "That day is over."),
        ({"expiry": "date", "date": "9999-12-31"}, "no later than"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(
    bob: User, asked: dict[str, object], sentence: str
) -> None:
    answer = signed_in(bob).post(ADD, ASKED | asked)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not ApiToken.objects.exists()


def test_nobody_has_more_tokens_than_a_page_can_show(
    bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(MOST):
        ApiToken.objects.issue(bob)
    client = signed_in(bob)
    answer = client.post(ADD, ASKED)
    assert answer.status_code == 422
    assert f"You have {MOST} tokens." in answer.text
    with django_assert_max_num_queries(12):
        client.get(PAGE)


def test_a_token_is_revoked_and_stays_so(bob: User) -> None:
    client = signed_in(bob)
    token, _text = make(client)
    row = ApiToken.objects.get()
    for _ in range(2):
        text = client.post(reverse("token_revoke", args=[row.pk]), follow=True).text
        assert "the camera is revoked." in text
    assert not ApiToken.objects.by_token(token)
    acts = [event.action for event in AuditEvent.objects.filter(user=bob)]
    assert acts.count("token_made") == acts.count("token_revoked") == 1


def test_all_tokens_are_revoked_at_once_but_nobody_elses(
    bob: User, charlie: User
) -> None:
    kept, _token = ApiToken.objects.issue(charlie)
    ApiToken.objects.issue(bob, expires=timezone.now())
    for _ in range(3):
        ApiToken.objects.issue(bob)
    text = of(bob).post(reverse("tokens_revoke"), follow=True).text
    assert "3 tokens are revoked." in text
    assert list(ApiToken.objects.live()) == [kept]
    assert not ApiToken.objects.filter(user=bob, revoked=None).exists()
    assert AuditEvent.objects.filter(action="token_revoked").count() == 4


def test_what_is_noted_of_a_token_opens_nothing(bob: User) -> None:
    token, _text = make(signed_in(bob))
    row, event = ApiToken.objects.get(), AuditEvent.objects.get(action="token_made")
    assert event.data == {"name": "the camera", "scopes": ["read", "upload"]}
    assert event.subject_id == str(row.pk)
    for secret in (token, row.secret_key, row.digest):
        assert secret not in str(event.data)


def test_ones_own_tokens_alone_are_listed_and_revoked(bob: User, charlie: User) -> None:
    row, _token = ApiToken.objects.issue(charlie, "of Charlie")
    client = of(bob)
    assert "of Charlie" not in client.get(PAGE).text
    assert client.post(reverse("token_revoke", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.revoked is None


def test_what_ended_is_listed_for_a_month_and_then_forgotten(bob: User) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    lately = timezone.now() - timedelta(days=29)
    for name, ended in (("old", long_ago), ("new", lately)):
        ApiToken.objects.issue(bob, f"{name} expired", expires=ended)
        ApiToken.objects.issue(bob, f"{name} revoked", revoked=ended)
    ApiToken.objects.issue(bob, "live")
    prune()
    text = of(bob).get(PAGE).text
    for name in ("new expired", "new revoked", "live"):
        assert name in text
    assert "old " not in text
    assert ApiToken.objects.count() == 3


def test_every_scope_is_explained_where_it_is_chosen(bob: User) -> None:
    text = of(bob).get(PAGE).text
    for scope in Scope:
        assert str(scope.label) in text
        assert f'value="{scope.value}"' in text
