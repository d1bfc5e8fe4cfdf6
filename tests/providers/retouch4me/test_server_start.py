"""Retouch4me's `start`, served: the documented request, its answers, its refusals."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from imaging import pictures
from imaging.models import (
    ApiToken,
    Image,
    Membership,
    Order,
    Role,
    Scope,
    Task,
    User,
)
from imaging.outgoing import hops
from imaging.providers.retouch4me.server.beginning import check
from tests.api.calling import a_token
from tests.drawing import bmp, webp
from tests.providers.retouch4me.asking import (
    FLAT,
    PICTURE,
    Answer,
    documented,
    parts,
    shape,
    start,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def token(bob: User) -> str:
    return a_token(bob)


@pytest.fixture(autouse=True)
def _nothing_left_behind(settings: LazySettings, tmp_path: Path) -> Any:
    """Whatever is sent: no temporary file stays, and no picture without a task."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    yield
    assert not list(tmp_path.iterdir())
    assert Image.objects.filter(tasks=None).count() == 0


def task_of(answer: Answer) -> Task:
    assert answer.status == 200, answer.body
    return Task.objects.latest("created")


def test_the_documented_request_begins_a_task_of_our_own(token: str, bob: User) -> None:
    answer = start(parts(token))
    assert shape(answer.said) == shape(documented("started"))
    assert len(answer.said["id"]) >= 32
    task = task_of(answer)
    assert (task.provider, task.operation, task.owner) == ("local", "retouch", bob)
    assert task.team == bob.own_teams()[0]
    assert (task.image_name, task.batch.door) == ("portrait.jpg", "retouch4me")
    options = task.options
    assert [key for key in ("heal", "eye_vessels", "dodge_burn") if options[key]] == [
        "heal",
        "eye_vessels",
    ]
    assert (options["heal_strength"], options["eye_vessels_strength"]) == (0.8, 0.35)
    assert (options["result"], options["order"]) == ("flat", "heal eye_vessels")


def test_each_way_to_show_the_token(token: str) -> None:
    bare = parts("")
    assert start(bare, X_Retouch_Token=token).status == 200
    assert start(parts(token, late=True)).status == 200
    # If both differ, the header wins.
    assert start(parts("wrong"), X_Retouch_Token=token).status == 200
    assert start(parts(token), X_Retouch_Token="wrong").error == (460, "Token issue")


@pytest.mark.parametrize("late", [False, True])
def test_strangers_are_told_so(token: str, late: bool) -> None:
    assert start(parts("wrong", late=late)).error == (460, "Token issue")
    assert start(parts("", late=late)).error == (460, "Token issue")
    ApiToken.objects.update(revoked=timezone.now())
    over = (401, "The token is invalid or expired")
    assert start(parts(token, late=late)).error == over


@pytest.mark.parametrize("scopes", [[Scope.READ], [Scope.PROCESS], [Scope.UPLOAD]])
def test_a_token_needs_both_scopes(bob: User, scopes: list[str]) -> None:
    status, said = start(parts(a_token(bob, *scopes), late=True)).error
    assert status == 403
    assert "lacks the scope" in said


def test_a_viewer_adds_nothing(token: str, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    assert start(parts(token)).error[0] == 403


def test_without_a_file_it_says_so(token: str) -> None:
    no_file = (400, "No file uploaded")
    assert start([("token", token), ("payload", FLAT)]).error == no_file
    assert start([("payload", FLAT)]).error == no_file
    # A text field of that name is no file.
    named = [("token", token), ("Xfile", "words"), ("payload", FLAT)]
    assert start(named).error == no_file  # type: ignore[arg-type]


def test_an_empty_file_is_refused(token: str) -> None:
    status, said = start(parts(token, file=b"")).error
    assert status == 400
    assert "empty" in said


@pytest.mark.parametrize("make", [bmp, webp, lambda: b"GIF8"])
def test_only_the_documented_formats_are_taken(token: str, make: Any) -> None:
    status, said = start(parts(token, file=make())).error
    assert (status, said.endswith("are taken: png, jpg, jpeg.")) == (400, True)


def test_a_broken_picture_is_refused(token: str) -> None:
    status, said = start(parts(token, file=PICTURE[:3000])).error
    assert (status, "damaged" in said) == (400, True)


def test_more_megapixels_than_are_taken_here(
    token: str, settings: LazySettings
) -> None:
    settings.MAX_MEGAPIXELS = 0.3
    status, said = start(parts(token)).error
    assert status == 400
    assert "megapixels" in said


def test_an_order_that_has_been_here_is_refused(token: str) -> None:
    status, said = start(parts(token), **{hops.HEADER: hops.own_name()}).error
    assert (status, "been here before" in said) == (462, True)


@pytest.mark.parametrize(
    ("hook", "kept"),
    [
        ("https://studio.example/done?job=1", True),
        ("https://STUDIO.example:443/done", True),
        ("https://other.example:8443/", True),
        ("https://other.example/", False),
        ("https://studio.example.evil.example/", False),
        ("https://studio.example@evil.example/", False),
        ("https://:x@studio.example/", False),
        ("ftp://studio.example/", False),
        ("https://studio.example:port/", False),
        ("https://[studio.example/", False),
        ("https://studio.example/" + "a" * 1_000, False),
        ("", False),
    ],
)
def test_only_hosts_that_are_allowed_are_told(
    token: str, monkeypatch: pytest.MonkeyPatch, hook: str, kept: bool
) -> None:
    monkeypatch.setenv("RETOUCH4ME_HOOKS", "studio.example, Other.example:8443")
    task = task_of(start([*parts(token), ("hook", hook)]))
    assert task.batch.hook == (hook if kept else "")
    monkeypatch.delenv("RETOUCH4ME_HOOKS")
    assert task_of(start([*parts(token), ("hook", hook)])).batch.hook == ""


@pytest.mark.parametrize(("height", "taken"), [(10_000, True), (10_001, False)])
def test_250_megapixels_are_taken_and_not_a_row_more(
    settings: LazySettings, alice: User, height: int, taken: bool
) -> None:
    settings.MAX_MEGAPIXELS = 10_000
    order = Order.of(alice.own_teams()[0], "local", "retouch")
    facts = {"width": 25_000, "height": height, "format": "png", "size": 1}
    facts |= {"has_alpha": False, "frames": 1, "orientation": 1}
    try:
        check(SimpleNamespace(**facts), "a.png", order)  # type: ignore[arg-type]
    except pictures.Refused as refused:
        assert not taken
        assert "250 megapixels" in refused.message
    else:
        assert taken
