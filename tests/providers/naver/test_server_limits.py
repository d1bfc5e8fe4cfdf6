"""Our own Naver: what is taken, at the edges, and what is no request."""

import pytest

from imaging.models import Image, Upload, User, VendorRecord
from tests.drawing import bmp, heic, jpeg, webp
from tests.providers.naver.signing import INVALID, UPLOADS, Program, code

pytestmark = [pytest.mark.django_db, pytest.mark.both]
MOST = 5_242_880


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


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


@pytest.mark.parametrize("body", [{}, {"assetKey": ""}, {"assetKey": 7}, {"a": 1}])
def test_a_key_has_to_be_named(program: Program, body: object) -> None:
    assert program.post(f"{UPLOADS}/complete", body) == INVALID
