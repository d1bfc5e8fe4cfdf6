"""Our own Naver: how often one key pair may call."""

import time
from unittest import mock

import pytest
from pytest_django import Settings

from imaging.models import Upload, User
from imaging.models.tokens import Calls
from tests.providers.naver.signing import (
    UPLOADS,
    WORKSPACES,
    Program,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LIST = f"{WORKSPACES}?pageNum=1&pageSize=100"
LIMITED = {"error": {"errorCode": "420", "message": "Rate Limited", "details": ""}}


@pytest.fixture
def program(alice: User) -> Program:
    Calls.objects._held.clear()
    return Program(alice)


def at(moment: float) -> mock._patch:
    return mock.patch("imaging.models.tokens.time.time", return_value=moment)


def test_the_call_after_a_thousand_is_refused(
    program: Program, settings: Settings
) -> None:
    settings.CALLS_PER_MINUTE = 1
    asked = {"assetKey": "a"}
    with at(time.time()):
        for _ in range(1_000):
            assert program.post(f"{UPLOADS}/complete", asked)[0] == 200
        answer = program.ask("POST", f"{UPLOADS}/complete", asked)
        assert (answer.status_code, answer.json()) == (429, LIMITED)
        assert 0 < int(answer["Retry-After"]) <= 65
        # Each operation has its own count, and each key pair.
        assert program.get(LIST)[0] == 200
        assert program.get(LIST)[0] == 429
        assert Program(program.token.user).complete("a")[1] == "FAILED"


def test_fifty_addresses_in_a_second_and_not_one_more(program: Program) -> None:
    asked = {"assetType": "IMAGE", "assetFileName": "a.jpg"}
    now = time.time()
    with at(now):
        for _ in range(50):
            assert program.post(f"{UPLOADS}/presigned-url", asked)[0] == 200
        answer = program.ask("POST", f"{UPLOADS}/presigned-url", asked)
        assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert Upload.objects.count() == 50
    with at(now + 0.9):
        assert program.post(f"{UPLOADS}/presigned-url", asked)[0] == 429
    with at(now + 1.1):
        assert program.post(f"{UPLOADS}/presigned-url", asked)[0] == 200
