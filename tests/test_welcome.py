"""`manage.py welcome`: where the site is, and how to become its first operator."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from imaging.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def welcome() -> str:
    printed = io.StringIO()
    call_command("welcome", stdout=printed)
    return printed.getvalue()


def test_the_first_start_prints_where_the_site_is_and_a_link() -> None:
    first, second = welcome().splitlines()[:2]
    assert first == "Darkroom is at http://127.0.0.1:8000"
    assert "127.0.0.1:8000" in second
    assert "this machine alone" in second
    assert Client().get(welcome().split()[-1]).status_code == 200


def test_behind_a_proxy_it_says_what_leads_there(settings: Settings) -> None:
    settings.BASE_URL = "https://photos.example"
    assert "127.0.0.1:8000, reached by https://photos.example" in welcome()


def test_later_starts_print_the_address_alone(alice: User) -> None:
    printed = welcome()
    assert "http://127.0.0.1:8000" in printed
    assert "/setup/" not in printed


def test_a_database_that_is_not_prepared_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE imaging_user RENAME TO imaging_nobody")
    with pytest.raises(CommandError, match="migrate"):
        welcome()
