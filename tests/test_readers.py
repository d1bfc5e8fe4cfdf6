"""Pages speak the reader's language and tell times of the reader's zone."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from imaging.language.readers import addressing, zones
from imaging.models import ApiToken, Image, ShareLink, Team, User
from tests.sharing import image as image
from tests.sharing import link as link
from tests.sharing import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}
AT = datetime(2026, 5, 1, 20, 30, tzinfo=UTC)


def test_strangers_are_read_to_as_their_browser_says(client: Client) -> None:
    answer = client.get(reverse("account_login"), headers=KOREAN)
    assert '<html lang="ko"' in answer.text
    assert "<h1>로그인</h1>" in answer.text
    # Each language is named in itself, whatever the page speaks.
    assert 'lang="en">English</button>' in answer.text
    assert answer["Content-Language"] == "ko"
    assert "Accept-Language" in answer["Vary"]
    assert "<h1>Sign in</h1>" in client.get(reverse("account_login")).text


def test_what_guests_keep_does_not_depend_on_their_cookies(
    link: ShareLink, image: Image, client: Client
) -> None:
    answer = client.get(of(link, image, "320"))
    assert answer.status_code == 200
    assert "Cookie" not in answer["Vary"]


def test_strangers_choose_at_the_foot_of_the_page(client: Client) -> None:
    here = reverse("account_login")
    answer = client.post(reverse("language"), {"language": "ko", "next": here})
    assert answer["Location"] == here
    assert "<h1>로그인</h1>" in client.get(here).text


def test_a_choice_leads_nowhere_else(client: Client) -> None:
    sent = {"language": "ko", "next": "https://elsewhere.example/"}
    assert client.post(reverse("language"), sent)["Location"] == "/"


def test_people_choose_language_and_zone_for_good(client: Client, bob: User) -> None:
    client.force_login(bob)
    sent = {"name": "Bob", "language": "ko", "time_zone": "Asia/Seoul"}
    answer = client.post(reverse("settings"), sent, follow=True)
    assert "저장했습니다." in answer.text
    assert '<html lang="ko" data-zone="Asia/Seoul"' in answer.text
    elsewhere = Client()
    elsewhere.force_login(bob)
    assert "<h1>내 정보</h1>" in elsewhere.get(reverse("settings")).text
    # And this browser, before anybody has signed in.
    client.post(reverse("account_logout"))
    assert "<h1>로그인</h1>" in client.get(reverse("account_login")).text


def test_what_is_no_language_or_zone_is_refused(client: Client, bob: User) -> None:
    client.force_login(bob)
    for wrong in ({"language": "xx"}, {"time_zone": "../etc/passwd"}):
        answer = client.post(reverse("settings"), {"name": "Bob"} | wrong)
        assert "is not one of the available choices" in answer.text
    assert User.objects.get(pk=bob.pk).time_zone == ""


def test_what_this_machine_does_not_know_harms_nothing(
    client: Client, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(language="xx", time_zone="Mars/Olympus")
    client.force_login(bob)
    assert client.get(reverse("settings")).status_code == 200


def test_programs_are_answered_in_english(client: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(language="ko")
    _row, token = ApiToken.objects.issue(bob, "A program", scopes=["read"])
    headers = KOREAN | {"Authorization": f"Bearer {token}"}
    for path in ("/api/v1/operations", "/api/v1/nothing"):
        answer = client.get(path, headers=headers)
        assert answer["Content-Language"] == "en"
        assert answer.content.isascii()


def test_mail_is_written_in_the_language_and_zone_of_whom_it_is_to(bob: User) -> None:
    bob.language, bob.time_zone = "ko", "Asia/Seoul"
    with addressing(bob):
        told = date_format(timezone.localtime(AT), "DATETIME_FORMAT")
    assert told == "2026년 5월 2일 5:30 오전"
    with addressing(User(email="a@example.com")):
        told = date_format(timezone.localtime(AT), "DATETIME_FORMAT")
    assert told == "May 1, 2026, 8:30 p.m."


def test_a_forgotten_password_is_answered_in_the_language_of_the_page(
    client: Client, studio: Team, bob: User
) -> None:
    client.post(reverse("account_reset_password"), {"email": bob.email}, headers=KOREAN)
    assert "새 비밀번호" in mail.outbox[0].subject


def test_the_zones_are_those_of_places() -> None:
    assert {"UTC", "Asia/Seoul", "Europe/Berlin"} <= set(zones())
    assert all("/" in zone or zone == "UTC" for zone in zones())
