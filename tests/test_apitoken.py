"""`manage.py apitoken`: a token for a program, printed once."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from imaging.models import ApiToken, AuditEvent, Scope, User

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SOON = timedelta(minutes=1)


def apitoken(*arguments: str) -> list[str]:
    printed = io.StringIO()
    call_command("apitoken", *arguments, stdout=printed)
    return printed.getvalue().splitlines()


def test_it_prints_the_bare_token_then_the_pair_of_keys(bob: User) -> None:
    token, access, secret = apitoken("Bob@Example.com", "--name", "camera")
    row = ApiToken.objects.by_token(token)
    assert row
    assert (row.user, row.name) == (bob, "camera")
    assert access == f"access_key={row.access_key}"
    assert secret == f"secret_key={row.secret_key}"
    assert AuditEvent.objects.get().action == "token_made"


def test_it_may_do_less_and_for_a_while(bob: User) -> None:
    token = apitoken("bob@example.com", "--scope=upload", "--scope=read", "--days=7")[0]
    row = ApiToken.objects.by_token(token)
    assert row
    assert row.scopes == ["read", "upload"]
    assert row.expires == pytest.approx(row.created + timedelta(7), abs=SOON)
    apitoken("bob@example.com")
    everything = ApiToken.objects.get(expires=None)
    assert everything.scopes == sorted(Scope.values)


def test_the_database_keeps_no_token(bob: User) -> None:
    token, _, secret = apitoken("bob@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM imaging_apitoken")
        (row,) = cursor.fetchall()
    assert token not in str(row)
    assert secret.partition("=")[2] not in str(row)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody@example.com"], "no user with the email address nobody@example.com"),
        (["bob@example.com", "--name", "x" * 151], "at most 150 characters"),
        (["bob@example.com", "--days=0"], "from 1 to 36500"),
        (["bob@example.com", "--scope=all"], "invalid choice: 'all'"),
    ],
)
def test_what_cannot_be_done_is_said(
    bob: User, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        apitoken(*arguments)
    assert not ApiToken.objects.exists()


def test_an_account_that_is_switched_off_gets_none(bob: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="switched off"):
        apitoken("bob@example.com")
