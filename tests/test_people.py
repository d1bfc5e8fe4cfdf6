"""People: their settings, what makes one, what ends what they watch."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from imaging.models import Team, User
from tests.application import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_people_change_how_they_are_called(client: Client, bob: User) -> None:
    client.force_login(bob)
    answer = client.post(reverse("settings"), {"name": "Robert"}, follow=True)
    assert "Saved." in answer.text
    assert User.objects.get(pk=bob.pk).name == "Robert"


def test_a_name_that_is_too_long_is_refused(client: Client, bob: User) -> None:
    client.force_login(bob)
    answer = client.post(reverse("settings"), {"name": "x" * 151})
    assert "at most 150 characters (it has 151)" in answer.text
    assert User.objects.get(pk=bob.pk).name == "Bob"


def test_the_settings_lead_to_the_rest_of_the_account(
    client: Client, bob: User
) -> None:
    client.force_login(bob)
    page = client.get(reverse("settings")).text
    for name in ("account_email", "account_change_password", "mfa_index"):
        assert f'href="{reverse(name)}"' in page
    assert reverse("admin:index") not in page


@pytest.mark.parametrize("name", ["team", "settings"])
def test_strangers_are_asked_to_sign_in(client: Client, name: str, db: None) -> None:
    answer = client.get(reverse(name))
    assert answer["Location"].startswith(reverse("account_login"))


def test_an_operator_can_be_made_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@Studio.example")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", verbosity=0)
    user = User.objects.get(email="root@studio.example")
    assert user.is_superuser
    assert user.check_password(PASSWORD)
    assert [team.personal for team in user.own_teams()] == [True]


def test_whoever_is_taken_out_of_their_last_team_has_their_own_again(
    client: Client, charlie: User
) -> None:
    Team.objects.filter(memberships__user=charlie).delete()
    client.force_login(charlie)
    page = client.get(reverse("team"))
    assert page.status_code == 200
    assert charlie.teams.get().personal
