"""What a limited child does with one hostile file, and how it answers.

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

from imaging.decoding import refusals
from imaging.decoding.colour import Conversion, plain
from imaging.decoding.formats import ALL_SIDES, LOGO, SIDES, Rendition
from imaging.decoding.reading import ORIENTATION, Given, Loaded, load
from imaging.decoding.refusals import Refused
from imaging.decoding.renditions import Renditions, saved, upright
from imaging.decoding.sandbox import LENGTH, Limits

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
    maker = Renditions(picture, picture.size, 6, None, alpha=True)
    maker.make(SIDES)
    maker.descriptor()


@dataclass(frozen=True)
class Job:
    """One order: what to do, with which files, and whom to answer."""

    kind: str
    want: list[str]
    given: Given
    reply: socket.socket
    outputs: list[int]

    def say(self, thing: dict[str, Any]) -> None:
        say(self.reply, thing)

    def close(self, rest: bytes = b"") -> None:
        self.reply.sendall(LENGTH.pack(0) + LENGTH.pack(len(rest)) + rest)
        # Who waits need not wait for this process to be taken down.
        self.reply.shutdown(socket.SHUT_WR)

    def refuse(self, refused: Refused, cause: str = "") -> None:
        self.say({"refused": vars(refused), "cause": cause})
        self.close()


def work(order: dict[str, Any], reply: socket.socket, files: list[int]) -> None:
    """Do a job and answer it, with a refusal if need be."""
    with open(files[0], "rb") as file:  # noqa: PTH123 - a number, not a path
        given = Given(
            file,
            order["format"],
            Limits(**order["limits"]),
            lambda pixels: say(reply, {"pixels": pixels}),
        )
        job = Job(order["kind"], order["want"], given, reply, files[1:])
        try:
            JOBS[job.kind](job)
        except Refused as refused:
            job.refuse(refused)
        except Exception as error:  # noqa: BLE001 - codecs fail with every class
            if number := getattr(error, "errno", None):
                # A full or failing disk is no fault of the file's.
                job.say({"fault": number})
                job.close()
            else:
                job.refuse(explain(error, given), repr(error)[:500])


def say(reply: socket.socket, thing: dict[str, Any]) -> None:
    words = json.dumps(thing).encode()
    reply.sendall(LENGTH.pack(len(words)) + words)


def explain(error: Exception, given: Given) -> Refused:
    """Tell want of memory, which codecs report in many ways, from damage."""
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return refusals.too_much_memory(given.limits.memory)
    return refusals.damaged(given.format)


def inspect(job: Job) -> None:
    """Tell all facts about a file, with the renditions that are cheap to have now."""
    loaded = load(job.given, max(SIDES[name] for name in job.want))
    maker = renditions_of(loaded)
    # What has no draft is decoded in full by now, and need not be a second time.
    cheap = job.given.format != "jpeg" and not loaded.alpha
    made = maker.make(SIDES if cheap else job.want)
    descriptor = maker.descriptor()
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
        "descriptor": descriptor.hex(),
    }
    job.say({"facts": facts})
    give(job, made)


def render(job: Job) -> None:
    """Make renditions of a file that was inspected before."""
    loaded = load(job.given, max(ALL_SIDES[name] for name in job.want))
    give(job, renditions_of(loaded).make(job.want))


def describe(job: Job) -> None:
    """Tell what a file that was inspected before looks like."""
    maker = renditions_of(load(job.given, SIDES["320"]))
    job.say({"descriptor": maker.descriptor().hex()})
    job.close()


def logo(job: Job) -> None:
    """Make a small PNG in sRGB, without anything beside its pixels."""
    maker = renditions_of(load(job.given), embedded=0)
    picture, data = maker.logo(*LOGO)
    job.say({"width": picture.width, "height": picture.height})
    job.close(data)


def renditions_of(loaded: Loaded, **how: int) -> Renditions:
    return Renditions(
        plain(loaded.picture, alpha=loaded.alpha),
        loaded.size,
        loaded.orientation,
        loaded.profile,
        alpha=loaded.alpha,
        **how,
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
    loaded = load(job.given)
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
    "describe": describe,
    "logo": logo,
    "decode": decode,
}
