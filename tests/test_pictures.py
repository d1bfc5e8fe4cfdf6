"""What the door says about honest files, and the sentences it refuses others with."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import override_settings

from imaging import pictures
from imaging.pictures import Refused
from tests import drawing

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return write


def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        pictures.inspect(path)
    return caught.value


@pytest.mark.parametrize("kind", drawing.everything())
def test_every_kind_of_picture_is_told_by_its_content(write: Write, kind: str) -> None:
    data = drawing.everything()[kind]
    picture = pictures.inspect(write(data))
    expected = {"progressive": "jpeg", "cmyk": "jpeg", "mpo": "jpeg"}
    names = [name for name in ("jpeg", "bmp", "webp", "heic") if name in kind]
    assert picture.format == (names[0] if names else expected.get(kind, "png"))
    assert picture.content_type == f"image/{picture.format}"
    assert picture.size == len(data)
    assert picture.has_alpha == ("alpha" in kind)
    assert picture.icc == ("sRGB built-in" if "notes" in kind else "")
    assert picture.frames == (3 if "animated" in kind else 2 if kind == "mpo" else 1)
    assert picture.placeholder.startswith("data:image/webp;base64,")
    assert len(picture.placeholder) < 400
    assert "320" in [rendition.name for rendition in picture.renditions]


def test_a_turned_picture_has_the_size_a_person_sees(write: Write) -> None:
    picture = pictures.inspect(write(drawing.oriented(6)))
    assert (picture.width, picture.height) == (480, 320)
    assert (picture.stored_width, picture.stored_height) == (320, 480)
    assert picture.orientation == 6


def test_the_extension_comes_from_the_content(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(drawing.png())
    assert pictures.inspect(path).extension == ".png"


def test_a_page_behind_a_picture_does_not_change_what_it_is(write: Write) -> None:
    picture = pictures.inspect(write(drawing.jpeg() + b"<script>alert(1)</script>"))
    assert picture.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"GIF89a" + bytes(99), "a GIF"),
        (b"%PDF-1.7" + bytes(99), "a PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>" + bytes(99), "an SVG drawing"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(99), "an AVIF"),
        (b"BMW is a car, this is a text." + bytes(99), "unknown"),
    ],
)
def test_other_files_are_refused_by_name(write: Write, data: bytes, seen: str) -> None:
    refused = refusal(write(data))
    assert (refused.code, refused.status) == ("unknown_format", 415)
    assert refused.measured == seen
    assert "Send it as JPEG, PNG, BMP, WebP or HEIC." in refused.message


def test_an_empty_file_is_refused(write: Write) -> None:
    refused = refusal(write(b""))
    assert (refused.code, refused.status, refused.measured) == ("empty", 400, 0)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(drawing.jpeg())
        file.truncate(pictures.MAX_BYTES + 1)
    refused = refusal(path)
    assert (refused.code, refused.status) == ("too_many_bytes", 413)
    assert "100.1 MB" in refused.message
    assert "100 MB" in refused.message


def test_a_picture_needs_64_pixels_on_each_side(write: Write) -> None:
    assert pictures.inspect(write(drawing.png(64, 64))).width == 64
    refused = refusal(write(drawing.png(640, 63)))
    assert (refused.code, refused.limit, refused.measured) == ("too_small", 64, 63)
    assert "640 × 63" in refused.message


@pytest.mark.parametrize("height", [6900, 6889])
def test_too_many_pixels_are_refused_by_the_header(write: Write, height: int) -> None:
    refused = refusal(write(drawing.huge_png(9000, height)))
    assert (refused.code, refused.measured) == ("too_large_pixels", 62.1)
    assert "62.1 megapixels (9,000 × 6," in refused.message
    assert "at most 62 are taken" in refused.message


def test_a_webp_bomb_is_refused_by_the_header(write: Write) -> None:
    refused = refusal(write(drawing.webp_bomb()))
    assert (refused.code, refused.measured) == ("too_large_pixels", 268.5)


@override_settings(MAX_MEGAPIXELS=0.3)
def test_the_operator_sets_the_megapixels(write: Write) -> None:
    refused = refusal(write(drawing.jpeg()))
    assert (refused.code, refused.limit) == ("too_large_pixels", 0.3)


def test_the_digest_is_sha_256(write: Write) -> None:
    data = drawing.jpeg()
    assert pictures.digest_of(write(data)) == hashlib.sha256(data).hexdigest()


def test_more_frames_than_a_database_counts_are_refused(write: Write) -> None:
    assert pictures.inspect(write(drawing.with_frames(2**31 - 1))).frames == 2**31 - 1
    assert refusal(write(drawing.with_frames(2**31))).code == "damaged"


def test_a_profile_is_named_without_what_nobody_sees(write: Write) -> None:
    hidden = drawing.profile().replace(
        "sRGB".encode("utf-16-be"), "s\u202eG\u200b".encode("utf-16-be")
    )
    data = drawing.save(drawing.photo(), "JPEG", icc_profile=hidden)
    assert pictures.inspect(write(data)).icc == "sG built-in"
