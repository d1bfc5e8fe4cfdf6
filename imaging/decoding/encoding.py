"""Pixels of our own making into picture files; the profile goes along, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from imaging.decoding.refusals import Refused

WHITE = (255, 255, 255)
FINE = 95  # from this quality on a JPEG keeps colour at full resolution
SIDE_MOST = {"jpeg": 65_500, "webp": 16_383}
OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG"},
    "png": {"format": "PNG"},
    "bmp": {"format": "BMP"},
    "webp": {"format": "WEBP", "method": 4},
    "heic": {"format": "HEIF"},
}


def encode(
    pixels: np.ndarray[Any, Any],
    to: Path,
    *,
    format: str,
    quality: int = 90,
    icc: bytes = b"",
    alpha: np.ndarray[Any, Any] | None = None,
) -> None:
    """Write (height, width, 3) bytes RGB to a file, with `alpha` (height, width).

    A format without alpha gets the picture on white. Raises Refused when a side is
    longer than the format can have.
    """
    height, width = pixels.shape[:2]
    if max(width, height) > (most := SIDE_MOST.get(format, 2**31)):
        raise Refused(
            "too_large_for_format",
            f"The result has {width:,} × {height:,} pixels; a {format.upper()} file "
            f"can have {most:,} on a side. Choose PNG, or a smaller size.",
            limit=most,
            measured=max(width, height),
        )
    options = OPTIONS[format] | {"quality": quality, "icc_profile": icc or None}
    picture = Image.frombuffer("RGB", (width, height), np.ascontiguousarray(pixels))
    if alpha is not None:
        picture = with_alpha(picture, alpha, keep=format in {"png", "webp", "heic"})
    if format == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()
    picture.save(to, **options)


def with_alpha(
    picture: Image.Image, alpha: np.ndarray[Any, Any], *, keep: bool
) -> Image.Image:
    """Give a picture its opacity, or lay it on white."""
    mask = Image.fromarray(np.ascontiguousarray(alpha))
    if not keep:
        return Image.composite(picture, Image.new("RGB", picture.size, WHITE), mask)
    picture.putalpha(mask)
    return picture


def visible(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA") if picture.mode == "RGBa" else picture


def on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, (*WHITE, 255))
    return Image.alpha_composite(ground, picture).convert("RGB")
