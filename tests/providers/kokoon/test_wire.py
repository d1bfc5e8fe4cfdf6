"""Kokoon's documented bytes, read; and what is sent, as documented."""

import json

import pytest

from imaging.providers.kokoon import wire
from tests.providers.kokoon.played import words

VID = "de5e9990-c0fb-11ee-961f-d12490e606ad"
OUT = "89f758a1-ba76-11ee-8fa6-17cde62e8e05"
TID = "89f758a0-ba76-11ee-8fa6-17cde62e8e05"
ADDRESS = (
    "https://sr-inner-api-storage-local.s3.amazonaws.com/video/"
    "539e3480-929a-11ee-ada2-51e4bfe11414/..."
)
WANTED = wire.Wanted(
    vid=VID,
    width=1920,
    height=1080,
    category="person",
    use_sr=True,
    input_quality="medium",
    switches={},
    format="png",
)


@pytest.mark.parametrize("page", ["uploaded", "image"])
def test_an_image_is_read_as_it_is_published(page: str) -> None:
    assert wire.read_image(words(page)) == wire.Image(
        vid=VID,
        state="completed",
        url=ADDRESS,
        width=640,
        height=360,
        filename="original.png",
        expires="2024-02-15T12:17:32.699Z",
        downloads=0,
    )


def test_what_an_image_has_not_yet_is_empty() -> None:
    said = {"vid": VID, "state": "pending", "url": None, "width": "640"}
    image = wire.read_image(said)
    assert (image.url, image.width, image.downloads) == ("", 640, 0)


def test_a_task_is_read_as_it_is_published() -> None:
    task = wire.read_task(words("task"))
    assert (task.tid, task.in_vid, task.out_vid) == (TID, VID, OUT)
    assert (task.step, task.message) == ("done", "success")
    assert task.after.startswith("https://") and "/preview/sr_" in task.after
    assert task.before.startswith("https://") and "/preview/orig_" in task.before


def test_lists_are_read_by_either_name() -> None:
    [task] = wire.read_tasks(words("tasks"))
    assert (task.tid, task.in_vid, task.step) == (TID, VID, "running")
    rows = words("images")["videos"]
    assert wire.read_images({"videos": rows}) == wire.read_images({"images": rows})
    with pytest.raises(ValueError, match="no images are listed"):
        wire.read_images({"message": "nothing"})


def test_ids_and_credits_are_read() -> None:
    assert wire.read_created(words("created")) == {"tid": TID, "out_vid": OUT}
    assert wire.read_credit(words("price")) == 1
    assert wire.read_credit({"credit": "1.5"}) == 1.5
    assert wire.read_credit(words("balance")) == 4058
    assert wire.read_point(words("balance")) == 0
    for wrong in ({}, {"credit": None}, {"credit": "much"}):
        with pytest.raises(ValueError):
            wire.read_credit(wrong)
    with pytest.raises(ValueError, match="no out_vid"):
        wire.read_created({"tid": TID})


def test_what_is_asked_for_is_sent_as_it_is_published() -> None:
    published = (
        f'{{"task_type":"SR_IMAGE","category":"person","use_sr":true,'
        f'"input_quality":"medium","option":{{"face_enhance":false,"denoise":false,'
        f'"add_noise":false}},"vid":"{VID}","width":1920,"height":1080,"format":"png"}}'
    )
    said = json.dumps(wire.dump_wanted(WANTED), separators=(",", ":"))
    assert said == published


def test_addresses_are_those_of_the_pages() -> None:
    assert wire.HOME + wire.image_path(VID) == (
        f"https://develop.kokoon.cloud/kokoon/api/image/sr/v3/image/{VID}"
    )
    assert wire.task_path("../x") == f"{wire.ROOT}/task/..%2Fx"
    assert wire.tasks_path("SR_IMAGE", "2026-11-20", 0) == (
        f"{wire.ROOT}/task?task_type=SR_IMAGE&start_date=2026-11-20"
        "&page_size=100&page_num=0"
    )


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("", ("POST", f"{wire.ROOT}/image/{{vid}}/download-inc-count")),
        ("PUT /image/{vid}/count", ("PUT", f"{wire.ROOT}/image/{{vid}}/count")),
        ("GET /kokoon/api/c/{vid}", ("GET", "/kokoon/api/c/{vid}")),
        ('"POST /a/{vid}"', ("POST", f"{wire.ROOT}/a/{{vid}}")),
        (" Off ", None),
    ],
)
def test_the_route_of_downloads_is_a_setting(
    text: str, route: tuple[str, str] | None
) -> None:
    assert wire.read_route(text) == route


@pytest.mark.parametrize("text", ["POST", "POST /image", "DELETE /image/{vid}", "x/y"])
def test_a_route_that_makes_no_sense_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        wire.read_route(text)
