"""What the tests about people do as people do it: sign in, invite, sign up."""

import re
from typing import Any, Protocol

import requests
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from imaging.models import Role, Team, User
from tests.application import PASSWORD

TEAM = "/team/"
LOGIN = "/accounts/login/"
OTHER = "a foghorn on the cliff"
NEW = {"name": "Dora", "password1": PASSWORD, "password2": PASSWORD}


class AwayBackend(EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages: object) -> int:
        raise ConnectionRefusedError("Connection refused")


def of(user: User, team: Team | None = None) -> Client:
    """Return this person's browser, in which they use this team."""
    client = Client()
    client.force_login(user)
    if team:
        switched = client.post(reverse("team_switch", args=[team.pk]))
        assert switched.status_code == 302
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post(LOGIN, {"login": email, "password": password}).status_code


def signed_in(user: User) -> Client:
    """Return a browser in which this person has given their password just now."""
    client = Client()
    assert sign_in(client, user.email) == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def revocations(user: User) -> list[int]:
    """Return how often what was watched was voided, for each of the teams."""
    teams = Team.objects.visible_to(user).order_by("pk")
    return list(teams.values_list("revocations", flat=True))


def invite(team: Team, email: str = "", role: str = Role.VIEWER) -> str:
    """Let the owner invite; return the path of the link that the page shows."""
    owner = team.memberships.get(role=Role.OWNER).user
    sent = {"email": email, "role": role, "days": 7}
    page = of(owner, team).post(TEAM, sent).text
    found = re.search(r"http://testserver(/invitations/[\w-]+/)", page)
    assert found, page
    return found[1]


def in_letter(letter: EmailMessage) -> str:
    """Return the path of the link in a letter; it leads to BASE_URL."""
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", str(letter.body))
    assert found, letter.body
    return found[1]


def sign_up(client: Client, path: str, **fields: str) -> int:
    """Follow an invitation and fill in the sign-up page; return the status."""
    assert client.get(path).status_code == 200
    return client.post(reverse("account_signup"), NEW | fields).status_code


class Site(Protocol):
    url: str


class Visitor(requests.Session):
    """A browser on the running site that fills in forms and follows no redirect."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site, self.page, self.token = site, "", ""

    def visit(self, path: str) -> None:
        answer = self.get(self.site.url + path)
        found = re.search(r'csrfmiddlewaretoken" value="(\w+)', answer.text)
        self.page, self.token = path, found[1] if found else ""

    def fill_in(self, path: str, **fields: Any) -> requests.Response:
        """Send the form of a page, which is opened unless it is open."""
        if self.page != path:
            self.visit(path)
        form = fields | {"csrfmiddlewaretoken": self.token}
        return self.post(self.site.url + path, form, allow_redirects=False)
