"""Where a file of a format says how long its chunks are, and how large its picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Order = Literal["big", "little"]
# Boxes of HEIC that hold others, and what comes before those.
BOXES = {b"meta": 4, b"iprp": 0, b"ipco": 0}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Field:
    """A number in a file."""

    at: int
    width: int
    order: Order = "big"

    def write(self, data: bytearray, value: int) -> None:
        value %= 256**self.width
        data[self.at : self.at + self.width] = value.to_bytes(self.width, self.order)

    def read(self, data: bytes) -> int:
        return int.from_bytes(data[self.at : self.at + self.width], self.order)


def lengths(data: bytes) -> list[Field]:
    """Return the fields that say how long something is."""
    if data.startswith(b"\xff\xd8"):
        return [Field(at + 2, 2) for at, _ in segments(data)]
    if data.startswith(b"\x89PNG"):
        return [Field(at, 4) for at, _ in chunks(data)]
    if data.startswith(b"RIFF"):
        return [
            Field(4, 4, "little"),
            *[Field(at + 4, 4, "little") for at in riff(data)],
        ]
    if data.startswith(b"BM"):
        return [Field(at, 4, "little") for at in (2, 10, 14, 34, 46)]
    return [Field(at, 4) for at, _ in boxes(data, 0, len(data))]


def sizes(data: bytes) -> list[Field]:
    """Return the fields that say how large the picture is, and of what kind."""
    if data.startswith(b"\xff\xd8"):
        found = [at for at, kind in segments(data) if kind in FRAMES]
        return [
            field
            for at in found
            for field in (Field(at + 4, 1), Field(at + 5, 2), Field(at + 7, 2))
        ] + [Field(at + 9, 1) for at in found]
    if data.startswith(b"\x89PNG"):
        return [Field(16, 4), Field(20, 4), *[Field(at, 1) for at in range(24, 29)]]
    if data.startswith(b"RIFF"):
        return webp_sizes(data)
    if data.startswith(b"BM"):
        wide = [Field(at, 4, "little") for at in (18, 22, 30)]
        return [*wide, Field(26, 2, "little"), Field(28, 2, "little")]
    found = [at for at, kind in boxes(data, 0, len(data)) if kind == b"ispe"]
    return [field for at in found for field in (Field(at + 12, 4), Field(at + 16, 4))]


def webp_sizes(data: bytes) -> list[Field]:
    """Return flags and canvas, and the sizes in the first chunk of pixels."""
    if data[12:16] == b"VP8X":
        return [Field(20, 1), Field(24, 3, "little"), Field(27, 3, "little")]
    if data[12:16] == b"VP8L":
        return [Field(21, 4, "little")]
    return [Field(26, 2, "little"), Field(28, 2, "little"), Field(20, 3, "little")]


def segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Return where the segments of a JPEG begin, up to its pixels, and their kinds."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        yield at, data[at + 1]
        if data[at + 1] == 0xDA:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4])


def chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return where the chunks of a PNG begin, and their kinds."""
    at = 8
    while at + 12 <= len(data):
        yield at, data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4])


def riff(data: bytes) -> Iterator[int]:
    """Return where the chunks of a WebP begin."""
    at = 12
    while at + 8 <= len(data):
        yield at
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2


def boxes(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Return where the boxes of a HEIC begin, also those in others, and their kinds."""
    while at + 8 <= end:
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        yield at, kind
        if kind in BOXES:
            yield from boxes(data, at + 8 + BOXES[kind], min(at + length, end))
        if length < 8:
            return
        at += length


def signed(data: bytes) -> bytes:
    """Return a PNG whose chunks have the sums that belong to them."""
    right = bytearray(data)
    for at, _ in list(chunks(data)):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 <= len(data):
            right[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
    return bytes(right)
