"""The picture formats that are taken, told by content, and names fit for files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

NAME_LENGTH = 150
EXTENSION_LENGTH = 16
HEAD = 64  # bytes that are enough to tell a format

# As much of the world as people do send by mistake, to name it in the refusal.
OTHERS = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop document",
    b"II*\0": "a TIFF or a camera's raw file",
    b"MM\0*": "a TIFF or a camera's raw file",
    b"PK\3\4": "a ZIP archive",
    b"<svg": "an SVG drawing",
    b"<?xm": "an XML document",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cJXL ": "a JPEG XL",
    b"\0\0\0\x0cjP  ": "a JPEG 2000",
}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


@dataclass(frozen=True)
class Format:
    """A format by our name, the web's, and the one that files end in."""

    name: str
    content_type: str
    extension: str


JPEG = Format("jpeg", "image/jpeg", ".jpg")
PNG = Format("png", "image/png", ".png")
BMP = Format("bmp", "image/bmp", ".bmp")
WEBP = Format("webp", "image/webp", ".webp")
HEIC = Format("heic", "image/heic", ".heic")
FORMATS = {form.name: form for form in (JPEG, PNG, BMP, WEBP, HEIC)}

# Long sides of the smaller versions that are kept of every picture.
SIDES = {"320": 320, "640": 640, "1600": 1600}
# A copy to hand out; it is made when somebody asks, and not kept.
WEB = "2048"
ALL_SIDES = SIDES | {WEB: 2048}
# What a team's logo is made to fit into.
LOGO = (640, 160)


@dataclass(frozen=True)
class Rendition:
    """One smaller version, ready to be stored and served."""

    name: str
    data: bytes
    format: Format
    width: int
    height: int

    @property
    def content_type(self) -> str:
        return self.format.content_type

    @property
    def suffix(self) -> str:
        return self.format.extension


def format_of(head: bytes) -> Format | None:
    """Tell the format by the first 64 bytes; names and declared types may lie."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return BMP
    if head[4:8] == b"ftyp" and _brands(head) & HEIC_BRANDS:
        return HEIC
    return None


def _brands(head: bytes) -> set[bytes]:
    """Return the main brand of an ISO media file and those it is compatible with."""
    end = min(len(head), int.from_bytes(head[:4]))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}


def likeness(head: bytes) -> str:
    """Say what a file that is not taken looks like, or nothing."""
    if head[4:8] == b"ftyp":
        return "an AVIF" if b"avif" in _brands(head) else "a video"
    for start, name in OTHERS.items():
        if head.startswith(start):
            return name
    return ""


def clean_name(name: str) -> str:
    """Return a stranger's file name fit to be shown and sent; never a path."""
    name = name.replace("\\", "/").rpartition("/")[2]
    kept = unicodedata.normalize("NFC", visible(name))
    # Line and paragraph separators are white space to split, and end as plain spaces.
    stem, dot, extension = " ".join(kept.split()).rstrip(". ").rpartition(".")
    if not dot or len(extension) >= EXTENSION_LENGTH or " " in extension:
        stem, dot, extension = stem + dot + extension, "", ""
    stem = stem.strip(". ") or "image"
    return stem[: NAME_LENGTH - len(dot + extension)].rstrip() + dot + extension


def visible(text: str) -> str:
    """Leave out controls, directions, zero widths and halves of characters."""
    kinds = {"Cc", "Cf", "Cs"}
    return "".join(
        char
        for char in text
        if char.isspace() or unicodedata.category(char) not in kinds
    )
