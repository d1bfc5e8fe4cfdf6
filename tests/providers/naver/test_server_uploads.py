"""Our own Naver: addresses for one file, the three reasons, HEIC that becomes JPG."""

import io
import re
import time
import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from PIL import Image as Pictures

from imaging.models import Image, Team, Upload, User, VendorRecord
from tests.drawing import bmp, corners, exif, heic, jpeg, oriented, png, save, webp
from tests.providers.naver.signing import INVALID, UPLOADS, Program

pytestmark = [pytest.mark.django_db, pytest.mark.both]
MOST = 5_242_880


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


def code(answer: object) -> tuple[int, list[str]]:
    said = answer.content.decode()  # type: ignore[attr-defined]
    return answer.status_code, re.findall(r"<Code>(\w+)</Code>", said)  # type: ignore[attr-defined]


def test_a_picture_is_sent_once_and_then_counts(program: Program, alice: User) -> None:
    key, target = program.address("query_image.jpg")
    assert re.fullmatch(r"images/[0-9a-f]{32}/query_image\.jpg", key)
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
    assert program.put(target, jpeg()).status_code == 200
    assert code(program.put(target, jpeg())) == (403, ["AccessDenied"])
    assert not Image.objects.exists()
    for _ in range(2):
        assert program.complete(key) == (key, "COMPLETED", None)
    image = Image.objects.get()
    assert (image.team, image.owner) == (alice.own_teams()[0], alice)
    assert image.name == "query_image.jpg"
    with image.blob.open() as stored:
        assert stored.read() == jpeg()
    left = image.expires - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)


def test_an_address_ends_after_a_quarter_of_an_hour(program: Program) -> None:
    key, target = program.address("a.png")
    now = time.time()
    with mock.patch("imaging.api.presigned.time.time", return_value=now + 901):
        assert code(program.put(target, png())) == (403, ["AccessDenied"])
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
    with mock.patch("imaging.api.presigned.time.time", return_value=now + 895):
        assert program.put(target, png()).status_code == 200


def test_asking_too_early_does_not_lengthen_it(program: Program) -> None:
    key, _target = program.address("a.png")
    before = Upload.objects.get().expires
    program.complete(key)
    assert Upload.objects.get().expires == before


def padded(data: bytes, size: int) -> bytes:
    """Bytes behind the end of a JPEG, which readers do not mind."""
    return data + b"\0" * (size - len(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jpeg(224, 224), None),
        (jpeg(223, 400), "RESOLUTION_NOT_SUPPORT"),
        (jpeg(400, 223), "RESOLUTION_NOT_SUPPORT"),
        (heic(223, 224), "RESOLUTION_NOT_SUPPORT"),
        (padded(jpeg(), MOST), None),
        (padded(jpeg(), MOST + 1), "OVER_SIZE_LIMIT"),
        (padded(jpeg(100, 100), MOST + 1), "OVER_SIZE_LIMIT"),
        (webp(), None),
        (bmp(), "RESOLUTION_NOT_SUPPORT"),
        (b"no picture at all", "RESOLUTION_NOT_SUPPORT"),
        (jpeg()[:2_000], "RESOLUTION_NOT_SUPPORT"),
    ],
    ids=[
        "224",
        "223 wide",
        "223 high",
        "HEIC of 223",
        "5 MB",
        "a byte more",
        "size is judged first",
        "WebP",
        "BMP",
        "no picture",
        "truncated",
    ],
)
def test_limits_at_their_edges(
    program: Program, data: bytes, reason: str | None
) -> None:
    key = program.sent("a.jpg", data)
    for _ in range(2):
        status = "FAILED" if reason else "COMPLETED"
        assert program.complete(key) == (key, status, reason)
    assert Image.objects.exists() == (reason is None)


def test_the_store_stops_reading_at_50_megabytes(program: Program) -> None:
    key, target = program.address("a.jpg")
    assert code(program.put(target, bytes(50 * 2**20 + 1))) == (
        400,
        ["EntityTooLarge"],
    )
    # What was not taken does not use the address up.
    assert program.put(target, jpeg()).status_code == 200
    assert program.complete(key)[1] == "COMPLETED"


