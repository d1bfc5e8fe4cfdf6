"""Draws pictures in memory for the tests: honest ones, and hostile ones beside them."""

import io
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener()

# In the corners of `corners()`, in reading order, as a person shall see them.
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)
# What brings an upright picture into the position that an orientation takes it from.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def photo(width: int = 640, height: int = 480, seed: int = 0) -> Image.Image:
    """Draw soft colours with a camera's noise: it compresses as photographs do."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    soft = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.normal(0, 5, (min(height, 256), min(width, 256), 3))
    repeat = -(-height // noise.shape[0]), -(-width // noise.shape[1]), 1
    noisy = np.tile(noise.astype(np.int16), repeat)[:height, :width] + np.asarray(soft)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def corners(width: int = 480, height: int = 320) -> Image.Image:
    """Draw a picture of four colours, by which every turn of it can be told."""
    picture = Image.new("RGB", (width, height))
    for at, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        box = (width // 2, height // 2)
        where = (at % 2 * box[0], at // 2 * box[1])
        picture.paste(Image.new("RGB", box, colour), where)
    return picture


def save(picture: Image.Image, form: str, **options: Any) -> bytes:
    """Encode any picture; `form` is Pillow's name of a format."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def jpeg(width: int = 640, height: int = 480, seed: int = 0, **options: Any) -> bytes:
    return save(photo(width, height, seed), "JPEG", **({"quality": 90} | options))


def png(width: int = 640, height: int = 480, seed: int = 0, **options: Any) -> bytes:
    return save(photo(width, height, seed), "PNG", **options)


def bmp(width: int = 640, height: int = 480, seed: int = 0) -> bytes:
    return save(photo(width, height, seed), "BMP")


def webp(width: int = 640, height: int = 480, seed: int = 0, **options: Any) -> bytes:
    return save(photo(width, height, seed), "WEBP", **options)


@cache
def heic(width: int = 320, height: int = 240, seed: int = 0, **options: Any) -> bytes:
    """Draw a HEIC; small by default, because its encoder is slow."""
    return save(photo(width, height, seed), "HEIF", **({"quality": 50} | options))


def oriented(orientation: int, form: str = "JPEG") -> bytes:
    """Draw `corners()` stored as a turned camera does; upright it is as ever."""
    picture = corners()
    if orientation in STORED:
        picture = picture.transpose(STORED[orientation])
    return save(picture, form, exif=exif(orientation), quality=95)


def exif(orientation: int = 1) -> bytes:
    """Make EXIF with a place on earth, a serial number and an orientation."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "Secret Camera"
    notes[0xA431] = "SERIAL-4711"
    notes.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 0.0), 3: "E"})
    return notes.tobytes()


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>Darkroom-XMP</secret></x:xmpmeta>'


def traced(form: str = "JPEG") -> bytes:
    """Draw a picture that carries EXIF with GPS, XMP and a colour profile."""
    notes = PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    known = {"pnginfo": notes} if form == "PNG" else {"xmp": XMP}
    return save(photo(), form, exif=exif(), icc_profile=profile(), **known)


@cache
def profile(space: str = "sRGB") -> bytes:
    """Make a colour profile: sRGB, or LAB, which no picture here has."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()  # type: ignore[arg-type]


def cmyk() -> bytes:
    return save(photo().convert("CMYK"), "JPEG", quality=90)


def grey_16_bit() -> bytes:
    """Draw a PNG with 16 bits from black, left, to white, right."""
    ramp = np.linspace(0, 65535, 400).astype(np.uint16)
    return save(Image.fromarray(np.tile(ramp, (300, 1))), "PNG")


def see_through(form: str = "PNG", mode: str = "RGBA") -> bytes:
    """Draw a picture that is transparent on its left half."""
    picture = photo().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 320, 480))
    if mode == "P":
        picture = picture.quantize(64)
    return save(picture.convert(mode), form)


def one_bit(form: str = "PNG") -> bytes:
    return save(photo().convert("1"), form)


def palette(form: str = "PNG") -> bytes:
    return save(photo().quantize(64), form)


