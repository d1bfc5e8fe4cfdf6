"""Our own Naver: a HEIC becomes a JPG, by its content and under a new key."""

import io

import pytest
from PIL import Image as Pictures

from imaging.models import Image, User
from tests.drawing import corners, exif, oriented, save
from tests.providers.naver.signing import Program

pytestmark = [pytest.mark.django_db, pytest.mark.both]
MOST = 5_242_880


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


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
