"""What a payload of Retouch4me's asks for, and what of it cannot be done here."""

import json
from typing import Any

import pytest

from imaging.models import Image, Task, Team, User
from tests.api.calling import a_token
from tests.providers.retouch4me.asking import LAYERED, Answer, parts, start

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def token(bob: User) -> str:
    return a_token(bob)


def task_of(answer: Answer) -> Task:
    assert answer.status == 200, answer.body
    return Task.objects.latest("created")


def with_tasks(*tasks: dict[str, Any], **more: Any) -> str:
    return json.dumps({"mode": "professional", "tasks": list(tasks), **more})


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


def test_programs_are_spoken_to_in_english(token: str, bob: User) -> None:
    wrong = with_tasks({"Plugin": "Heal"}, {"Plugin": "Skin Mask"})
    Team.objects.update(served_by={"retouch4me": "retouch4me"})
    said = start(parts(token, wrong), Accept_Language="ko").error
    assert (said[0], said[1].isascii(), "no account" in said[1]) == (462, True, True)
