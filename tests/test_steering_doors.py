"""A provider that is let run empty: every door says so, and begins nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from imaging.models import Image, Mode, ProviderControl, Task, Team, User
from tests.api.calling import a_token, with_token
from tests.drawing import jpeg, png
from tests.providers.haut.served import Program
from tests.providers.kokoon.calling import ROOT, wanted
from tests.providers.retouch4me.asking import parts, start
from tests.stored import an_image
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
SAID = "This computer takes on nothing new now"
WHY = "the operator lets it run empty"


@pytest.fixture(autouse=True)
def _draining(db: None) -> None:
    ProviderControl.objects.steer("local", None, mode=Mode.DRAINING)


@pytest.fixture
def picture(studio: Team) -> Image:
    return an_image(studio, jpeg(), "a.jpg", width=640, height=480)


def test_the_site_says_so_beforehand_and_begins_nothing(
    bob: User, studio: Team, picture: Image
) -> None:
    client = of(bob, studio)
    asked = {"image": [picture.pk], "order": "local:upscale"}
    page = client.post("/process/", {"image": [picture.pk]}).text
    assert SAID in page
    assert 'value="local:upscale"' not in page
    refused = client.post("/process/", asked)
    assert refused.status_code == 422
    assert not Task.objects.exists()
    ProviderControl.objects.steer("local", None, mode=Mode.PAUSED)
    page = client.post("/process/", {"image": [picture.pk]}).text
    assert "what you begin with it waits" in page
    assert 'value="local:upscale"' in page


def test_the_api_says_so_beforehand_and_begins_nothing(
    bob: User, picture: Image
) -> None:
    program = with_token(bob)
    listed = program.get("/api/v1/providers").json()["items"][0]
    assert (listed["key"], listed["usable"], listed["mode"]) == (
        "local",
        False,
        "draining",
    )
    operations = program.get("/api/v1/operations").json()["items"]
    mine = [one["usable"] for one in operations if one["provider"] == "local"]
    assert mine
    assert not any(mine)
    sent = {"images": [str(picture.pk)], "operation": "upscale"}
    answer = program.post("/api/v1/batches", sent, content_type="application/json")
    assert answer.status_code == 422
    assert SAID in answer.json()["detail"]
    assert not Task.objects.exists()


def test_programs_of_other_vendors_are_told_and_nothing_is_left(
    bob: User, studio: Team, picture: Image
) -> None:
    token, before = a_token(bob), Image.objects.count()
    kokoon = Client(headers={"authorization": token})
    asked = wanted(picture.pk.hex)
    answer = kokoon.post(f"{ROOT}/task", asked, content_type="application/json")
    assert answer.status_code == 400
    assert WHY in answer.text
    retouched = start(parts(token))
    assert retouched.status == 503
    assert WHY in retouched.error[1]
    skin = Program(bob, studio)
    skin.settle_in()
    measured = skin.compute(skin.send()["image_batch_id"])
    assert measured.status_code == 400
    assert WHY in measured.text
    assert not Task.objects.exists()
    assert Image.objects.count() == before


def test_the_command_line_is_told(alice: User, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    with pytest.raises(CommandError, match=SAID):
        call_command("process", path, user=alice.email, out=tmp_path / "out")
    assert not Task.objects.exists()
    assert not Image.objects.exists()
