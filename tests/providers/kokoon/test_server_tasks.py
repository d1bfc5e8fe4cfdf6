"""Kokoon's door: tasks from their request to the picture, as its pages say."""

import io
import re
from typing import Any

import pytest
from PIL import Image as Pillow

from imaging import worker
from imaging.models import Image, Membership, Role, Task
from tests.drawing import photo, png, save
from tests.providers.kokoon.calling import (
    NIL,
    ROOT,
    Program,
    documented,
    shape,
    wanted,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
GONE = (404, {"message": "fail to get result."})


@pytest.fixture
def vid(program: Program) -> str:
    return str(program.upload(png(80, 64)).json["vid"])


def begun(program: Program, vid: str, **changes: Any) -> dict[str, Any]:
    answer = program.post("/task", wanted(vid, **changes))
    assert answer.status == 200, answer.body
    return dict(answer.json)


def work() -> None:
    """Do what an engine would do."""
    for task in Task.objects.open():
        worker.submit(str(task.pk))


def made(program: Program, out_vid: str) -> Pillow.Image:
    """Fetch a result as a program does."""
    said = program.get(f"/image/{out_vid}").json
    body = program.fetch(said["url"]).body
    assert len(body) == said["size"]
    picture = Pillow.open(io.BytesIO(body))
    assert picture.size == (said["width"], said["height"])
    return picture


def test_a_task_from_its_request_to_its_picture(program: Program, vid: str) -> None:
    ids = begun(program, vid)
    assert shape(ids) == shape(documented("created"))
    assert ids["in_vid"] == vid
    task, result = f"/task/{ids['tid']}", f"/image/{ids['out_vid']}"
    page = documented("task")
    said = program.get(task).json
    assert list(said) == list(page)
    assert list(said["request_body"]) == list(page["request_body"])
    kept = wanted(vid, codec="png", format="png")
    assert said["request_body"] == kept
    assert (said["step"], said["result_message"], said["progress"]) == (
        "ready",
        "",
        "0",
    )
    assert said["start_time"] is said["finish_time"] is None
    waiting = program.get(result).json
    assert shape(waiting) == shape(documented("image"))
    assert (waiting["state"], waiting["size"], waiting["url"]) == ("pending", 0, "")
    assert (waiting["pid"], waiting["tid"]) == (vid, ids["tid"])
    assert waiting["filename"] == "original.png"
    work()
    said = program.get(task).json
    previews = {"preview_orig_url": None, "preview_sr_url": None}
    assert said.items() >= previews.items()
    assert shape({**page, **previews}) == shape(said)
    assert (said["step"], said["result_message"], said["progress"]) == (
        *("done", "success", "1"),
    )
    for name in ("request_time", "start_time", "finish_time"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", said[name]), name
    done = program.get(result).json
    assert shape(done) == shape(documented("image"))
    assert {**done, "size": 0, "url": "", "thumb_url": ""} == {
        **waiting,
        "state": "completed",
        **{name: done[name] for name in ("created_time", "expired_time")},
    }
    assert waiting["created_time"] <= done["created_time"] < done["expired_time"]
    assert made(program, ids["out_vid"]).format == "PNG"
    assert program.get(f"/image/{vid}").json["last_category"] == "person"
    image = Image.objects.get(pk=ids["out_vid"])
    assert image.expires
    assert (image.expires - image.created).days == 14


@pytest.mark.parametrize(
    ("form", "kind"),
    [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG"), ("bmp", "BMP")],
)
def test_the_file_is_of_the_format_asked_for(
    program: Program, form: str, kind: str
) -> None:
    picture = photo(80, 64)
    picture.putalpha(128)
    vid = program.upload(save(picture, "PNG"), "see.through.png").json["vid"]
    ids = begun(program, vid, format=form)
    named = program.get(f"/image/{ids['out_vid']}").json["filename"]
    work()
    assert program.get(f"/image/{ids['out_vid']}").json["filename"] == named
    assert made(program, ids["out_vid"]).format == kind


@pytest.mark.parametrize("use_sr", [True, False])
@pytest.mark.parametrize("size", [(64, 64), (81, 700), (1000, 101), (640, 512)])
def test_the_picture_has_exactly_the_size_asked_for(
    program: Program, vid: str, size: tuple[int, int], *, use_sr: bool
) -> None:
    ids = begun(program, vid, width=size[0], height=size[1], use_sr=use_sr)
    work()
    assert made(program, ids["out_vid"]).size == size


def test_options_are_heard_but_not_for_drawings(program: Program, vid: str) -> None:
    option = {"face_enhance": True, "denoise": True, "add_noise": True}
    ids = begun(program, vid, option=option)
    options = Task.objects.get(pk=ids["tid"]).options
    assert options["denoise"] > 0
    assert options["grain"] > 0
    ids = begun(program, vid, option=option, category="animation")
    options = Task.objects.get(pk=ids["tid"]).options
    assert options["denoise"] == options["grain"] == 0
    kept = program.get(f"/task/{ids['tid']}").json["request_body"]
    assert kept["option"] == option


def test_a_preview_shows_both_and_leaves_no_image(program: Program, vid: str) -> None:
    ids = begun(program, vid, task_type="SR_IMAGE_PREVIEW")
    assert program.get(f"/image/{ids['out_vid']}").refusal == GONE
    work()
    said = program.get(f"/task/{ids['tid']}").json
    assert shape(said) == shape(documented("task"))
    for name in ("preview_orig_url", "preview_sr_url"):
        assert Pillow.open(io.BytesIO(program.fetch(said[name]).body)).size
    assert program.get(f"/image/{ids['out_vid']}").refusal == GONE
    assert program.get("/image?orig_type=sr").json["images"] == []


def test_a_task_that_failed_says_why(program: Program, vid: str) -> None:
    ids = begun(program, vid)
    Task.objects.get().end("error", message="The engine broke.")
    said = program.get(f"/task/{ids['tid']}").json
    assert (said["step"], said["result_message"]) == ("error", "The engine broke.")
    assert program.get(f"/image/{ids['out_vid']}").json["state"] == "error"


def test_only_originals_are_taken(program: Program, vid: str) -> None:
    ids = begun(program, vid)
    work()
    answer = program.post("/task", wanted(ids["out_vid"]))
    assert answer.refusal == (400, {"message": "vid must be an original image"})
    for other in (ids["tid"], NIL, "nonsense", ""):
        assert program.post("/task", wanted(other)).refusal == GONE
        assert program.post("/credit/calc", wanted(other)).refusal == GONE


def test_foreign_is_as_absent(program: Program, vid: str, stranger: Program) -> None:
    ids = begun(program, vid)
    assert stranger.post("/task", wanted(vid)).refusal == GONE
    for tid in (ids["tid"], ids["out_vid"], NIL, "nonsense"):
        assert stranger.get(f"/task/{tid}").refusal == GONE
    assert stranger.get(f"/image/{ids['out_vid']}").refusal == GONE
    assert stranger.get("/task").json["sr_tasks"] == []


def test_a_viewer_begins_nothing(program: Program, vid: str) -> None:
    Membership.objects.update(role=Role.VIEWER)
    assert program.post("/task", wanted(vid)).status == 403
    assert program.call("DELETE", f"{ROOT}/image/{vid}").status == 403
    assert program.upload(png()).status == 403
    assert not Task.objects.exists()


def test_an_order_that_was_here_is_refused(program: Program, vid: str) -> None:
    from imaging.outgoing import hops

    body = f"{wanted(vid)}".replace("'", '"').replace("True", "true")
    body = body.replace("False", "false")
    passed = f"{hops.HEADER}: {hops.own_name()}"
    answer = program.call("POST", f"{ROOT}/task", body.encode(), passed)
    assert answer.status == 508
    assert not Task.objects.exists()
