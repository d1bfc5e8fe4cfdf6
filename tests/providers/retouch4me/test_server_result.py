"""Retouch4me's `status` and `getFile`, served: what they say, and for how long."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from imaging import worker
from imaging.models import Download, Image, Membership, Stage, State, Task, User
from imaging.providers.retouch4me.server import hooked
from tests.api.calling import a_token
from tests.drawing import png, save
from tests.providers.local.retouch.portraits import portrait
from tests.providers.retouch4me.asking import (
    LAYERED,
    Answer,
    documented,
    get,
    parts,
    shape,
    start,
)

pytestmark = [pytest.mark.django_db]
FACE = save(Pillow.fromarray(portrait()), "JPEG", quality=95)
NOT_FOUND = (404, "File not found")


@pytest.fixture
def token(bob: User) -> str:
    return a_token(bob)


def begun(token: str, *args: Any, **sent: Any) -> str:
    answer = start(parts(token, *args, **sent))
    assert answer.status == 200, answer.body
    return str(answer.said["id"])


def status(id: str) -> Answer:
    return get(f"/api/v1/retoucher/status/{id}")


def file(id: str) -> Answer:
    return get(f"/api/v1/retoucher/getFile/{id}")


def done(id: str) -> Answer:
    """Do the work, and return the file."""
    worker.submit(str(Task.objects.latest("created").pk))
    answer = file(id)
    assert answer.status == 200, (answer.body, status(id).said)
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    return answer


def be(**facts: Any) -> None:
    Task.objects.update(**facts)


@pytest.mark.both
def test_each_state_as_it_is_documented(token: str) -> None:
    id = begun(token, LAYERED)
    now = timezone.now()
    waiting = status(id).said
    assert {**waiting, "expireDate": ""} == {**documented("waiting"), "expireDate": ""}
    assert shape(waiting) == shape(documented("waiting"))
    assert waiting["expireDate"][10::13] == "TZ"
    assert file(id).error == NOT_FOUND

    be(state=State.PROCESSING, stage=Stage.WORKING, starts=1, progress=50, began=now)
    active = status(id).said
    assert (active["state"], active["progress"]) == ("active", 50)
    assert (active["currentStep"], active["pluginName"]) == ("processing", "Dodge Burn")

    be(tries=1, starts=0, due=now + timedelta(minutes=1))
    again = status(id).said
    assert (again["state"], again["attempt"], again["maxAttempts"]) == ("delayed", 2, 3)

    be(stage=Stage.STORING, progress=100, due=now)
    last = status(id).said
    assert (last["state"], last["progress"], last["currentStep"]) == (
        *("active", 100),
        "uploading",
    )
    assert file(id).error == NOT_FOUND

    over = {"stage": Stage.ENDED, "finished": now}
    be(state=State.ERROR, message="Cannot decode image", tries=2, progress=40, **over)
    failed = status(id).said
    assert shape(failed) == shape(documented("failed"))
    assert (failed["state"], failed["reason"]) == ("failed", "Cannot decode image")
    assert failed["attempt"] == 3
    assert file(id).error == NOT_FOUND


@pytest.mark.both
def test_ids_are_secrets_that_nobody_makes_up(
    token: str, caplog: pytest.LogCaptureFixture
) -> None:
    id = begun(token)
    other = "A" if id[-5] != "A" else "B"
    task = Task.objects.get()
    guesses = ("s0me-very-l0ng-1d", id[:-5] + other + id[-4:], id + "A", id[:-1], "ä")
    for guess in (*guesses, str(task.pk), task.pk.hex):
        assert status(guess).error == NOT_FOUND
        assert file(guess).error == NOT_FOUND
    assert status(id).status == 200
    # Nor does anybody read them in a log.
    assert file(id).error == NOT_FOUND
    assert id not in caplog.text


@pytest.mark.both
def test_an_id_opens_as_long_as_its_person_may_see_the_task(
    token: str, bob: User
) -> None:
    id = begun(token)
    membership = Membership.objects.get(user=bob)
    membership.delete()
    assert status(id).error == NOT_FOUND
    membership.save(force_insert=True)
    assert status(id).status == 200
    User.objects.update(is_active=False)
    assert status(id).error == NOT_FOUND


@pytest.mark.both
def test_one_picture_comes_as_it_was_sent_and_is_kept_for_a_day(token: str) -> None:
    id = begun(token, file=FACE)
    answer = done(id)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Pillow.open(io.BytesIO(answer.body)).format == "JPEG"
    assert shape(status(id).said) == shape(documented("completed"))
    assert (status(id).said["state"], status(id).said["progress"]) == ("completed", 100)
    # It may be fetched again and again, and counts as nobody's download.
    assert file(id).body == answer.body
    assert not Download.objects.exists()
    result = Task.objects.get().result_id
    be(finished=timezone.now() - timedelta(hours=24, seconds=-5))
    assert file(id).status == 200
    be(finished=timezone.now() - timedelta(hours=24))
    assert file(id).error == NOT_FOUND
    assert status(id).error == NOT_FOUND
    # The site has it still.
    assert Image.objects.kept().filter(pk=result, expires=None).exists()


def test_a_png_comes_back_as_one(token: str) -> None:
    answer = done(begun(token, file=png()))
    assert answer.headers["Content-Type"] == "image/png"
    assert Pillow.open(io.BytesIO(answer.body)).format == "PNG"


@pytest.mark.both
def test_layers_come_as_an_archive(token: str) -> None:
    payload = {
        "mode": "professional",
        "tasks": [
            {"Plugin": "Face Detection"},
            {"Plugin": "Dodge Burn", "Layer": 1, "Alpha1": 1, "Alpha2": 0},
            {"Plugin": "Mattifier", "Layer": 0},
            {"Plugin": "Portrait Volumes", "Layer": 1, "Alpha1": 0.5},
        ],
    }
    answer = done(begun(token, json.dumps(payload), file=FACE))
    assert answer.headers["Content-Type"] == "binary/octet-stream"
    # The name is that of the picture, so its extension lies.
    assert 'filename="portrait.jpg"' in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.namelist() == [
        "index=0&blendmode=softLight&name=Dodge Burn.png",
        "index=1&blendmode=softLight&name=Portrait Volumes.png",
        "result.json",
    ]
    for name in archive.namelist()[:-1]:
        layer = Pillow.open(io.BytesIO(archive.read(name)))
        assert (layer.format, layer.mode) == ("PNG", "RGBA")
        assert layer.size == Pillow.open(io.BytesIO(FACE)).size
    report = json.loads(archive.read("result.json"))
    assert list(report) == ["jsonVersion", "plugins"]
    assert report["jsonVersion"] == "1"
    told = {one["pluginName"]: one for one in report["plugins"]}
    assert list(told) == [one["Plugin"] for one in payload["tasks"]]  # type: ignore[index]
    (found,) = told["Face Detection"]["metadata"]["faces"]
    assert set(found["landmarks"][0]) == {"x", "y"}


@pytest.mark.both
def test_what_was_thrown_away_is_not_handed_out(token: str, bob: User) -> None:
    id = begun(token)
    worker.submit(str(Task.objects.get().pk))
    Image.objects.trash([Task.objects.get().result_id], bob)
    assert status(id).said["state"] == "completed"
    assert file(id).error == NOT_FOUND


@pytest.mark.both
def test_who_asks_too_often_waits(token: str) -> None:
    id = begun(token)
    with mock.patch("imaging.models.tokens.time.time", return_value=1_000_000):
        answers = [status(id) for _ in range(301)]
    assert {one.status for one in answers[:300]} == {200}
    assert answers[300].error[0] == 429
    assert int(answers[300].headers["Retry-After"]) > 0


@pytest.mark.both
def test_what_is_told_to_a_hook_is_the_status_and_the_id(token: str) -> None:
    id = begun(token)
    be(state=State.CANCELLED, stage=Stage.ENDED, finished=timezone.now())
    told = hooked(Task.objects.get())
    assert told == {**status(id).said, "id": id}
    assert (told["state"], told["reason"]) == ("failed", "The task was cancelled.")
