"""While a store is away: who is told what, and how it is found out."""

import errno
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from redis.exceptions import ConnectionError as NoRedis

from imaging import outage
from imaging.models import ApiToken, User
from tests.api.calling import with_token
from tests.permissions.naver import shown

BROWSER = {"accept": "text/html,*/*"}


class Broken:
    """Lets every statement fail with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *_: Any) -> None:
        raise self.error


@pytest.fixture
def broken(client: Client) -> Callable[[Exception], Any]:
    client.raise_request_exception = False
    return lambda error: connection.execute_wrapper(Broken(error))


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InterfaceError("closed"), NoRedis("refused")]
)
def test_an_outage_is_a_calm_page(
    client: Client, alice: User, broken: Any, error: Exception
) -> None:
    client.force_login(alice)
    with broken(error):
        answer = client.get("/upload/", headers=BROWSER)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Away for a moment" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert client.get("/upload/").status_code == 200


def test_a_full_disk_is_told_as_such(client: Client, alice: User, broken: Any) -> None:
    client.force_login(alice)
    full = OSError(errno.ENOSPC, "No space left on device")
    with broken(full):
        answer = client.get("/upload/", headers=BROWSER)
        told = client.get("/upload/")
    assert (answer.status_code, told.json()["code"]) == (507, "no_room")
    assert "There is no room left" in answer.text


def test_a_bug_stays_one(client: Client, alice: User, broken: Any) -> None:
    client.force_login(alice)
    with broken(ValueError("wrong")):
        assert client.get("/upload/", headers=BROWSER).status_code == 500


@pytest.mark.django_db
def test_a_statement_that_is_wrong_is_no_outage() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="nowhere") as it:
        cursor.execute("SELECT 1 FROM nowhere")
    assert outage.outage_of(it.value) is None


def test_a_program_is_told_as_programs_are(alice: User, broken: Any) -> None:
    program = with_token(alice)
    with broken(OperationalError("gone")):
        answer = program.get("/api/v1/images")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/kokoon/api/image/sr/v3/credit/me",
        "/api/v1/auth/profile",
        "/api/v1/workspaces?pageNum=1&pageSize=10",
    ],
)
def test_programs_of_vendors_are_told_to_come_again(
    alice: User, broken: Any, path: str
) -> None:
    client = with_token(alice)
    path, pair = path.partition("?")[0], ApiToken.objects.get()
    signed = shown(pair=pair, method="GET", path=path)
    with broken(OperationalError("gone")):
        answer = client.get(path, headers=signed)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_what_does_not_answer_twice_is_away_until_it_does() -> None:
    answers = iter([True, False, True, False, False, False, True])
    presence = outage.Presence(lambda: next(answers))
    found = []
    for _ in range(7):
        presence.look()
        found.append(presence.here)
    assert found == [True, True, True, True, False, False, True]


def test_nobody_is_let_in_meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage.presence, "here", False)
    answer = client.get("/accounts/login/", headers=BROWSER)
    assert "Away for a moment" in answer.text
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert client.get("/api/v1/images").json()["status"] == 503
    assert client.get("/healthz/live").status_code == 200


def test_what_is_half_there_goes_at_once(client: Client, alice: User) -> None:
    client.raise_request_exception = False
    client.force_login(alice)
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    before = set(folder.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sent = SimpleUploadedFile("a.jpg", bytes(5_000_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))
    try:
        answer = client.post("/upload/file/", {"file": sent})
        left = set(folder.iterdir()) - before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert not left
