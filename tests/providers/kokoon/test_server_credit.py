"""Kokoon's door: credits, true at every moment, and bodies that are refused."""

from typing import Any

import pytest

from imaging.models import Task, Team, User, VendorRecord
from tests.api.calling import a_token
from tests.drawing import png
from tests.providers.kokoon.calling import (
    ROOT,
    Program,
    documented,
    shape,
    wanted,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
POOR = (402, {"message": "insufficient credit"})


@pytest.fixture
def vid(program: Program) -> str:
    return str(program.upload(png(64, 64)).json["vid"])


def grant(credit: int) -> None:
    team = Team.objects.get(images__isnull=False)
    VendorRecord.objects.create(
        provider="kokoon",
        kind=VendorRecord.ACCOUNT,
        key="credit",
        team=team,
        data={"granted": credit},
    )


def left(program: Program) -> int:
    said = program.get("/credit/me").json
    assert shape(said) == shape(documented("balance"))
    return int(said["credit"])


@pytest.mark.parametrize(
    ("size", "credit"),
    [((1920, 1080), 1), ((1921, 1080), 2), ((3840, 2160), 4), ((64, 64), 1)],
)
def test_the_price_follows_from_the_pixels(
    program: Program, vid: str, size: tuple[int, int], credit: int
) -> None:
    asked = wanted(vid, width=size[0], height=size[1])
    assert program.post("/credit/calc", asked).refusal == (200, {"credit": credit})


def test_what_fails_is_given_back(program: Program, vid: str, bob: User) -> None:
    grant(3)
    assert program.get("/credit/me").json["uid"] == str(bob.pk)
    tids = [program.post("/task", wanted(vid)).json["tid"] for _ in range(3)]
    assert left(program) == 0
    assert program.post("/task", wanted(vid)).refusal == POOR
    preview = wanted(vid, task_type="SR_IMAGE_PREVIEW")
    assert program.post("/task", preview).status == 200
    Task.objects.filter(pk=tids[0]).update(state="error")
    Task.objects.filter(pk=tids[1]).update(state="cancelled")
    Task.objects.filter(pk=tids[2]).update(state="completed")
    assert left(program) == 2
    large = wanted(vid, width=3840, height=2160)
    assert program.post("/task", large).refusal == POOR
    assert Task.objects.count() == 4
    VendorRecord.objects.filter(key="credit").update(data={"granted": 0})
    assert left(program) == 0


def test_a_fresh_installation_is_never_in_the_way(program: Program) -> None:
    assert left(program) == 10_000_000


CHOICE = "must be equal to one of the allowed values"


@pytest.mark.parametrize("path", ["/credit/calc", "/task"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"use_sr": ...}, "must have required property 'use_sr'"),
        ({"height": ..., "vid": ...}, "must have required property 'vid'"),
        ({"task_type": "SR"}, CHOICE),
        ({"category": "faces"}, CHOICE),
        ({"category": 1}, "must be string"),
        ({"use_sr": "true"}, "must be boolean"),
        ({"input_quality": "low"}, CHOICE),
        ({"option": None}, "must be object"),
        ({"option": {"denoise": 1}}, "must be boolean"),
        ({"vid": 7}, "must be string"),
        ({"width": "1920"}, "must be integer"),
        ({"width": 100.5}, "must be integer"),
        ({"width": True}, "must be integer"),
        ({"width": 63}, "must be >= 64"),
        ({"height": 7681}, "must be <= 7680"),
        ({"width": 4321, "height": 4321}, "must be <= 4320"),
        ({"format": "webp"}, CHOICE),
        ({"format": None}, "must be string"),
    ],
)
def test_a_wrong_body_is_told_its_first_error(
    program: Program, vid: str, path: str, changes: dict[str, Any], message: str
) -> None:
    asked = {
        name: value
        for name, value in {**wanted(vid), **changes}.items()
        if value is not ...
    }
    assert program.post(path, asked).refusal == (400, {"message": message})
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"width": Infinity', b"9" * 9999],
)
def test_what_is_no_object_is_refused(program: Program, body: bytes) -> None:
    for path in ("/credit/calc", "/task"):
        answer = program.call("POST", ROOT + path, body)
        assert answer.refusal == (400, {"message": "must be object"})


def test_whole_numbers_come_in_every_spelling(program: Program, vid: str) -> None:
    asked = wanted(vid, width=100.0, height=1e2, option={"more": 1}, more=[])
    assert program.post("/task", asked).status == 200
    bad = wanted(vid, width=float("nan"))
    assert program.post("/task", bad).refusal == (400, {"message": "must be integer"})


OPERATIONS = [
    ("POST", "/image", "upload"),
    ("GET", "/image", "read"),
    ("GET", "/image/x", "read"),
    ("DELETE", "/image/x", "upload"),
    ("POST", "/image/x/download-inc-count", "read"),
    ("POST", "/credit/calc", "read"),
    ("GET", "/credit/me", "read"),
    ("POST", "/task", "process"),
    ("GET", "/task", "read"),
    ("GET", "/task/x", "read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_every_operation_needs_a_token_that_may(
    program: Program, bob: User, method: str, path: str, scope: str
) -> None:
    others = {"read", "upload", "process", "share", "manage"} - {scope}
    unknown = (401, {"message": "Unauthorized"})
    for token in ("", "eyJraWQi.unknown", "Bearer"):
        answer = Program(program.url, token).call(method, ROOT + path)
        assert answer.refusal == unknown
    lacking = Program(program.url, a_token(bob, *others))
    assert lacking.call(method, ROOT + path).status == 403
    only = Program(program.url, f"Bearer {a_token(bob, scope)}")
    assert only.call(method, ROOT + path).status in {200, 400, 404}
    assert program.call("PATCH", ROOT + path).status == 405
