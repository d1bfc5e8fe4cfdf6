"""What a provider takes: verdicts from facts alone, and copies that fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imaging import pictures
from imaging.failures import ProviderError
from imaging.providers.base import Facts, Job
from imaging.providers.limits import Limits, sent_as
from tests import drawing

LIMITS = Limits(
    ("jpeg", "png", "bmp"),
    min_side=64,
    long_side=400,
    short_side=240,
    max_bytes=100_000,
)
COLOURS = drawing.RED, drawing.GREEN, drawing.BLUE, drawing.WHITE


def facts(
    width: int = 300, height: int = 200, form: str = "jpeg", **more: Any
) -> Facts:
    return Facts("a.jpg", form, more.pop("size", 1_000), width, height, **more)


def job(folder: Path, data: bytes) -> Job:
    """Return a job on these bytes, its facts as the door would find them."""
    path = folder / "given"
    path.write_bytes(data)
    seen = pictures.inspect(path)

    @contextmanager
    def source() -> Iterator[Path]:
        yield path

    return Job(
        id="1",
        attempt=1,
        operation="upscale",
        options={},
        facts=Facts(
            name="photo.heic",
            format=seen.format,
            size=seen.size,
            width=seen.width,
            height=seen.height,
            has_alpha=seen.has_alpha,
            orientation=seen.orientation,
        ),
        scratch=folder,
        source=source,
        progress=lambda fraction: None,
    )


@pytest.mark.parametrize(
    "seen",
    [
        facts(64, 64),
        facts(400, 240),
        facts(240, 400),
        facts(size=100_000),
        facts(form="bmp"),
        facts(form="png", has_alpha=True),
    ],
)
def test_what_lies_on_a_limit_is_taken_as_it_is(seen: Facts) -> None:
    assert LIMITS.verdict(seen).state == "ok"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (facts(401, 240), "made smaller to 400 × 239"),
        (facts(240, 401), "made smaller to 239 × 400"),
        (facts(300, 300), "made smaller to 240 × 240"),
        (facts(form="heic"), "saved as JPEG"),
        (facts(form="webp", has_alpha=True), "saved as PNG"),
        (facts(orientation=6), "turned upright"),
        (facts(orientation=3), "turned upright"),
        (facts(form="heic", size=100_001), "saved as JPEG of at most 0.0953674 MB"),
        (facts(800, 480, "heic"), "made smaller to 400 × 240, saved as JPEG"),
        (
            facts(form="png", size=100_001, has_alpha=True),
            "saved as JPEG of at most 0.0953674 MB, laid on white where it is "
            "transparent",
        ),
    ],
)
def test_what_is_done_to_a_copy_is_said_beforehand(seen: Facts, words: str) -> None:
    verdict = LIMITS.verdict(seen)
    assert (verdict.state, verdict.reason) == ("adapted", f"Sent as a copy: {words}.")


@pytest.mark.parametrize(
    ("seen", "measured"),
    [
        (facts(63, 200), "63 × 200 px"),
        (facts(200, 63), "200 × 63 px"),
        # Made so small that the long side is taken, the short one is not any more.
        (facts(4_000, 600), "400 × 60 px"),
    ],
)
def test_too_small_is_blocked_and_never_enlarged(seen: Facts, measured: str) -> None:
    verdict = LIMITS.verdict(seen)
    assert (verdict.blocked, verdict.limit) == (True, "64 × 64 px")
    assert verdict.measured == measured


def test_pixels_are_limited_in_all() -> None:
    limits = Limits(("jpeg",), max_pixels=30_000)
    assert limits.verdict(facts(200, 150)).state == "ok"
    width, height = limits.size(facts(400, 150))
    assert (width, height) == (282, 106)


def test_what_a_provider_says_comes_before_what_is_printed() -> None:
    told = LIMITS.within(max_bytes=5, long_side=None)
    assert (told.max_bytes, told.long_side) == (5, 400)
    assert "from 64 × 64 px · to 400 × 240 px, or turned" in str(LIMITS)


def test_the_original_itself_is_lent_when_it_is_taken(tmp_path: Path) -> None:
    data = drawing.jpeg(300, 200)
    with LIMITS.fitted(job(tmp_path, data)) as path:
        assert path.read_bytes() == data
        assert sent_as("photo.heic", path) == ("photo.jpg", "image/jpeg")
        assert sent_as("photo.JPEG", path)[0] == "photo.JPEG"
        assert sent_as("2024.08 at sea", path)[0].endswith(".jpg")


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_copy_is_upright_and_says_so(tmp_path: Path, orientation: int) -> None:
    given = job(tmp_path, drawing.oriented(orientation))
    with LIMITS.fitted(given) as path, Image.open(path) as picture:
        assert picture.size == (360, 240)
        assert picture.getexif().get(0x0112, 1) == 1
        for at, colour in enumerate(COLOURS):
            where = (90 + at % 2 * 180, 60 + at // 2 * 120)
            pixel = picture.convert("RGB").getpixel(where)
            assert isinstance(pixel, tuple)
            assert max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) < 12


def test_a_copy_keeps_its_colours(tmp_path: Path) -> None:
    data = drawing.save(drawing.photo(500, 300), "PNG", icc_profile=drawing.profile())
    with LIMITS.fitted(job(tmp_path, data)) as path, Image.open(path) as picture:
        assert picture.size == (400, 240)
        assert picture.info["icc_profile"] == drawing.profile()


def test_a_copy_has_no_more_bytes_than_are_taken(tmp_path: Path) -> None:
    data = drawing.png(400, 240)
    given = job(tmp_path, data)
    assert len(data) > LIMITS.max_bytes
    with LIMITS.fitted(given) as path:
        assert path.stat().st_size <= LIMITS.max_bytes
        assert sent_as("photo.png", path) == ("photo.jpg", "image/jpeg")
        with Image.open(path) as picture:
            assert picture.size == (400, 240)
    # Asked once more, as after a lost answer, the same copy is lent.
    with LIMITS.fitted(given) as again:
        assert again == path


def test_one_that_stays_too_heavy_gets_smaller_until_it_would_be_too_small(
    tmp_path: Path,
) -> None:
    given = job(tmp_path, drawing.png(400, 240))
    few = LIMITS.within(max_bytes=6_000)
    with few.fitted(given) as path, Image.open(path) as picture:
        assert path.stat().st_size <= 6_000
        assert 64 <= min(picture.size) < 240
    for made in tmp_path.glob("fitted/*"):
        made.unlink()
    with (
        pytest.raises(ProviderError, match="Not even a small copy") as caught,
        LIMITS.within(max_bytes=500).fitted(given),
    ):
        pass
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("formats", "mode"), [(("jpeg", "png"), "RGBA"), (("jpeg",), "RGB")]
)
def test_a_transparent_picture_stays_so_where_it_can(
    tmp_path: Path, formats: tuple[str, ...], mode: str
) -> None:
    clear = drawing.photo(500, 300)
    clear.putalpha(0)
    given = job(tmp_path, drawing.save(clear, "WEBP"))
    limits = LIMITS.within(formats=formats)
    with limits.fitted(given) as path, Image.open(path) as picture:
        assert (picture.mode, picture.size) == (mode, (400, 240))
        pixel = picture.convert("RGBA").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel == (255, 255, 255, 255) if mode == "RGB" else pixel[3] == 0


def test_bytes_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    given = job(tmp_path, drawing.oriented(6))
    (tmp_path / "given").write_bytes(drawing.oriented(6)[:-3_000])
    with (
        pytest.raises(ProviderError, match="damaged") as caught,
        LIMITS.fitted(given),
    ):
        pass
    assert caught.value.permanent
