"""Copies of picture files without what cameras and programs wrote beside the pixels.

Containers are taken apart and put together again; no pixel is decoded or changed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from imaging.decoding.formats import BMP, HEAD, JPEG, PNG, WEBP, format_of
from imaging.decoding.jpeg import END_OF_IMAGE, segments

# Kept: what tells how pixels look. APP1 has EXIF and XMP, APP13 captions, COM remarks.
JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
PNG_KEPT = (
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT"
).split()
WEBP_KEPT = (b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")
WEBP_EXIF, WEBP_XMP = 0x08, 0x04
PIECE = 1 << 20

Data = bytes | mmap


def copy_without_metadata(path: Path, to: Path, *, orientation: int) -> bool:
    """Copy a checked picture without EXIF, GPS, XMP and remarks.

    Pixels, colour profile and transparency stay as they are; an `orientation` other
    than 1 is written again, alone. False, and no file, where that cannot be done
    without encoding anew: HEIC, and files that are taken apart differently than read.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        strip = STRIPPERS.get(format_of(data[:HEAD]))
        if strip is None:
            return False
        try:
            with to.open("wb") as copy:
                for part in strip(data, exif(orientation) if orientation > 1 else b""):
                    copy.write(part)
        except (struct.error, ValueError, IndexError):
            to.unlink()
            return False
    return True


def pieces(data: Data, start: int, end: int) -> Iterator[bytes]:
    """Yield a part in steps: as a whole it may be all of a large file."""
    for at in range(start, min(end, len(data)), PIECE):
        yield data[at : min(at + PIECE, end)]


def exif(orientation: int) -> bytes:
    """Make the smallest TIFF structure that tells an orientation."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)


def strip_jpeg(data: Data, notes: bytes) -> Iterator[bytes]:
    """Yield a JPEG's first picture."""
    yield b"\xff\xd8"
    if notes:
        body = b"Exif\0\0" + notes
        yield b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    marker = 0
    for marker, start, end in segments(data):
        if is_kept(marker, data[start + 4 : start + 16]):
            yield from pieces(data, start, end)
    if marker != END_OF_IMAGE:
        raise ValueError("no end of image")


def is_kept(marker: int, name: bytes) -> bool:
    """Say whether a segment of a JPEG matters for its pixels."""
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        return name.startswith(JPEG_KEPT.get(marker, b"\0none"))
    return True


def strip_png(data: Data, notes: bytes) -> Iterator[bytes]:
    """Yield a PNG's chunks up to its end."""
    yield data[:8]
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind in PNG_KEPT:
            yield from pieces(data, at, end)
        if kind == b"IHDR" and notes:
            body = b"eXIf" + notes
            yield struct.pack(">I", len(notes)) + body
            yield struct.pack(">I", zlib.crc32(body))
        at = end


def strip_webp(data: Data, notes: bytes) -> Iterator[bytes]:
    """Yield a WebP's chunks; what its head says of notes is set anew."""
    kept = [chunk for chunk in webp_chunks(data) if chunk[0] in WEBP_KEPT]
    tail = b""
    if notes and kept[0][0] == b"VP8X":
        tail = b"EXIF" + struct.pack("<I", len(notes)) + notes
    size = 4 + sum(end - start for _, start, end in kept) + len(tail)
    yield b"RIFF" + struct.pack("<I", size) + b"WEBP"
    for kind, start, end in kept:
        if kind == b"VP8X":
            flags = data[start + 8] & ~(WEBP_EXIF | WEBP_XMP)
            yield data[start : start + 8] + bytes([flags | WEBP_EXIF * bool(tail)])
            start += 9
        yield from pieces(data, start, end)
    yield tail


def webp_chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and end of each chunk."""
    at, last = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= last:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = min(at + 8 + length + length % 2, last)
        yield kind, at, end
        at = end


def strip_bmp(data: Data, notes: bytes) -> Iterator[bytes]:
    """Yield a BMP as it is: it has no place for notes, and no orientation either."""
    yield from pieces(data, 0, len(data))


STRIPPERS: dict[object, Callable[[Data, bytes], Iterator[bytes]]] = {
    JPEG: strip_jpeg,
    PNG: strip_png,
    WEBP: strip_webp,
    BMP: strip_bmp,
}
