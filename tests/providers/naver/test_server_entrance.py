"""Our own Naver: who gets in, and what everybody else is told."""

import time
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from imaging.models import ApiToken, Scope, User
from imaging.providers.naver.server.entrance import target_of
from tests.providers.naver.signing import (
    UNAUTHORISED,
    UPLOADS,
    WORKSPACES,
    Program,
    signature,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LIST = f"{WORKSPACES}?pageNum=1&pageSize=100"
FORBIDDEN = {"error": {"errorCode": "230", "message": "Forbidden", "details": ""}}
NO_ROUTE = {
    "error": {"errorCode": "300", "message": "Not Found Exception", "details": ""}
}


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


@pytest.mark.parametrize(
    ("late", "status"),
    [(0, 200), (300, 200), (-300, 200), (300.5, 401), (360, 401), (-300.5, 401)],
)
def test_a_signature_is_good_for_five_minutes(
    program: Program, late: float, status: int
) -> None:
    program.late = late
    with mock.patch("time.time", return_value=float(int(time.time()))):
        answer = program.get(LIST)
    assert answer[0] == status
    assert status == 200 or answer[1] == UNAUTHORISED


def altered(name: str, change: Callable[[str], str]) -> Callable[[Program], int]:
    def ask(program: Program) -> int:
        # A millisecond later the altered time would be the right one.
        with mock.patch("time.time", return_value=time.time()):
            good = program.headers("GET", LIST)[name]
            return program.ask("GET", LIST, **{name: change(good)}).status_code

    return ask


@pytest.mark.parametrize(
    "ask",
    [
        altered(
            "x-ncp-apigw-signature-v2", lambda s: ("B" if s[0] == "A" else "A") + s[1:]
        ),
        altered("x-ncp-apigw-signature-v2", lambda s: s[:-1]),
        altered("x-ncp-apigw-signature-v2", lambda s: ""),
        altered("x-ncp-apigw-signature-v2", lambda s: "ü" * 44),
        altered("x-ncp-apigw-timestamp", lambda s: str(int(s) + 1)),
        altered("x-ncp-apigw-timestamp", lambda s: s[:-3]),
        altered("x-ncp-apigw-timestamp", lambda s: "now"),
        altered("x-ncp-apigw-timestamp", lambda s: "9" * 400),
        altered("x-ncp-iam-access-key", lambda s: s[::-1]),
        altered("x-ncp-iam-access-key", lambda s: "\0"),
        altered("x-ncp-iam-access-key", lambda s: ""),
    ],
)
def test_one_character_off_opens_nothing(
    program: Program, ask: Callable[[Program], int]
) -> None:
    assert ask(program) == 401
    assert ApiToken.objects.get().last_used is None


def test_a_signature_is_for_one_method_path_and_query(program: Program) -> None:
    headers = program.headers("GET", LIST)
    for target in (f"{LIST}&", f"{WORKSPACES}?pageSize=100&pageNum=1", WORKSPACES):
        assert program.ask("GET", target, **headers).json() == UNAUTHORISED
    assert program.ask("POST", LIST, {}, **headers).json() == UNAUTHORISED
    # What is empty or has no value stays in it as it was written.
    odd = f"{WORKSPACES}?pageNum=1&query1=&query2"
    assert program.get(odd)[0] == 200


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        ("/a%2fb?c=%2F&d", "/a%2fb?c=%2F&d"),
        ("https://naver.example/a%2fb?", "/a%2fb?"),
        ("/a?x=http://other/b", "/a?x=http://other/b"),
    ],
)
def test_the_request_line_is_what_was_signed(raw: str, target: str) -> None:
    assert target_of(RequestFactory().get("/z", RAW_URI=raw)) == target


@pytest.mark.parametrize(
    "change",
    [
        {"revoked": timezone.now()},
        {"expires": timezone.now() - timedelta(seconds=1)},
        {"secret_key": "another"},
    ],
)
def test_a_pair_dies_with_its_token(
    program: Program, change: dict[str, object]
) -> None:
    assert program.get(LIST)[0] == 200
    ApiToken.objects.update(**change)
    assert program.get(LIST) == (401, UNAUTHORISED)


def test_the_scope_decides(alice: User) -> None:
    reader, writer = Program(alice, Scope.READ), Program(alice, Scope.UPLOAD)
    asked = {"assetType": "IMAGE", "assetFileName": "a.jpg"}
    for path, body in (
        (f"{UPLOADS}/presigned-url", asked),
        (f"{UPLOADS}/complete", {"assetKey": "a"}),
        (WORKSPACES, {"workspaceName": "abc"}),
    ):
        assert reader.post(path, body) == (403, FORBIDDEN)
        assert writer.post(path, body)[0] == 200
    for path in (LIST, f"{WORKSPACES}/alice", f"{WORKSPACES}/alice/assets/search/x"):
        assert writer.get(path) == (403, FORBIDDEN)
        assert reader.get(path)[0] in {200, 404}


def test_strangers_bodies_are_not_read(client: Client) -> None:
    big = b"x" * 3_000_000
    for path in (f"{UPLOADS}/complete", f"{UPLOADS}/elsewhere"):
        answer = client.post(path, big, content_type="application/json")
        assert (answer.status_code, answer.json()) == (401, UNAUTHORISED)


def test_what_the_gateway_says_itself(program: Program) -> None:
    answer = program.ask("POST", f"{UPLOADS}/complete", b" " * 3_000_000)
    assert answer.status_code == 413
    assert answer.json()["error"]["errorCode"] == "430"
    assert program.get("/api/v1/query-assets/elsewhere") == (404, NO_ROUTE)
    assert program.get(f"{WORKSPACES}/") == (404, NO_ROUTE)
    answer = program.ask("GET", f"{UPLOADS}/complete")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json() == NO_ROUTE


def test_the_signature_is_that_of_the_published_examples() -> None:
    stamp, access = "1795132800000", "TESTACCESSKEY0000001"
    secret = "TestSecretKey00000000000000000000000001"  # noqa: S105
    line = "POST /api/v1/query-assets/uploads/complete"
    assert signature(secret, line, stamp, access) == (
        "S+5Shlj7nYU919+45lpej8vJ8x2xC7hrBFbmYUWA6XY="
    )
