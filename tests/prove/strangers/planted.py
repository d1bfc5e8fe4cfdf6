"""Files made to do harm, or at the edge of what is taken, with what they really are."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests import drawing
from tests.drawing import png_chunk, save
from tests.prove.strangers.layout import Field, boxes, chunks, sizes

SCRIPT = b"<script>alert(document.domain)</script>"
PAGE = b"<!doctype html><body>" + SCRIPT
# The edge of what is taken: so many pixels are 62 megapixels to the pixel.
EDGE = (7_750, 8_000)
HIDDEN = 300 << 20


@dataclass(frozen=True)
class Plant:
    """One planted file; `format` is what it is taken as, "" where it is refused.

    `seen` is its size as it is shown.
    """

    make: Callable[[], bytes]
    format: str = ""
    seen: tuple[int, int] = (640, 480)


def blank(width: int, height: int, form: str, mode: str = "L") -> bytes:
    return save(Image.new(mode, (width, height)), form)


@cache
def dense() -> bytes:
    """Return what unpacks to 300 MB."""
    return zlib.compress(bytes(HIDDEN), 9)


def png_with(kind: bytes, body: bytes, size: tuple[int, int] = (640, 480)) -> bytes:
    """Draw a PNG with a chunk behind its header."""
    data = blank(*size, "PNG")
    return data[:33] + png_chunk(kind, body) + data[33:]


def endless_pixels() -> bytes:
    """Forge a PNG of which far more unpacks than it has pixels."""
    data = blank(640, 480, "PNG")
    at = next(at for at, kind in chunks(data) if kind == b"IDAT")
    return data[:at] + png_chunk(b"IDAT", dense()) + png_chunk(b"IEND", b"")


def sized(data: bytes, *values: int) -> bytes:
    """Let a file say that it has other sides."""
    changed, known = bytearray(data), sizes(data)
    wide = [field for field in known if field.width >= 2][: len(values)]
    for field, value in zip(wide, values, strict=True):
        field.write(changed, value)
    return bytes(changed)


def canvas(width: int, height: int) -> bytes:
    """Forge an animated WebP of small frames on a canvas of this size."""
    changed = bytearray(drawing.animated())
    Field(24, 3, "little").write(changed, width - 1)
    Field(27, 3, "little").write(changed, height - 1)
    return bytes(changed)


def tall_grid() -> bytes:
    """Forge a HEIC whose sides are told to be 40,000 px each."""
    data = drawing.heic()
    changed = bytearray(data)
    for at, kind in boxes(data, 0, len(data)):
        if kind == b"ispe":
            Field(at + 12, 4).write(changed, 40_000)
            Field(at + 16, 4).write(changed, 40_000)
    return bytes(changed)


def turned(orientation: int) -> bytes:
    return save(drawing.photo(), "JPEG", exif=drawing.exif(orientation))


def zip_behind(data: bytes) -> bytes:
    """Hide an archive behind a picture: programs for archives open the same file."""
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w") as archive:
        archive.writestr("evil.html", PAGE)
    return data + to.getvalue()


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"


def half(kind: str) -> Plant:
    def make() -> bytes:
        data = drawing.everything()[kind]
        return data[: len(data) // 2]

    return Plant(make)


def edge(form: str, width: int, height: int, *, taken: bool = False) -> Plant:
    known = {"JPEG": "jpeg", "PNG": "png", "BMP": "bmp", "WEBP": "webp", "HEIF": "heic"}
    name = known[form] if taken else ""
    mode = "1" if form == "PNG" else "RGB"
    return Plant(lambda: blank(width, height, form, mode), name, (width, height))


PLANTS: dict[str, Plant] = {
    "nothing": Plant(bytes),
    "one byte": Plant(lambda: b"\xff"),
    "words": Plant(lambda: b"These are words, and no picture." * 9),
    "zeros": Plant(lambda: bytes(100_000)),
    "a GIF": Plant(lambda: save(drawing.photo(), "GIF")),
    "a TIFF": Plant(lambda: save(drawing.photo(), "TIFF")),
    "an icon": Plant(lambda: save(drawing.photo(64, 64), "ICO")),
    "a JPEG 2000": Plant(lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(999)),
    "an AVIF": Plant(lambda: b"\0\0\0\x20ftypavif\0\0\0\0avifmif1" + bytes(999)),
    "an SVG": Plant(svg),
    "a PDF": Plant(lambda: b"%PDF-1.7\n" + bytes(999)),
    "a web page": Plant(lambda: PAGE),
    "an archive": Plant(lambda: zip_behind(b"")),
    "half a JPEG": half("jpeg"),
    "half a progressive JPEG": half("progressive"),
    "half a PNG": half("png"),
    "half a BMP": half("bmp"),
    "half a WebP": half("webp"),
    "half a HEIC": half("heic"),
    "a PNG of 2.5 gigapixels": Plant(lambda: drawing.huge_png(50_000, 50_000)),
    "a PNG that unpacks to 300 MB": Plant(endless_pixels, "png"),
    "300 MB of words in a PNG": Plant(
        lambda: png_with(b"zTXt", b"Comment\0\0" + dense())
    ),
    "a profile of 300 MB in a PNG": Plant(
        lambda: png_with(b"iCCP", b"icc\0\0" + dense())
    ),
    "a WebP that asks for 1.4 GB": Plant(drawing.webp_bomb),
    "an animated WebP that asks for 1 GB": Plant(lambda: canvas(16_384, 16_384)),
    "an animated WebP of a gigapixel in a line": Plant(lambda: canvas(1 << 24, 64)),
    "a JPEG of 9,000 passes": Plant(drawing.many_scans),
    "a JPEG of 4 gigapixels": Plant(
        lambda: sized(drawing.everything()["jpeg"], 65_500, 65_500)
    ),
    "a BMP of gigapixels": Plant(
        lambda: sized(drawing.everything()["bmp"], 2**31 - 1, 2**31 - 1)
    ),
    "a HEIC of 1.6 gigapixels": Plant(tall_grid),
    "63 pixels high": edge("PNG", 640, 63),
    "63 pixels wide, as WebP": edge("WEBP", 63, 640),
    "63 pixels wide, as BMP": edge("BMP", 63, 640),
    "64 pixels, as JPEG": edge("JPEG", 64, 64, taken=True),
    "64 pixels, as BMP": edge("BMP", 64, 64, taken=True),
    "64 pixels, as HEIC": edge("HEIF", 64, 64, taken=True),
    "62 megapixels": edge("PNG", *EDGE, taken=True),
    "62 megapixels and a row": edge("PNG", EDGE[0], EDGE[1] + 1),
    "a line of 62 megapixels": edge("PNG", 968_750, 64, taken=True),
    "turned in 9 ways": Plant(lambda: turned(9), "jpeg"),
    "turned to the left": Plant(lambda: turned(6), "jpeg", (480, 640)),
    "turned, and upside down": Plant(lambda: turned(65_535), "jpeg"),
    "two views in one file": Plant(drawing.mpo, "jpeg"),
    "a JPEG and an archive": Plant(
        lambda: zip_behind(drawing.everything()["jpeg"]), "jpeg"
    ),
    "a PNG and an archive": Plant(lambda: zip_behind(blank(640, 480, "PNG")), "png"),
    "a GIF and a script": Plant(lambda: b"GIF89a/*" + bytes(90) + b"*/=1;alert(1)"),
    "a PNG and a web page": Plant(
        lambda: png_with(b"tEXt", b"Comment\0" + PAGE), "png"
    ),
    "a JPEG and a web page": Plant(
        lambda: save(drawing.photo(), "JPEG", comment=PAGE), "jpeg"
    ),
    "a BMP and a script": Plant(
        lambda: save(drawing.photo(), "BMP") + b"/*\n*/alert(1)", "bmp"
    ),
    "a web page and a JPEG": Plant(lambda: PAGE + drawing.everything()["jpeg"]),
}

# Names as they come over the wire; bytes where they are no text of UTF-8.
NAMES: list[str | bytes] = [
    "../../../etc/passwd.jpg",
    "..\\..\\windows\\system.jpg",
    "C:\\fakepath\\a.jpg",
    "/absolute.jpg",
    "a/b/c.jpg",
    "%2e%2e%2fescaped.jpg",
    "photo\u202egpj.exe.jpg",
    "\u2066hidden\u2069.jpg",
    "zero\u200bwidth\ufeff.jpg",
    "nul\0byte.jpg",
    "bell\a\x1b[31m.jpg",
    "tab\tand\x7f.jpg",
    "line\u2028break\u2029.jpg",
    "x" * 10_000 + ".jpg",
    "é" * 10_000 + ".jpg",
    "a." + "b" * 10_000 + ".jpg",
    "half\ud83d.jpg",
    b"no\xff\xfetext.jpg",
    b"over\xc0\xaflong.jpg",
    "cafe\u0301.jpg",
    "사진 1.jpg",
    SCRIPT.decode() + ".jpg",
    '";filename="other.jpg',
    "=cmd|' /C calc'!A0.jpg",
    "{{ settings.SECRET_KEY }}.jpg",
    "' OR 1=1 --.jpg",
    "$(reboot).jpg",
    "con.jpg",
    "...jpg",
    " .jpg",
    ".jpg",
]
