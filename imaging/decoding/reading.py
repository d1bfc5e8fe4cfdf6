"""Reads one hostile picture from an open file: header, check, all pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image

from imaging.decoding import refusals
from imaging.decoding.colour import Profile, is_transparent, profile_of
from imaging.decoding.forkserver import allow_time
from imaging.decoding.jpeg import count_scans
from imaging.decoding.renditions import fitted
from imaging.decoding.sandbox import Limits

PLUGINS = {"jpeg": "JPEG", "png": "PNG", "bmp": "BMP", "webp": "WEBP", "heic": "HEIF"}
# Ten are usual. Each one is a pass over all pixels for as little as 10 bytes of file.
MOST_SCANS = 100
ORIENTATION = 0x0112


@dataclass(frozen=True)
class Given:
    """A file to be read: its format by its first bytes, and what reading may cost.

    `announce` is told the pixels before they are read.
    """

    file: BinaryIO
    format: str
    limits: Limits
    announce: Callable[[int], None]


@dataclass(frozen=True)
class Loaded:
    """A picture in memory, perhaps as a draft; `size` is its own, as stored."""

    picture: Image.Image
    size: tuple[int, int]
    mode: str
    frames: int
    orientation: int
    profile: Profile | None
    alpha: bool


def load(given: Given, side: int | None = None) -> Loaded:
    """Check a file by its header, verify it, and read it to its end.

    Where the format can, pixels are made only as many as `side` needs; that reads
    every byte all the same, and fails on a truncated file like a full one.
    """
    verify(given)
    picture = opened(given)
    size, mode = picture.size, picture.mode
    frames = int(getattr(picture, "n_frames", 1))
    if given.format == "webp" and frames == 1:
        info = picture.info
        # The two canvases that it holds are half of all memory there is.
        del picture
        picture = still_webp(given, info)
    elif given.format == "jpeg" and side:
        picture.draft(mode, fitted(*size, side))
    picture.load()
    if given.format != "jpeg" and picture.size != size:
        check_header(given, *(size := picture.size))
    return Loaded(
        picture,
        size,
        mode,
        frames,
        orientation_of(picture),
        profile_of(picture),
        is_transparent(picture),
    )


def verify(given: Given) -> None:
    """Refuse what can be refused without decoding."""
    with opened(given) as picture:
        check_header(given, *picture.size)
        if picture.info.get("progressive"):
            check_scans(given)
        picture.verify()


def opened(given: Given) -> Image.Image:
    given.file.seek(0)
    if given.format == "webp":
        # Its decoder asks for the memory of the canvas before it can be asked for size.
        check_header(given, *webp_size(given.file.read(30)))
        given.file.seek(0)
    return Image.open(given.file, formats=[PLUGINS[given.format]])


def still_webp(given: Given, info: dict[Any, Any]) -> Image.Image:
    """Decode a WebP of one frame without the canvases that animation needs."""
    given.file.seek(0)
    data = np.frombuffer(given.file.read(), np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OSError("the WebP cannot be decoded")
    mode, raw = {3: ("RGB", "BGR"), 4: ("RGBA", "BGRA")}[pixels.shape[2]]
    picture = Image.frombuffer(mode, pixels.shape[1::-1], pixels, "raw", raw, 0, 1)
    picture.info = info
    return picture


def webp_size(head: bytes) -> tuple[int, int]:
    """Read the canvas of a WebP from the first 30 bytes of the file."""
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    sides = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    return sides[0] & 0x3FFF, sides[1] & 0x3FFF


def check_header(given: Given, width: int, height: int) -> None:
    """Refuse what is too small or too large; allow time for the rest."""
    refusals.check_sides(width, height, given.limits.pixels)
    pixels = width * height
    allow_time(given.limits, pixels)
    given.announce(pixels)


def check_scans(given: Given) -> None:
    """Refuse a JPEG that takes minutes: its passes multiply the cost of its pixels."""
    given.file.seek(0)
    if count_scans(given.file.read(), MOST_SCANS) > MOST_SCANS:
        raise refusals.too_many_scans(MOST_SCANS)


def orientation_of(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none that makes sense."""
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a broken note does not spoil good pixels
        return 1
    return value if value in range(1, 9) else 1
