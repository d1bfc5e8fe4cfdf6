"""What a limited child does with one hostile file: check it, read it, say what it is.

Runs behind `sandbox`, on files that are open already; nothing here can open one.
"""

from __future__ import annotations

import importlib
import io
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import cv2
import numpy as np
import pillow_heif
from PIL import Image, PngImagePlugin

from imaging import refusals
from imaging.colour import Conversion, Profile, is_transparent, plain, profile_of
from imaging.forkserver import allow_time
from imaging.formats import SIDES, Rendition
from imaging.jpeg import count_scans
from imaging.refusals import MIN_SIDE, Refused
from imaging.renditions import Renditions, fitted, saved, upright
from imaging.sandbox import LENGTH, Limits

PLUGINS = {"jpeg": "JPEG", "png": "PNG", "bmp": "BMP", "webp": "WEBP", "heic": "HEIF"}
# Ten are usual. Each one is a pass over all pixels for as little as 10 bytes of file.
MOST_SCANS = 100
ORIENTATION = 0x0112
BAND = 256  # rows that are converted at a time


def preload() -> None:
    """Get everything ready that each child needs, so that none has to open a file."""
    Image.preinit()
    for plugin in ("MpoImagePlugin", "TiffImagePlugin", "WebPImagePlugin"):
        importlib.import_module(f"PIL.{plugin}")
    pillow_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=2
    )
    cv2.setNumThreads(1)
    # Our own limits are stricter, and come with a sentence.
    Image.MAX_IMAGE_PIXELS = None
    # Notes of a megabyte and more are common; the child's memory is limited anyway.
    PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20
    rehearse()


def rehearse() -> None:
    """Go through the codecs once: some finish loading when they are first used."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture = Image.new("RGBA", (640, 64))
    for form in ("JPEG", "PNG", "WEBP", "BMP"):
        file = io.BytesIO(saved(picture.convert("RGB"), form, exif=exif.tobytes()))
        with Image.open(file, formats=[form]) as again:
            again.load()
            again.getexif().get(ORIENTATION)
    Renditions(picture, picture.size, 6, None, alpha=True).make(SIDES)


@dataclass(frozen=True)
class Job:
    """One order: what to do, with which files, and whom to answer."""

    kind: str
    format: str
    want: list[str]
    limits: Limits
    reply: socket.socket
    source: BinaryIO
    outputs: list[int]

    def say(self, thing: dict[str, Any]) -> None:
        words = json.dumps(thing).encode()
        self.reply.sendall(LENGTH.pack(len(words)) + words)

    def close(self, rest: bytes = b"") -> None:
        self.reply.sendall(LENGTH.pack(0) + rest)

    def refuse(self, refused: Refused, cause: str = "") -> None:
        self.say({"refused": vars(refused), "cause": cause})
        self.close()


def work(order: dict[str, Any], reply: socket.socket, files: list[int]) -> None:
    """Do a job and answer it, with a refusal if need be."""
    limits = Limits(**order.pop("limits"))
    with open(files[0], "rb") as source:  # noqa: PTH123 - a number, not a path
        job = Job(**order, limits=limits, reply=reply, source=source, outputs=files[1:])
        try:
            JOBS[job.kind](job)
        except Refused as refused:
            job.refuse(refused)
        except MemoryError:
            job.refuse(refusals.too_much_memory(limits.memory))
        except Exception as error:  # noqa: BLE001 - codecs fail with every class
            if number := getattr(error, "errno", None):
                # A full or failing disk is no fault of the file's.
                job.say({"fault": number})
            else:
                job.refuse(explain(error, job), repr(error)[:500])


def explain(error: Exception, job: Job) -> Refused:
    """Tell want of memory, which codecs report in many ways, from damage."""
    if "memory" in str(error).lower():
        return refusals.too_much_memory(job.limits.memory)
    return refusals.damaged(job.format)


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


def load(job: Job, side: int | None = None) -> Loaded:
    """Check a file by its header, verify it, and read it to its end.

    Where the format can, pixels are made only as many as `side` needs; that reads
    every byte all the same, and fails on a truncated file like a full one.
    """
    with opened(job) as first:
        check_header(job, *first.size)
        first.verify()
    picture = opened(job)
    size, mode = picture.size, picture.mode
    if job.format == "jpeg":
        check_scans(job, picture)
        if side:
            picture.draft(mode, fitted(*size, side))
    picture.load()
    if job.format != "jpeg" and picture.size != size:
        check_header(job, *(size := picture.size))
    return Loaded(
        picture,
        size,
        mode,
        int(getattr(picture, "n_frames", 1)),
        orientation_of(picture),
        profile_of(picture),
        is_transparent(picture),
    )


def opened(job: Job) -> Image.Image:
    job.source.seek(0)
    if job.format == "webp":
        # Its decoder asks for the memory of the canvas before it can be asked for size.
        check_header(job, *webp_size(job.source.read(30)))
        job.source.seek(0)
    return Image.open(job.source, formats=[PLUGINS[job.format]])


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


def check_header(job: Job, width: int, height: int) -> None:
    """Refuse what is too small or too large; allow time for the rest."""
    pixels = width * height
    if pixels > job.limits.pixels:
        raise refusals.too_large_pixels(width, height, job.limits.pixels / 1e6)
    if min(width, height) < MIN_SIDE:
        raise refusals.too_small(width, height)
    allow_time(job.limits, pixels)
    job.say({"pixels": pixels})


def check_scans(job: Job, picture: Image.Image) -> None:
    """Refuse a JPEG that takes minutes: its passes multiply the cost of its pixels."""
    if picture.info.get("progressive") or picture.info.get("progression"):
        job.source.seek(0)
        if count_scans(job.source.read(), MOST_SCANS) > MOST_SCANS:
            raise refusals.too_many_scans(MOST_SCANS)


def orientation_of(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none that makes sense."""
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a broken note does not spoil good pixels
        return 1
    return value if value in range(1, 9) else 1


