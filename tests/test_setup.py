"""How a fresh installation gets its first operator, once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from imaging.models import AuditEvent, User
from imaging.views import setup
from tests.application import PASSWORD, application
from tests.visiting import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FIELDS = {
    "email": "Anna@Studio.example",
    "name": "Anna",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def link() -> str:
    """Return the path of a link that works while nobody is here."""
    return setup.setup_link().removeprefix("http://127.0.0.1:8000")


def test_the_link_makes_an_operator_who_is_signed_in(client: Client) -> None:
    answer = client.post(link(), FIELDS)
    assert answer["Location"] == reverse("upload")
    user = User.objects.get()
    assert (user.email, user.name) == ("anna@studio.example", "Anna")
    assert user.is_superuser
    assert user.check_password(PASSWORD)
    assert user.own_teams()[0].personal
    assert client.session["_auth_user_id"] == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified
    assert AuditEvent.objects.filter(action="setup").count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"password1": "12345678", "password2": "12345678"}, "too common"),
        ({"password2": "something else"}, "didn’t match"),
        ({"email": "nobody"}, "valid email address"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(
    client: Client, wrong: dict[str, str], sentence: str
) -> None:
    answer = client.post(link(), FIELDS | wrong)
    assert sentence in answer.content.decode()
    assert not User.objects.exists()


def test_the_sign_in_page_of_an_empty_place_says_where_the_link_is(
    client: Client,
) -> None:
    assert "manage.py welcome" in client.get("/accounts/login/").text
    client.post(link(), FIELDS)
    assert "manage.py welcome" not in Client().get("/accounts/login/").text


def test_a_used_link_is_gone_and_says_so(client: Client) -> None:
    used = link()
    client.post(used, FIELDS)
    for answer in (Client().get(used), Client().post(used, FIELDS)):
        assert answer.status_code == 410
        assert "set up already" in answer.content.decode()
    assert User.objects.count() == 1


def test_an_old_link_is_gone_and_says_how_to_get_a_new_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "MAX_AGE", timedelta(seconds=-1))
    answer = client.post(link(), FIELDS)
    assert answer.status_code == 410
    assert "manage.py welcome" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["first", "first.1vKx.abc", "x" * 200])
def test_an_unknown_link_is_not_found(client: Client, token: str) -> None:
    assert client.post(f"/setup/{token}/", FIELDS).status_code == 404
    assert not User.objects.exists()


def test_of_several_at_once_one_becomes_the_operator() -> None:
    with application("web") as site:
        path = re.search(r"/setup/\S+", site.manage("welcome"))
        assert path
        at_once = threading.Barrier(4)

        def submit(number: int) -> int:
            with Visitor(site) as visitor:
                visitor.visit(path[0])
                at_once.wait(30)
                fields = FIELDS | {"email": f"{number}@studio.example"}
                return visitor.fill_in(path[0], **fields).status_code

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(submit, range(4))) == [302, 410, 410, 410]
        assert "/setup/" not in site.manage("welcome")
