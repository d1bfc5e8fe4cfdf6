"""Retouch4me's `start`, served: the documented request, its answers, its refusals."""

import json
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
    Team,
    User,
)
from imaging.outgoing import hops
from imaging.providers.retouch4me.server.beginning import check
from tests.api.calling import a_token
from tests.drawing import bmp, webp
from tests.providers.retouch4me.asking import (
    FLAT,
    LAYERED,
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


def with_tasks(*tasks: dict[str, Any], **more: Any) -> str:
    return json.dumps({"mode": "professional", "tasks": list(tasks), **more})


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


@pytest.mark.parametrize(
    ("payload", "code", "said"),
    [
        ("", 400, "no JSON"),
        ("{", 400, "no JSON"),
        ("[" * 100_000, 400, "no JSON"),
        ('{"mode":"professional","tasks":[{"Plugin":"Heal","Alpha1":NaN}]}', 400, ""),
        ("[]", 462, "mode"),
        ('{"mode":"amateur","tasks":[{"Plugin":"Heal"}]}', 462, "mode"),
        (with_tasks(), 462, "no tasks"),
        ('{"mode":"professional","tasks":7}', 462, "no tasks"),
        (with_tasks({"Alpha1": 1}), 462, "names no plugin"),
        (with_tasks({"Plugin": "Nope"}), 462, "unknown plugin 'Nope'"),
        (with_tasks({"Plugin": "Heal", "Alpha1": 1.01}), 462, "from 0 to 1"),
        (with_tasks({"Plugin": "Heal", "Alpha1": -0.1}), 462, "from 0 to 1"),
        (with_tasks({"Plugin": "Heal", "Alpha1": "1"}), 462, "from 0 to 1"),
        (with_tasks({"Plugin": "Heal", "Alpha1": True}), 462, "from 0 to 1"),
        (with_tasks({"Plugin": "Heal", "Alpha1": None}), 462, "from 0 to 1"),
        (with_tasks({"Plugin": "Heal", "Scale": 4}), 462, "Scale"),
        (with_tasks({"Plugin": "Heal", "Layer": 2}), 462, "Layer"),
        (with_tasks({"Plugin": "Heal"}, {"Plugin": "Heal"}), 462, "named twice"),
        (with_tasks({"Plugin": "Heal"}, outputFormat="tiff"), 462, "outputFormat"),
        (
            with_tasks({"Plugin": "Heal"}, {"Plugin": "Face Detection"}),
            462,
            "must be the first",
        ),
        (
            with_tasks({"Plugin": "Face Lifting", "Face Lifting": 0.5}),
            462,
            "plugin 'Face Lifting' cannot be run here",
        ),
        (
            with_tasks({"Plugin": "Glasses Anti Glare", "LayoutMode": "full"}),
            462,
            "plugin 'Glasses Anti Glare' cannot be run here",
        ),
        (
            with_tasks(
                {"Plugin": "Crop", "User Params": {"AutoStraightenMode": "Manual"}}
            ),
            462,
            "AutoStraightenMode",
        ),
        (
            with_tasks(
                {
                    "Plugin": "Color Correction",
                    "User Params": {"AI": {"Color Correction Mode": []}},
                }
            ),
            462,
            "the mode is",
        ),
    ],
)
def test_what_cannot_be_done_is_an_invalid_task(
    token: str, payload: str, code: int, said: str
) -> None:
    status, message = start(parts(token, payload)).error
    assert (status, said in message) == (code, True), message
    assert message.startswith("Invalid task: ") == (code == 462)
    assert not Image.objects.exists()


def test_what_is_not_said_has_the_proposed_values(token: str) -> None:
    tasks = [
        {"Plugin": "Dodge Burn"},
        {"Plugin": "Heal", "Scale": 2, "Alpha2": 7},
        {"Plugin": "Clean Backdrop", "Scale": 3, "Automask": False},
        {
            "Plugin": "Color Correction",
            "User Params": {"AI": {"Color Correction Mode": "Full"}},
        },
    ]
    options = task_of(start(parts(token, with_tasks(*tasks)))).options
    assert (options["dodge_burn_strength"], options["dodge_burn_warmth"]) == (1, 0)
    assert (options["person"], options["clean_backdrop_dirt"]) == (2, "3")
    assert options["clean_backdrop_people"] == "ignore"
    assert options["color_correction_mode"] == "full"
    wanted = "dodge_burn heal clean_backdrop color_correction"
    assert options["order"] == wanted


def test_layers_or_one_picture(token: str) -> None:
    assert task_of(start(parts(token, LAYERED))).options["result"] == "layers"
    one = with_tasks({"Plugin": "Heal", "Layer": 1}, outputFormat="jpeg")
    options = task_of(start(parts(token, one))).options
    assert (options["result"], options["format"]) == ("flat", "jpeg")


def test_the_team_may_have_it_done_by_the_vendor_itself(
    token: str, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETOUCH4ME_TOKEN", "reto_x")
    Team.objects.update(served_by={"retouch4me": "retouch4me"}, operator_accounts=True)
    lifting = {"Plugin": "Face Lifting", "Face Lifting": 0.5}
    task = task_of(start(parts(token, with_tasks(lifting))))
    assert (task.provider, task.options["face_lifting_strength"]) == ("retouch4me", 0.5)
    assert not task.options["heal"]


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


def test_programs_are_spoken_to_in_english(token: str, bob: User) -> None:
    wrong = with_tasks({"Plugin": "Heal"}, {"Plugin": "Skin Mask"})
    Team.objects.update(served_by={"retouch4me": "retouch4me"})
    said = start(parts(token, wrong), Accept_Language="ko").error
    assert (said[0], said[1].isascii(), "no account" in said[1]) == (462, True, True)


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
