"""Bytes in, facts out: verify, digest, renditions and pixels of one picture file.

No models, no HTTP. Whatever reads a stranger's bytes does so in a limited child.
"""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from imaging.decoding import descriptor as descriptors
from imaging.decoding import refusals
from imaging.decoding.encoding import encode
from imaging.decoding.formats import (
    ALL_SIDES,
    FORMATS,
    HEAD,
    WEB,
    Format,
    Rendition,
    clean_name,
    format_of,
    likeness,
    visible,
)
from imaging.decoding.metadata import copy_without_metadata
from imaging.decoding.refusals import MAX_BYTES, MIN_SIDE, Refused
from imaging.decoding.sandbox import SANDBOX, Answer, Died, Limits, OutOfTime, announced

__all__ = [
    "FORMATS",
    "HEAD",
    "MAX_BYTES",
    "MIN_SIDE",
    "Picture",
    "Refused",
    "WEB",
    "Rendition",
    "alpha_of",
    "clean_name",
    "copy_without_metadata",
    "decode",
    "describe",
    "digest_of",
    "encode",
    "foresee",
    "icc_of",
    "inspect",
    "known_format",
    "logo",
    "render",
]
# Seconds of computing: at the door somebody waits, behind it a worker or an engine.
DOOR, WORKER, ENGINE = 3, 10, 60
# How many times as long it may take where it yields the processor to others.
PATIENCE = 12


@dataclass(frozen=True)
class Picture:
    """What a file is, once it has been read to its end.

    `width` and `height` are as a person sees it, `stored_width` and `stored_height` as
    the file has it; `orientation` is EXIF's, 1 where the decoder turns by itself.
    `icc` describes the colour profile, `placeholder` is a tiny picture in a data: URI,
    `descriptor` what it looks like (see imaging.decoding.descriptor).
    """

    format: str
    content_type: str
    extension: str
    size: int
    width: int
    height: int
    stored_width: int
    stored_height: int
    orientation: int
    mode: str
    frames: int
    has_alpha: bool
    icc: str
    placeholder: str
    descriptor: bytes
    renditions: tuple[Rendition, ...]