def animated(form: str = "WEBP") -> bytes:
    """Draw three frames."""
    frames = [photo(200, 100, seed) for seed in range(3)]
    return save(frames[0], form, save_all=True, append_images=frames[1:], duration=80)


def mpo() -> bytes:
    """Draw a phone's multi-picture JPEG: two views in one file."""
    return save(photo(), "MPO", save_all=True, append_images=[photo(seed=1)])


@cache
def everything() -> dict[str, bytes]:
    """Draw one honest picture of every kind that is taken, by a name for it."""
    return {
        "jpeg": jpeg(),
        "progressive": jpeg(progressive=True),
        "grey jpeg": save(photo().convert("L"), "JPEG"),
        "cmyk": cmyk(),
        "mpo": mpo(),
        "jpeg with notes": traced(),
        "png": png(),
        "png with notes": traced("PNG"),
        "1-bit png": one_bit(),
        "16-bit png": grey_16_bit(),
        "palette": palette(),
        "palette with alpha": see_through(mode="P"),
        "alpha": see_through(),
        "grey alpha": see_through(mode="LA"),
        "animated png": animated("PNG"),
        "bmp": bmp(),
        "1-bit bmp": one_bit("BMP"),
        "palette bmp": palette("BMP"),
        "webp": webp(),
        "lossless webp": webp(lossless=True),
        "webp with alpha": see_through("WEBP"),
        "webp with notes": traced("WEBP"),
        "animated webp": animated(),
        "heic": heic(),
    }


def many_scans(width: int = 3264, height: int = 2448, scans: int = 9_000) -> bytes:
    """Forge a JPEG of few bytes that costs a pass over all its pixels per scan."""
    blank = save(Image.new("L", (width, height), 128), "JPEG", progressive=True)
    first = blank.index(b"\xff\xda")
    # An empty refinement of the last coefficient: one long run of blocks to skip.
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x3f\x3f\x00"
    return blank[:first] + blank[first:-2] + scan * scans + b"\xff\xd9"


def slow_bmp(width: int = 2800, height: int = 2800) -> bytes:
    """Forge a BMP packed in runs of one pixel each, which takes long to unpack."""
    pairs = np.ones((height, 2 * width + 2), dtype=np.uint8)
    pairs[:, -2:] = 0
    pixels = pairs.tobytes() + b"\x00\x01"
    start = 14 + 40 + 4 * 256
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(pixels), 0, 0, 0, 0
    )
    head = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    return head + info + bytes(4 * 256) + pixels


def large(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Lay out so many pixels with one drawn photograph, over and over."""
    picture = Image.new("RGB", (width, height))
    tile = photo(1200, 900)
    for left in range(0, width, tile.width):
        for top in range(0, height, tile.height):
            picture.paste(tile, (left, top))
    return picture.convert(mode)


def huge_png(width: int, height: int) -> bytes:
    """Forge a PNG that says it has so many pixels, and has none."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 99)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def with_frames(count: int) -> bytes:
    """Draw an animated PNG that says it has so many frames."""
    data = animated("PNG")
    at = data.index(b"acTL") - 4
    told = png_chunk(b"acTL", struct.pack(">II", count, 0))
    return data[:at] + told + data[at + len(told) :]


def packed(data: bytes) -> bytes:
    return zlib.compress(data)


def webp_bomb() -> bytes:
    """Forge the largest WebP there is: a decoder asks for 2 GB to begin with."""
    data = bytearray(webp())
    data[26:30] = struct.pack("<HH", 16_383, 16_383)
    return bytes(data)


def mutated(data: bytes, seed: int) -> bytes:
    """Damage a file: bytes changed, cut out, repeated, or its end cut off."""
    random = np.random.default_rng(seed)
    at = int(random.integers(0, len(data)))
    length = int(random.integers(1, 64))
    match random.integers(0, 4):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + data[at : at + length] * 3 + data[at + length :]
        case _:
            changed = bytearray(data)
            for spot in random.integers(0, len(data), size=length):
                changed[spot] = random.integers(0, 256)
            return bytes(changed)
