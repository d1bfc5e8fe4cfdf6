"""Kokoon's door: originals in, images described, as its two pages say to the byte."""

import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from imaging.models import Download, Image
from tests.drawing import bmp, jpeg, large, png, png_chunk, save, webp
from tests.providers.kokoon.calling import (
    BOUNDARY,
    MULTIPART,
    NIL,
    ROOT,
    Program,
    Said,
    documented,
    form,
    shape,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
GONE = (404, {"message": "fail to get result."})
TOO_LARGE = (413, {"message": "file too large"})
FORMAT = (415, {"message": "unsupported format"})
RESOLUTION = (422, {"message": "unsupported resolution"})
MOST = 50 * 1024 * 1024


def moment(text: str) -> datetime:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    return datetime.fromisoformat(text)


def test_the_documented_upload_gets_the_documented_answer(program: Program) -> None:
    picture = png(640, 360)
    body = form(picture, "original.png")
    # As printed: no space after the header's name.
    request = (
        f"POST {ROOT}/image HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8.5.0\r\n"
        f"Accept: */*\r\nAuthorization:{program.token}\r\n"
        f"Content-Length: {len(body)}\r\n{MULTIPART}\r\n\r\n"
    )
    answer = program.send(request.encode() + body)
    said, page = answer.json, documented("uploaded")
    assert (answer.status, answer.type) == (200, "application/json")
    assert shape(said) == shape(page)
    image = Image.objects.get()
    changed = {
        *("uid", "vid", "created_time", "size", "expired_time", "url", "thumb_url")
    }
    for name in page.keys() - changed:
        assert said[name] == page[name], name
    assert (said["uid"], said["vid"]) == (str(image.owner_id), str(image.pk))
    assert said["size"] == len(picture)
    created, expires = moment(said["created_time"]), moment(said["expired_time"])
    assert expires - created == timedelta(days=14)
    assert timedelta() <= datetime.now(UTC) - created < timedelta(minutes=1)


def test_the_documented_question_gets_the_documented_answer(program: Program) -> None:
    uploaded = program.upload(png(640, 360)).json
    request = (
        f"GET {ROOT}/image/{uploaded['vid']} HTTP/1.1\r\nHost: localhost\r\n"
        "User-Agent: curl/8.5.0\r\nAccept: */*\r\nContent-Type:application/json\r\n"
        f"Authorization: {program.token}\r\n\r\n"
    )
    said = program.send(request.encode()).json
    assert shape(said) == shape(documented("image"))
    for name in uploaded.keys() - {"url", "thumb_url"}:
        assert said[name] == uploaded[name], name
    assert said["last_category"] is None


def test_addresses_open_without_a_token_and_count_nothing(program: Program) -> None:
    picture = png(640, 360)
    said = program.upload(picture).json
    assert program.fetch(said["url"]).body == picture
    assert program.fetch(said["thumb_url"]).status == 200
    assert program.get(f"/image/{said['vid']}").json["download_cnt"] == 0
    assert not Download.objects.exists()


@pytest.mark.parametrize("width", [64, 63])
@pytest.mark.parametrize("height", [64, 63])
def test_sides_of_64_pixels_are_taken(
    program: Program, width: int, height: int
) -> None:
    answer = program.upload(png(width, height))
    assert answer.refusal == RESOLUTION if 63 in (width, height) else answer.json["vid"]


@pytest.mark.parametrize(
    ("size", "taken"),
    [
        ((3840, 2160), True),
        ((2160, 3840), True),
        ((3841, 2160), False),
        ((3840, 2161), False),
        ((2160, 3841), False),
        ((3000, 3000), False),
        ((12_000, 6_000), False),
    ],
)
def test_sides_up_to_4k_are_taken(
    program: Program, size: tuple[int, int], *, taken: bool
) -> None:
    answer = program.upload(save(large(*size), "JPEG"), "a.JPG")
    assert (answer.status == 200) is taken
    assert taken or answer.refusal == RESOLUTION


def padded(size: int) -> bytes:
    """Draw a PNG of exactly so many bytes."""
    picture = png(64, 64)
    filling = png_chunk(b"prVt", bytes(size - len(picture) - 12))
    return picture[:-12] + filling + picture[-12:]


def test_50_megabytes_are_taken_and_not_one_byte_more(program: Program) -> None:
    taken = program.upload(padded(MOST)).json
    assert taken["size"] == MOST
    assert program.upload(padded(MOST + 1)).refusal == TOO_LARGE
    head = f"POST {ROOT}/image HTTP/1.1\r\nHost: localhost\r\n{MULTIPART}\r\n"
    head += f"Authorization: {program.token}\r\nContent-Length: {10**12}\r\n\r\n"
    assert program.send(head.encode()).refusal == TOO_LARGE
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "name", "codec"),
    [
        (jpeg(), "a.jpg", "mjpeg"),
        (jpeg(), "a.jpeg", "mjpeg"),
        (bmp(), "a.bmp", "bmp"),
        # By content: the name only has to be one of the list.
        (jpeg(), "a.png", "mjpeg"),
    ],
)
def test_formats_are_told_by_content(
    program: Program, data: bytes, name: str, codec: str
) -> None:
    said = program.upload(data, name).json
    assert (said["codec_name"], said["filename"]) == (codec, name)