def inspect(path: Path, *, want: Sequence[str] = ("320",)) -> Picture:
    """Check a file and tell all about it, with the renditions in `want`.

    Where the file had to be decoded in full anyway, all renditions come with it. Raises
    Refused, or OSError when the file cannot be reached.
    """
    with admitted(path) as (source, form):
        limits = bounds(DOOR)
        answer = ask("inspect", source, form, limits, want=want)
        size = os.fstat(source.fileno()).st_size
    try:
        facts = next(said["facts"] for said in answer.said if "facts" in said)
        return Picture(
            format=form.name,
            content_type=form.content_type,
            extension=form.extension,
            size=size,
            renditions=tuple(renditions_in(answer)),
            **checked(facts),
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise refusals.damaged(form.name) from error


def render(path: Path, want: Sequence[str]) -> tuple[Rendition, ...]:
    """Make the renditions in `want` of a file that was inspected before."""
    with admitted(path) as (source, form):
        answer = ask("render", source, form, bounds(WORKER), want=want)
    try:
        return tuple(renditions_in(answer))
    except (KeyError, TypeError, ValueError) as error:
        raise refusals.damaged(form.name) from error


def describe(path: Path) -> bytes:
    """Return what a file that was inspected before looks like. Raises Refused."""
    with admitted(path) as (source, form):
        answer = ask("describe", source, form, bounds(WORKER))
    try:
        return checked_descriptor(answer.said[-1]["descriptor"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise refusals.damaged(form.name) from error


def logo(path: Path) -> bytes:
    """Return a picture as a small PNG without metadata. Raises Refused."""
    with admitted(path) as (source, form):
        answer = ask("logo", source, form, bounds(DOOR))
    if known_format(answer.rest[:HEAD]).name != "png":
        raise refusals.damaged(form.name)
    return answer.rest


def decode(path: Path, to: Path) -> tuple[int, int]:
    """Write all pixels, upright, to `to` as an .npy of (height, width, 3) bytes RGB.

    Beside it `alpha_of(to)`, (height, width), when a pixel is not opaque, and
    `icc_of(to)` when the file has an RGB profile, which the pixels keep; without one
    they are sRGB. Returns width and height. Raises Refused, and leaves no file then.
    """
    files = [to, alpha_of(to), icc_of(to)]
    try:
        with (
            admitted(path) as (source, form),
            to.open("wb") as pixels,
            alpha_of(to).open("wb") as alpha,
        ):
            outputs = [pixels.fileno(), alpha.fileno()]
            answer = ask("decode", source, form, bounds(ENGINE), outputs=outputs)
        said = answer.said[-1]
        size = int(said["width"]), int(said["height"])
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise
    icc_of(to).write_bytes(answer.rest)
    if not said["alpha"]:
        alpha_of(to).unlink()
    if not answer.rest:
        icc_of(to).unlink()
    return size


def alpha_of(pixels: Path) -> Path:
    """Return where the opacity of decoded pixels lies, if they have one."""
    return pixels.with_suffix(".alpha.npy")


def icc_of(pixels: Path) -> Path:
    """Return where the colour profile of decoded pixels lies, if they keep one."""
    return pixels.with_suffix(".icc")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def admitted(path: Path) -> Iterator[tuple[BinaryIO, Format]]:
    """Open a file that is neither empty nor too large, and looks like a picture."""
    with path.open("rb") as source:
        refusals.check_size(os.fstat(source.fileno()).st_size)
        yield source, known_format(source.read(HEAD))


def known_format(head: bytes) -> Format:
    """Tell the format by the first bytes of a file; raise Refused for any other."""
    form = format_of(head)
    if form is None:
        raise refusals.unknown_format(likeness(head))
    return form


def foresee(size: int, head: bytes, sides: tuple[int, int] | None) -> Format:
    """Tell the format of a file by its first bytes, or why it would be refused.

    `sides` are width and height as stored, None where they are not known. For a file
    that nobody has sent yet: nothing is decoded, so `inspect` may still refuse it.
    """
    refusals.check_size(size)
    form = known_format(head)
    if sides:
        refusals.check_sides(*sides, settings.MAX_MEGAPIXELS * 1e6)
    return form


def bounds(seconds: int) -> Limits:
    """Return the limits of a child: a gigabyte, more only where pixels need more."""
    pixels = settings.MAX_MEGAPIXELS * 1e6
    return Limits(
        memory=max(2**30, int(16 * pixels)),
        seconds=seconds,
        pixels=pixels,
        file=int(3 * pixels) + 4096,
        patience=PATIENCE if SANDBOX.yields else 4 / 3,
    )


def ask(
    kind: str,
    source: BinaryIO,
    form: Format,
    limits: Limits,
    *,
    want: Sequence[str] = (),
    outputs: Sequence[int] = (),
) -> Answer:
    """Have a child do one job on an open file; raise Refused when it does not."""
    job = {"kind": kind, "format": form.name, "want": list(want)}
    try:
        answer = SANDBOX.run(job, [source.fileno(), *outputs], limits)
    except Died as died:
        raise refusal_for(died, form, limits) from died
    for said in answer.said:
        if "refused" in said:
            raise Refused(**said["refused"]) from ValueError(said.get("cause"))
        if "fault" in said:
            raise OSError(said["fault"], os.strerror(said["fault"]))
    return answer


def refusal_for(died: Died, form: Format, limits: Limits) -> Refused:
    """Say why a file is refused whose child did not live to tell."""
    pixels = announced(died.said)
    if isinstance(died, OutOfTime) or died.signal == signal.SIGALRM:
        return refusals.too_slow(limits.clock(pixels), processor=False)
    if died.signal == signal.SIGXCPU:
        return refusals.too_slow(limits.processor(pixels), processor=True)
    return refusals.damaged(form.name)


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """Take a child's facts at their types only; it may have been taken over."""
    numbers = ("width", "height", "stored_width", "stored_height")
    counts = {name: int(facts[name]) for name in (*numbers, "orientation", "frames")}
    if max(counts.values()) >= 2**31:
        raise ValueError("more than a column of the database counts")
    return {
        **counts,
        "has_alpha": bool(facts["has_alpha"]),
        "mode": str(facts["mode"])[:10],
        "icc": visible(str(facts["icc"]))[:200],
        "placeholder": str(facts["placeholder"])[:400],
        "descriptor": checked_descriptor(facts["descriptor"]),
    }


def checked_descriptor(said: str) -> bytes:
    """Take a child's descriptor at its length only. Raises ValueError."""
    descriptor = bytes.fromhex(said)
    if len(descriptor) != descriptors.SIZE:
        raise ValueError(said[:20])
    return descriptor


def renditions_in(answer: Answer) -> Iterator[Rendition]:
    """Cut the renditions out of what a child has sent."""
    at = 0
    for said in answer.said:
        if "rendition" not in said:
            continue
        end = at + int(said["size"])
        name, form = str(said["rendition"]), FORMATS[said["format"]]
        sides = int(said["width"]), int(said["height"])
        if name not in ALL_SIDES:
            raise ValueError(name)
        yield Rendition(name, answer.rest[at:end], form, *sides)
        at = end
