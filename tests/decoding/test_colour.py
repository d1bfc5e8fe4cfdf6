"""Profiles: kept where they can stay, applied where they cannot."""

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from imaging import pictures
from tests import drawing


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Put a version 2 colour profile together."""
    texts = {b"cprt": b"text" + bytes(4) + b"none\0", b"desc": described(space)}
    tags = texts | {b"wtpt": b"XYZ " + bytes(4) + white()} | tags
    at, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s",
        at + len(body),
        bytes(4),
        0x02400000,
        b"prtr",
        space,
        b"Lab " if space == b"CMYK" else b"XYZ ",
    )
    head += bytes(12) + b"acsp" + bytes(28) + white()
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def white() -> bytes:
    return struct.pack(">3i", 63190, 65536, 54061)


def described(space: bytes) -> bytes:
    text = b"Drawn " + space + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)


def grey_profile() -> bytes:
    """A grey of gamma 1: its middle is far lighter than sRGB's."""
    return icc(b"GRAY", {b"kTRC": b"curv" + bytes(8)})


def cmyk_profile() -> bytes:
    """An odd printer whose cyan is red: only who applies the profile can know."""
    table = b""
    for inks in np.ndindex(2, 2, 2, 2):
        lightness, a, b = (54, 81, 70) if inks == (1, 0, 0, 0) else (100, 0, 0)
        table += bytes([lightness * 255 // 100, a + 128, b + 128])
    curve = bytes(range(256))
    unit = struct.pack(">9i", *(np.eye(3, dtype=int) * 65536).flatten())
    lut = (
        b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + curve * 4 + table + curve * 3
    )
    return icc(b"CMYK", {b"A2B0": lut})


def first(folder: Path, data: bytes) -> tuple[pictures.Picture, Image.Image]:
    path = folder / "file"
    path.write_bytes(data)
    picture = pictures.inspect(path)
    return picture, Image.open(io.BytesIO(picture.renditions[-1].data))


def test_a_cmyk_profile_is_applied(tmp_path: Path) -> None:
    cyan = Image.new("CMYK", (200, 200), (255, 0, 0, 0))
    data = drawing.save(cyan, "JPEG", icc_profile=cmyk_profile())
    picture, small = first(tmp_path, data)
    assert picture.icc == "Drawn CMYK"
    assert "icc_profile" not in small.info
    red, green, blue = small.convert("RGB").getpixel((100, 100))
    assert red > 230
    assert max(green, blue) < 40


def test_a_grey_profile_is_applied(tmp_path: Path) -> None:
    grey = Image.new("L", (200, 200), 128)
    picture, small = first(
        tmp_path, drawing.save(grey, "PNG", icc_profile=grey_profile())
    )
    assert picture.icc == "Drawn GRAY"
    assert abs(small.convert("L").getpixel((100, 100)) - 188) < 4


def test_a_profile_of_another_kind_than_the_pixels_is_left_out(tmp_path: Path) -> None:
    data = drawing.jpeg(icc_profile=drawing.profile("LAB"))
    _, small = first(tmp_path, data)
    assert "icc_profile" not in small.info


def test_a_profile_heavier_than_the_picture_is_applied(tmp_path: Path) -> None:
    heavy = drawing.profile() + bytes(40_000)
    picture, small = first(tmp_path, drawing.png(icc_profile=heavy))
    assert picture.icc == "sRGB built-in"
    assert "icc_profile" not in small.info


def test_decoded_pixels_keep_an_rgb_profile_and_apply_others(tmp_path: Path) -> None:
    path, to = tmp_path / "file", tmp_path / "pixels.npy"
    path.write_bytes(drawing.jpeg(icc_profile=drawing.profile()))
    pictures.decode(path, to)
    assert pictures.icc_of(to).read_bytes() == drawing.profile()
    cyan = Image.new("CMYK", (200, 100), (255, 0, 0, 0))
    path.write_bytes(drawing.save(cyan, "JPEG", icc_profile=cmyk_profile()))
    assert pictures.decode(path, to) == (200, 100)
    assert np.load(to)[50, 50, 0] > 230
    assert not pictures.icc_of(to).exists()
