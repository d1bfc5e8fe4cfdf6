"""Signing up: who may, with which address, and into which team it leads."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from imaging.models import AuditEvent, Role, Team, User
from tests.application import PASSWORD, Application
from tests.visiting import LOGIN, NEW, Visitor, in_letter, invite, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SIGNUP = "/accounts/signup/"


def test_whoever_holds_a_link_signs_up_with_it_once(studio: Team) -> None:
    path, client = invite(studio), Client()
    assert sign_up(client, path, email="Dora@Example.com") == 302
    dora = User.objects.get(email="dora@example.com")
    assert dora.name == "Dora"
    assert [team.personal for team in dora.own_teams()] == [True, False]
    assert studio.role_of(dora) == Role.VIEWER
    assert client.session["team"] == str(studio.pk)
    assert AuditEvent.objects.filter(action="joined", user=dora, team=studio).exists()
    late = Client().get(path)
    assert late.status_code == 410
    assert "has been used" in late.text


def test_who_comes_second_gets_no_account(studio: Team) -> None:
    path, first, second = invite(studio), Client(), Client()
    second.get(path)
    sign_up(first, path, email="dora@example.com")
    form = NEW | {"email": "emil@example.com"}
    answer = second.post(reverse("account_signup"), form, follow=True)
    assert "by invitation" in answer.text
    assert not User.objects.filter(email="emil@example.com").exists()


def test_a_letter_is_for_its_address_and_proves_it(
    studio: Team, mailoutbox: list[EmailMessage]
) -> None:
    invite(studio, "Dora@Example.com")
    assert mailoutbox[0].to == ["dora@example.com"]
    assert "Alice invites you to the team Studio" in mailoutbox[0].subject
    sign_up(Client(), in_letter(mailoutbox[0]), email="other@example.com")
    assert studio.role_of(User.objects.get(email="dora@example.com"))
    assert EmailAddress.objects.get(email="dora@example.com").verified
    assert len(mailoutbox) == 1


def test_the_link_that_the_owner_sees_proves_no_address(
    studio: Team, mailoutbox: list[EmailMessage]
) -> None:
    sign_up(Client(), invite(studio, "dora@example.com"))
    assert not EmailAddress.objects.get(email="dora@example.com").verified
    assert mailoutbox[1].to == ["dora@example.com"]
    assert "/accounts/confirm-email/" in in_letter(mailoutbox[1])


def test_of_several_at_once_one_gets_an_account(server: Application) -> None:
    server.add_person("inviting@example.com")
    with Visitor(server) as owner:
        owner.fill_in(LOGIN, login="inviting@example.com", password=PASSWORD)
        page = owner.fill_in("/team/", email="", role="viewer", days="7").text
    link = re.search(r"/invitations/[\w-]+/(?=</code>)", page)
    assert link
    at_once = threading.Barrier(4)

    def follow(email: str) -> tuple[int, str]:
        with Visitor(server) as visitor:
            visitor.visit(link[0])
            visitor.visit(SIGNUP)
            at_once.wait(30)
            answer = visitor.fill_in(SIGNUP, **NEW, email=email)
            return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(follow, ["1@e.com", "1@e.com", "2@e.com", "3@e.com"]))
    assert answers.count((302, "/")) == 1
    assert all(code < 500 for code, _ in answers)
    count = "from imaging.models import *; print(User.objects.exclude(name='').count())"
    assert server.manage("shell", "-c", count).split()[-1] == "1"


@pytest.mark.parametrize(
    ("setting", "opens", "opens_invited"),
    [("invitation", False, True), ("open", True, True), ("closed", False, False)],
)
def test_who_may_sign_up(
    settings: Settings,
    studio: Team,
    setting: str,
    opens: bool,
    opens_invited: bool,
) -> None:
    settings.SIGNUP = setting
    form = NEW | {"email": "dora@example.com"}
    Client().post(reverse("account_signup"), form)
    assert User.objects.filter(email="dora@example.com").exists() == opens
    closed = "No new accounts" in Client().get(SIGNUP).text
    assert closed == (setting == "closed")
    sign_up(Client(), invite(studio), email="emil@example.com")
    assert User.objects.filter(email="emil@example.com").exists() == opens_invited