@pytest.mark.parametrize(
    ("name", "final"),
    [
        ("photo.heic", "photo.jpg"),
        ("IMG.HEIC", "IMG.jpg"),
        ("photo.jpg", "photo.jpg"),
        ("photo.png", "photo.jpg"),
    ],
)
def test_a_heic_becomes_a_jpg_by_its_content(
    program: Program, name: str, final: str
) -> None:
    upright, notes = corners(), exif(1)
    key = program.sent(name, save(upright, "HEIF", exif=notes, quality=90))
    folder = key.rpartition("/")[0]
    # The key to come names nothing yet.
    if name != final:
        assert program.complete(f"{folder}/{final}")[1] == "FAILED"
    for asked in (key, key, f"{folder}/{final}"):
        assert program.complete(asked) == (f"{folder}/{final}", "COMPLETED", None)
    image = Image.objects.get()
    assert (image.name, image.blob.format) == (final, "jpeg")
    with image.blob.open() as stored:
        data = stored.read()
    assert b"Secret Camera" not in data
    assert b"SERIAL-4711" not in data
    with Pictures.open(io.BytesIO(data)) as made:
        assert made.size == upright.size
        assert not made.getexif()
        red, green, blue = made.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
    assert (red > 180, green < 80, blue < 80) == (True, True, True)


def test_a_turned_heic_is_stored_upright(program: Program) -> None:
    program.complete(program.sent("a.heic", oriented(6, "HEIF")))
    blob = Image.objects.get().blob
    assert (blob.width, blob.height, blob.orientation) == (480, 320, 1)


def test_a_jpeg_that_is_named_heic_keeps_key_and_bytes(program: Program) -> None:
    data = oriented(6)
    key = program.sent("photo.heic", data)
    assert program.complete(key) == (key, "COMPLETED", None)
    with Image.objects.get().blob.open() as stored:
        assert stored.read() == data


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"assetFileName": "a.jpg"},
        {"assetType": "VIDEO", "assetFileName": "a.jpg"},
        {"assetType": "IMAGE"},
        *(
            {"assetType": "IMAGE", "assetFileName": name}
            for name in (
                "",
                1,
                None,
                "a/b.jpg",
                "a\n.jpg",
                "a\0.jpg",
                "a.bmp",
                "jpg",
                "\ud800.jpg",
                f"{'x' * 252}.jpg",
            )
        ),
        [],
        "{",
        "[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_request_for_an_address_leaves_nothing(
    program: Program, body: object
) -> None:
    assert program.post(f"{UPLOADS}/presigned-url", body) == INVALID
    assert not Upload.objects.exists()
    assert not VendorRecord.objects.exists()


@pytest.mark.parametrize("name", [f"{'x' * 251}.heic"[1:], "a b;ü.JPEG", "..jpg"])
def test_a_name_comes_back_as_it_was_said(program: Program, name: str) -> None:
    key = program.sent(name, jpeg())
    assert key.endswith(f"/{name}")
    assert program.complete(key) == (key, "COMPLETED", None)


@pytest.mark.parametrize("body", [{}, {"assetKey": ""}, {"assetKey": 7}, {"a": 1}])
def test_a_key_has_to_be_named(program: Program, body: object) -> None:
    assert program.post(f"{UPLOADS}/complete", body) == INVALID


def test_unknown_and_altered_keys_are_not_found(program: Program) -> None:
    key = program.sent("a.jpg", jpeg())
    program.complete(key)
    other = f"images/{uuid.uuid4().hex}/a.jpg"
    for wrong in (other, f"{key}x", key.upper(), "a", "images//a", "\u0661" * 40):
        assert program.complete(wrong) == (wrong, "FAILED", "FILE_NOT_EXIST")


def test_another_person_finds_nothing(program: Program, charlie: User) -> None:
    key = program.sent("a.jpg", jpeg())
    for _ in range(2):
        assert Program(charlie).complete(key) == (key, "FAILED", "FILE_NOT_EXIST")
        program.complete(key)
    assert program.complete(key)[1] == "COMPLETED"


def test_what_was_deleted_is_not_there_any_more(program: Program, alice: User) -> None:
    key = program.sent("a.jpg", jpeg())
    program.complete(key)
    Image.objects.trash([Image.objects.get().pk], alice)
    assert program.complete(key) == (key, "FAILED", "FILE_NOT_EXIST")


def test_a_full_storage_is_no_fault_of_the_file(program: Program) -> None:
    key = program.sent("a.jpg", jpeg())
    Team.objects.update(max_bytes=1_000)
    assert program.post(f"{UPLOADS}/complete", {"assetKey": key})[0] == 503
    Team.objects.update(max_bytes=10**9)
    assert program.complete(key)[1] == "COMPLETED"


def test_too_many_that_wait_are_told_to_come_later(program: Program) -> None:
    Team.objects.update(max_pending_uploads=1)
    program.address("a.jpg")
    asked = {"assetType": "IMAGE", "assetFileName": "a.jpg"}
    answer = program.ask("POST", f"{UPLOADS}/presigned-url", asked)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert VendorRecord.objects.count() == 1
