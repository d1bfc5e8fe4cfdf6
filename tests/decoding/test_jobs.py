"""Damaged and large files: what is read to its end, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import psutil
import pytest

from imaging import pictures
from imaging.pictures import Picture, Refused
from tests import drawing

SIDES = (9600, 6458)  # 61,996,800 pixels
CODES = {"damaged", "unknown_format", "too_small", "too_large_pixels", "empty"}


def answer(path: Path, data: bytes) -> Picture | Refused:
    """Inspect bytes; what is neither a picture nor a refusal is an error."""
    path.write_bytes(data)
    try:
        return pictures.inspect(path)
    except Refused as refused:
        return refused
    finally:
        path.unlink()


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "mpo", "cmyk"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_jpeg_is_refused_though_read_at_a_reduced_size(
    tmp_path: Path, kind: str, share: float
) -> None:
    data = drawing.everything()[kind]
    if kind == "mpo":
        data = data[: len(data) // 2]  # about where the first of two pictures ends
    refused = answer(tmp_path / "file", data[: int(len(data) * share)])
    assert isinstance(refused, Refused)
    assert refused.code == "damaged"
    assert refused.status == 422


def test_a_truncated_jpeg_is_refused_at_every_reduction(tmp_path: Path) -> None:
    for width in (400, 800, 1600, 3200):
        data = drawing.jpeg(width, width)
        refused = answer(tmp_path / "file", data[: len(data) - 500])
        assert isinstance(refused, Refused), width


@pytest.mark.parametrize("kind", ["png", "bmp", "webp", "lossless webp", "heic"])
def test_other_truncated_files_are_refused(tmp_path: Path, kind: str) -> None:
    data = drawing.everything()[kind]
    refused = answer(tmp_path / "file", data[: len(data) * 2 // 3])
    assert isinstance(refused, Refused)
    assert refused.code == "damaged"


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    data = bytearray(drawing.png(icc_profile=drawing.profile()))
    data[data.index(b"iCCP") + 40] ^= 1
    refused = answer(tmp_path / "file", bytes(data))
    assert isinstance(refused, Refused)
    assert refused.code == "damaged"


def test_broken_notes_do_not_spoil_good_pixels(tmp_path: Path) -> None:
    for notes in (b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff"):
        data = drawing.jpeg(exif=notes, icc_profile=b"no profile at all")
        picture = answer(tmp_path / "file", data)
        assert isinstance(picture, Picture)
        assert (picture.orientation, picture.icc) == (1, "")


def test_long_notes_in_a_png_are_no_reason_to_refuse(tmp_path: Path) -> None:
    text = drawing.png_chunk(b"zTXt", b"Workflow\0\0" + drawing.packed(b"{}" * 2**20))
    data = drawing.png()
    assert isinstance(answer(tmp_path / "file", data[:33] + text + data[33:]), Picture)


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("JPEG", "RGB", {"quality": 92}),
        ("JPEG", "CMYK", {"quality": 85}),
        ("PNG", "RGB", {"compress_level": 1}),
        ("BMP", "L", {}),
    ],
)
def test_62_megapixels_are_read_without_burdening_this_process(
    tmp_path: Path, form: str, mode: str, options: dict[str, int]
) -> None:
    path = tmp_path / "large"
    drawing.large(*SIDES, mode).save(path, form, **options)
    before = psutil.Process().memory_info().rss
    picture = pictures.inspect(path)
    assert psutil.Process().memory_info().rss - before < 64 * 2**20
    assert (picture.width, picture.height) == SIDES


def test_nothing_but_a_picture_or_a_refusal_comes_of_damage(tmp_path: Path) -> None:
    fuzz(tmp_path, range(15))


@pytest.mark.prove
def test_nothing_but_a_picture_or_a_refusal_comes_of_much_damage(
    tmp_path: Path,
) -> None:
    fuzz(tmp_path, range(1000, 1220))


def fuzz(folder: Path, seeds: range) -> None:
    """Damage every kind of picture once per seed, and inspect what is left of it."""
    kinds = drawing.everything()

    def damage(case: tuple[str, int]) -> Picture | Refused:
        kind, seed = case
        data = drawing.mutated(kinds[kind], seed)
        return answer(folder / f"{kind} {seed}", data)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(damage, product(kinds, seeds)))
    codes = {item.code for item in answers if isinstance(item, Refused)}
    assert "damaged" in codes
    assert codes <= CODES
    assert any(isinstance(item, Picture) for item in answers)
    assert list(folder.iterdir()) == []
