"""What every request passes: who may keep the page, and whose team it shows."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from imaging.middleware import RequestMiddleware, current_team, teams
from imaging.models import Membership, Team, User

pytestmark = pytest.mark.both


def test_private_pages_are_kept_by_nobody(client: Client, studio: Team) -> None:
    client.force_login(studio.members.get(name="Alice"))
    assert "no-store" in client.get(reverse("team"))["Cache-Control"]
    assert "no-store" in client.get("/nowhere/")["Cache-Control"]


@pytest.mark.parametrize("said", ["", "9"])
def test_who_asks_for_the_head_gets_no_body(said: str) -> None:
    answer = HttpResponse(b"Not here.", status=404)
    if said:
        # Of a file that is larger than what the view has put into the body.
        answer = HttpResponse(headers={"Content-Length": said})
    response = RequestMiddleware(lambda _: answer)(RequestFactory().head("/"))
    assert (response.content, response["Content-Length"]) == (b"", "9")


def test_static_files_may_be_kept(client: Client, settings: Settings) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    answer = Client().get("/static/css/base.css")
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]


def asked_by(user: User, **session: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user, request.session = user, session  # type: ignore[assignment]
    return request


def test_templates_know_the_teams_and_the_one_in_use(studio: Team, bob: User) -> None:
    own = bob.teams.get(personal=True)
    context = teams(asked_by(bob))
    assert context == {"team": own, "teams": [own, studio]}
    assert teams(asked_by(bob, team=str(studio.pk)))["team"] == studio


def test_a_team_one_has_left_is_not_used_any_more(studio: Team, bob: User) -> None:
    Membership.objects.get(team=studio, user=bob).end()
    assert current_team(asked_by(bob, team=str(studio.pk))).personal


def test_a_person_without_a_team_gets_their_own_again(charlie: User) -> None:
    charlie.memberships.all().delete()
    team = current_team(asked_by(User.objects.get(pk=charlie.pk)))
    assert team.personal
    assert team.role_of(charlie) == "owner"


def test_teams_cost_one_query(
    studio: Team, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = asked_by(User.objects.get(pk=alice.pk))
    with django_assert_num_queries(0):
        context = teams(request)
    with django_assert_num_queries(1):
        current_team(request)
        assert str(context["team"]) in str(context["teams"])