def inspect(job: Job) -> None:
    """Tell all facts about a file, with the renditions that are cheap to have now."""
    loaded = load(job, max(SIDES[name] for name in job.want))
    maker = renditions_of(loaded)
    # What has no draft is decoded in full by now, and need not be a second time.
    cheap = job.format != "jpeg" and not loaded.alpha
    made = maker.make(SIDES if cheap else job.want)
    width, height = loaded.size
    turned = loaded.orientation >= 5
    facts = {
        "width": height if turned else width,
        "height": width if turned else height,
        "stored_width": width,
        "stored_height": height,
        "orientation": loaded.orientation,
        "mode": loaded.mode,
        "frames": loaded.frames,
        "has_alpha": loaded.alpha,
        "icc": loaded.profile.description if loaded.profile else "",
        "placeholder": maker.placeholder(),
    }
    job.say({"facts": facts})
    give(job, made)


def render(job: Job) -> None:
    """Make renditions of a file that was inspected before."""
    loaded = load(job, max(SIDES[name] for name in job.want))
    give(job, renditions_of(loaded).make(job.want))


def renditions_of(loaded: Loaded) -> Renditions:
    return Renditions(
        plain(loaded.picture, alpha=loaded.alpha),
        loaded.size,
        loaded.orientation,
        loaded.profile,
        alpha=loaded.alpha,
    )


def give(job: Job, made: list[Rendition]) -> None:
    """Tell which renditions follow, and let their bytes follow."""
    for rendition in made:
        size, form = len(rendition.data), rendition.format.name
        job.say(
            {
                "rendition": rendition.name,
                "format": form,
                "size": size,
                "width": rendition.width,
                "height": rendition.height,
            }
        )
    job.close(b"".join(rendition.data for rendition in made))


def decode(job: Job) -> None:
    """Write all pixels, upright, as one array in a file, and alpha as a second one."""
    loaded = load(job)
    picture = upright(loaded.picture, loaded.orientation)
    width, height = picture.size
    conversion = None
    with writer(job.outputs[0]) as pixels, writer(job.outputs[1]) as alpha:
        begin(pixels, (height, width, 3))
        if loaded.alpha:
            begin(alpha, (height, width))
        for top in range(0, height, BAND):
            rows = picture.crop((0, top, width, min(top + BAND, height)))
            rows = plain(rows, alpha=loaded.alpha)
            if loaded.alpha:
                alpha.write(rows.getchannel("A").tobytes())
            conversion = conversion or Conversion(rows.mode, loaded.profile)
            pixels.write(conversion.apply(rows).convert("RGB").tobytes())
    job.say({"width": width, "height": height, "alpha": loaded.alpha})
    job.close(conversion.kept if conversion else b"")


def writer(file: int) -> BinaryIO:
    return open(file, "wb")  # noqa: PTH123 - a number, not a path


def begin(file: BinaryIO, shape: tuple[int, ...]) -> None:
    """Write the head of an array of bytes in NumPy's file format."""
    head = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)


JOBS: dict[str, Callable[[Job], None]] = {
    "inspect": inspect,
    "render": render,
    "decode": decode,
}