@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (webp(), "a.png", FORMAT),
        (png(), "a.webp", FORMAT),
        (png(), "original", FORMAT),
        (b"no picture", "a.png", FORMAT),
        (png()[:500], "a.png", FORMAT),
        (zlib.compress(b"a"), "a.jpg", FORMAT),
        (b"", "a.png", (400, {"message": "file is required"})),
    ],
)
def test_what_is_not_taken_leaves_nothing(
    program: Program, data: bytes, name: str, refusal: object
) -> None:
    assert program.upload(data, name).refusal == refusal
    assert not Image.objects.exists()


def test_a_form_without_the_file_is_told_so(program: Program) -> None:
    required = (400, {"message": "file is required"})
    assert program.upload(png(), part="image").refusal == required
    assert program.post("/image", {"file": "original.png"}).refusal == required
    plain = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\nx'
    body = f"{plain}\r\n--{BOUNDARY}--\r\n".encode()
    assert program.call("POST", f"{ROOT}/image", body, MULTIPART).refusal == required
    broken = program.call(
        "POST", f"{ROOT}/image", b"x", "Content-Type: multipart/form-data"
    )
    assert broken.status == 400
    assert list(broken.json) == ["message"]


def test_foreign_is_as_absent(program: Program, stranger: Program) -> None:
    vid = program.upload(png()).json["vid"]
    for other in (vid, "00000000-0000-0000-0000-0000000000ff", "nonsense", NIL):
        for answer in refused_everywhere(stranger, other):
            assert answer.refusal == GONE
    assert stranger.get("/image").json["all_count"] == 0


def refused_everywhere(program: Program, vid: str) -> list[Said]:
    return [
        program.get(f"/image/{vid}"),
        program.post(f"/image/{vid}/download-inc-count"),
        program.call("DELETE", f"{ROOT}/image/{vid}"),
    ]


@pytest.mark.parametrize("path", ["/image/", "/nothing", "/credit", "/task/"])
def test_other_addresses_are_refused_in_json(program: Program, path: str) -> None:
    for method in ("GET", "POST"):
        answer = program.call(method, f"{ROOT}{path}")
        assert answer.refusal == (404, {"message": "Not Found"})


def test_what_has_expired_is_gone_at_once(program: Program) -> None:
    said = program.upload(png()).json
    Image.objects.update(expires=timezone.now())
    assert [one.refusal for one in refused_everywhere(program, said["vid"])] == [
        GONE
    ] * 3


def test_what_is_deleted_lies_in_the_trash(program: Program) -> None:
    vid = program.upload(png()).json["vid"]
    assert program.call("DELETE", f"{ROOT}/image/{vid}").refusal == (200, {"vid": vid})
    assert program.get(f"/image/{vid}").refusal == GONE
    assert Image.objects.get().trashed


def test_every_report_counts_however_soon(program: Program) -> None:
    vid = program.upload(png()).json["vid"]
    for count in (1, 2, 3):
        answer = program.post(f"/image/{vid}/download-inc-count")
        assert answer.refusal == (200, {"vid": vid, "download_cnt": count})
    assert program.get(f"/image/{vid}").json["download_cnt"] == 3
    assert Image.objects.get().download_count == 3
    assert set(Download.objects.values_list("door", flat=True)) == {"kokoon"}
