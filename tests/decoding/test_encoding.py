"""From a file to pixels and back: what engines read and write."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging import pictures
from imaging.pictures import Refused
from tests import drawing

NO_LOSS = [kind for kind in drawing.everything() if "png" in kind or "bmp" in kind]


def decoded(folder: Path, data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Return pixels, and alpha where there is any."""
    path, to = folder / "file", folder / "pixels.npy"
    path.write_bytes(data)
    width, height = pictures.decode(path, to)
    pixels = np.load(to, mmap_mode="r")
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8
    beside = pictures.alpha_of(to)
    return pixels, np.load(beside, mmap_mode="r") if beside.exists() else None


@pytest.mark.parametrize("kind", NO_LOSS)
def test_pixels_are_those_of_the_file(tmp_path: Path, kind: str) -> None:
    data = drawing.everything()[kind]
    expected = Image.open(io.BytesIO(data))
    if expected.mode == "I;16":
        expected = Image.fromarray((np.asarray(expected) >> 8).astype(np.uint8))
    pixels, alpha = decoded(tmp_path, data)
    assert alpha is None
    assert np.array_equal(pixels, np.asarray(expected.convert("RGB")))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_upright(tmp_path: Path, orientation: int, form: str) -> None:
    pixels, _ = decoded(tmp_path, drawing.oriented(orientation, form))
    assert pixels.shape == (320, 480, 3)
    found = [pixels[y, x] for y in (80, 240) for x in (120, 360)]
    expected = [drawing.RED, drawing.GREEN, drawing.BLUE, drawing.WHITE]
    assert np.abs(np.array(found, int) - np.array(expected)).max() < 12


def test_alpha_lies_beside_the_pixels(tmp_path: Path) -> None:
    pixels, alpha = decoded(tmp_path, drawing.see_through())
    assert alpha is not None
    assert alpha.shape == pixels.shape[:2]
    assert (alpha[:, :320].max(), alpha[:, 320:].min()) == (0, 255)


def test_a_refusal_leaves_no_file(tmp_path: Path) -> None:
    path, to = tmp_path / "file", tmp_path / "pixels.npy"
    path.write_bytes(drawing.png()[:-9000])
    with pytest.raises(Refused):
        pictures.decode(path, to)
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(drawing.jpeg())
    target = tmp_path / "pixels.npy"
    target.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        pictures.decode(path, target)


@pytest.mark.parametrize("form", ["jpeg", "png", "bmp", "webp", "heic"])
def test_every_format_can_be_written(tmp_path: Path, form: str) -> None:
    pixels = np.asarray(drawing.photo(320, 240))
    to = tmp_path / "result"
    pictures.encode(pixels, to, format=form, quality=95, icc=drawing.profile())
    picture = pictures.inspect(to)
    assert (picture.format, picture.width, picture.height) == (form, 320, 240)
    assert picture.icc == ("" if form == "bmp" else "sRGB built-in")
    again, _ = decoded(tmp_path, to.read_bytes())
    assert np.abs(again.astype(int) - pixels).mean() < 6


@pytest.mark.parametrize("form", ["png", "webp", "heic"])
def test_alpha_is_written_where_the_format_has_it(tmp_path: Path, form: str) -> None:
    pixels = np.asarray(drawing.photo(320, 240))
    alpha = np.tile(np.linspace(0, 255, 320).astype(np.uint8), (240, 1))
    to = tmp_path / "result"
    pictures.encode(pixels, to, format=form, alpha=alpha)
    _, again = decoded(tmp_path, to.read_bytes())
    assert again is not None
    assert np.abs(again.astype(int) - alpha).mean() < 3


def test_a_format_without_alpha_gets_white(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    to = tmp_path / "result"
    pictures.encode(pixels, to, format="jpeg", alpha=np.zeros((64, 64), np.uint8))
    assert decoded(tmp_path, to.read_bytes())[0].min() == 255


def test_a_result_too_large_for_its_format_is_refused(tmp_path: Path) -> None:
    wide = np.zeros((64, 16_384, 3), np.uint8)
    with pytest.raises(Refused, match="16,383 on a side. Choose PNG"):
        pictures.encode(wide, tmp_path / "result", format="webp")
