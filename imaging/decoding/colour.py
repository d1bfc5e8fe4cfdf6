"""From every mode that a file can have to 8-bit grey, RGB or RGBA, colours kept."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

# Profiles of a size that weighs on a small picture are applied instead of embedded.
EMBEDDED_MOST = 16 * 1024
KEPT_MOST = 4 * 1024 * 1024
SPACES = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class Profile:
    """A colour profile that can be read."""

    data: bytes
    space: str
    description: str
    handle: ImageCms.ImageCmsProfile


def profile_of(picture: Image.Image) -> Profile | None:
    """Return the profile in a file; one that cannot be read is as none."""
    data = picture.info.get("icc_profile")
    if not isinstance(data, bytes) or not data:
        return None
    try:
        handle = ImageCms.ImageCmsProfile(io.BytesIO(data))
        space = handle.profile.xcolor_space.strip()
        description = ImageCms.getProfileDescription(handle).strip()
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None
    return Profile(data, space, description or space, handle)


def is_transparent(picture: Image.Image) -> bool:
    """Say whether a loaded picture has a pixel that is not opaque."""
    if picture.mode in {"RGBA", "LA", "PA"}:
        return picture.getchannel("A").getextrema() != (255, 255)
    return picture.mode in {"P", "L", "RGB", "1"} and picture.has_transparency_data


def plain(picture: Image.Image, *, alpha: bool) -> Image.Image:
    """Return a picture as 8-bit L, RGB, RGBA or CMYK, whatever it was."""
    mode = picture.mode
    if mode.startswith("I") or mode == "F":
        return _high_byte(picture)
    if alpha:
        return picture if mode == "RGBA" else picture.convert("RGBA")
    if mode in {"L", "RGB", "CMYK"}:
        return picture
    return picture.convert("L" if mode in {"1", "LA"} else "RGB")


def _high_byte(picture: Image.Image) -> Image.Image:
    """Keep the upper 8 of 16 bits; Pillow's own conversion would clip instead."""
    values = np.asarray(picture)
    if values.dtype != np.uint16:
        values = np.clip(values, 0, 65535).astype(np.uint16)
    return Image.fromarray((values >> 8).astype(np.uint8))


class Conversion:
    """How pixels of one mode and profile become ones that every viewer shows right."""

    def __init__(
        self, mode: str, profile: Profile | None, *, most: int = KEPT_MOST
    ) -> None:
        """Keep an RGB profile of up to `most` bytes; apply any other."""
        fits = profile is not None and profile.space == SPACES.get(mode)
        profile = profile if fits else None
        keep = profile and profile.space == "RGB" and len(profile.data) <= most
        self.kept = profile.data if profile and keep else b""
        self.transform = None
        if profile and not keep:
            self.transform = _transform(profile, mode)

    def apply(self, picture: Image.Image) -> Image.Image:
        """Convert a picture in 8 bits, or a part of one."""
        if self.transform is not None and picture.mode == "RGBa":
            return self.transform.apply(picture.convert("RGBA")).convert("RGBa")
        if self.transform is not None:
            return self.transform.apply(picture)
        return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _transform(profile: Profile, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Build the way to sRGB; None for a profile that does not allow it."""
    try:
        return ImageCms.buildTransform(
            profile.handle,
            SRGB,
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None
