"""What `getFile` gave, told by its first bytes: one picture, or layers in an archive.

The layers are laid on the picture that was sent, which gives the main result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from django.utils.translation import gettext as _t
from numpy.lib.format import open_memmap

from imaging import pictures
from imaging.decoding.unzipping import Archive, BadArchive, Bounds, opened
from imaging.failures import ProviderError
from imaging.outgoing.reply import read_json
from imaging.pictures import blending, pixels
from imaging.providers.base import Facts, Job, Output, ResultKind
from imaging.providers.retouch4me import wire

ZIP, JPEG, PNG = b"PK\x03\x04", b"\xff\xd8\xff", b"\x89PNG"
SUFFIXES = {JPEG: ".jpg", PNG: ".png"}
# The largest layer: four bytes for each pixel, and what its file needs around them.
PIXEL, AROUND = 5, 16 << 20
LAYERS = 24
MOST_REPORT = 8 << 20
# Lends the file that was sent, over and over.
Sent = Callable[[], AbstractContextManager[Path]]


@dataclass(frozen=True)
class Layer:
    """One layer of an archive, unpacked; `laid` says whether the picture has it."""

    name: wire.LayerName
    path: Path
    laid: bool = False


def bounds_of(facts: Facts) -> Bounds:
    """Return how much can come back for a picture: its layers, each of its size."""
    each = facts.width * facts.height * PIXEL + AROUND
    return Bounds(total=each * LAYERS, each=each, members=4 * LAYERS)


def outputs_of(got: Path, job: Job, sent: Sent) -> list[Output]:
    """Return what a file from the server holds, the flat picture first.

    Raises ProviderError for anything but a picture or an archive of layers.
    """
    with got.open("rb") as file:
        head = file.read(4)
    stem = PurePath(job.facts.name).stem
    if head == ZIP:
        return _of_archive(got, stem, job, sent)
    for mark, suffix in SUFFIXES.items():
        if head.startswith(mark):
            check_shape(got, job.facts)
            path = got.rename(got.with_suffix(suffix))
            return [Output(ResultKind.IMAGE, stem + suffix, path)]
    raise ProviderError(
        "Retouch4me handed out something that is no picture and no archive.",
        "bad_answer",
        retry_after=10,
    )


def check_shape(got: Path, facts: Facts) -> None:
    """Refuse another picture: ours may come back smaller, or on its side, no more."""
    picture = pictures.inspect(got)
    short, long = sorted((picture.width, picture.height))
    ours_short, ours_long = sorted((facts.width, facts.height))
    # Each side may have been rounded by a pixel.
    if abs(long * ours_short - short * ours_long) <= 2 * max(long, ours_long):
        return
    raise ProviderError(
        f"Retouch4me handed out a picture of {picture.width} × {picture.height} pixels "
        f"for one of {facts.width} × {facts.height}.",
        "bad_result",
        retry_after=10,
    )


def _of_archive(got: Path, stem: str, job: Job, sent: Sent) -> list[Output]:
    folder = job.scratch / "layers"
    folder.mkdir()
    try:
        with opened(got, bounds_of(job.facts)) as archive:
            layers = _unpacked(archive, folder)
            report = _report(archive, folder)
    except BadArchive as bad:
        message = f"Retouch4me's archive cannot be used: {bad}"
        raise ProviderError(message, "bad_answer", retry_after=10) from bad
    if not layers and not report:
        raise ProviderError(
            "Retouch4me's archive holds no layer.", "bad_answer", retry_after=10
        )
    got.unlink()
    flat, layers = _flat(layers, job, sent)
    plugins = report.get("plugins")
    data = {"plugins": plugins} if isinstance(plugins, list) else {}
    main = Output(ResultKind.IMAGE, stem + flat.suffix, flat, data, said=_said(layers))
    return [main, *(_output(stem, at, one) for at, one in enumerate(layers))]


def _unpacked(archive: Archive, folder: Path) -> list[Layer]:
    """Unpack the layers, in the order in which they lie on each other."""
    layers: list[Layer] = []
    for at, entry in enumerate(archive.names):
        if name := wire.read_layer_name(entry, at):
            path = folder / f"{len(layers)}.png"
            archive.unpack(entry, path)
            layers.append(Layer(name, path))
    return sorted(layers, key=lambda layer: layer.name.index)


def _report(archive: Archive, folder: Path) -> dict[str, Any]:
    """Return `result.json`, which older servers do not write; garbage is nothing."""
    if wire.REPORT not in archive.names:
        return {}
    path = folder / wire.REPORT
    archive.unpack(wire.REPORT, path, MOST_REPORT)
    try:
        said = read_json(path.read_bytes())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _flat(layers: Sequence[Layer], job: Job, sent: Sent) -> tuple[Path, list[Layer]]:
    """Lay the layers on what was sent; return the picture, and which lie on it."""
    try:
        with sent() as path:
            base = pixels.load(path, job.scratch)
            form = pictures.inspect(path).format
        picture = open_memmap(
            job.scratch / "flat.npy", "w+", np.uint8, base.array.shape
        )
        picture[:] = base.array
        laid = [_laid(picture, one, job) for one in layers]
        suffix = pictures.FORMATS[form].extension
        to = job.scratch / f"flat{suffix}"
        pixels.save(base.with_array(picture), to, format=form)
    except pictures.Refused as error:
        message = f"Retouch4me's layers cannot be used: {error.message}"
        raise ProviderError(message, "bad_answer", retry_after=10) from error
    return to, laid


def _laid(picture: np.ndarray, layer: Layer, job: Job) -> Layer:
    """Lay one layer in place, if its mode is known and it has the picture's size."""
    if layer.name.mode not in blending.MODES:
        return layer
    # The pixels take far more room than the file, and are not needed again.
    with TemporaryDirectory(dir=job.scratch) as room:
        given = pixels.load(layer.path, Path(room)).array
        if given.shape[:2] != picture.shape[:2]:
            return layer
        if given.shape[2] == 3:
            # Without an alpha channel it covers all of the picture.
            opaque = np.broadcast_to(np.uint8(255), given.shape[:2])
            given = pixels.joined(given, opaque, Path(room) / "opaque.npy")
        blending.lay(picture, given, layer.name.mode, job.progress)
    return Layer(layer.name, layer.path, laid=True)


def _said(layers: Sequence[Layer]) -> str:
    """Say what cannot be seen in the flat picture."""
    if not layers:
        return _t("There was nothing to lay on the picture: it is as it was sent.")
    names = [layer.name.plugin for layer in layers if not layer.laid]
    if not names:
        return ""
    return _t("Not laid on the picture, only kept as layers: %(names)s.") % {
        "names": ", ".join(names)
    }


def _output(stem: str, at: int, layer: Layer) -> Output:
    name = f"{stem} {at + 1} {layer.name.plugin.replace('/', '-')}.png"
    data = {
        "index": layer.name.index,
        "blend_mode": layer.name.mode or "none",
        "plugin": layer.name.plugin,
    }
    return Output(ResultKind.LAYER, name, layer.path, data)
