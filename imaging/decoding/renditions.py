"""Smaller versions of a decoded picture: resized, upright, encoded."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from PIL import Image

from imaging.decoding.colour import EMBEDDED_MOST, Conversion, Profile
from imaging.decoding.descriptor import describe
from imaging.decoding.encoding import on_white, visible
from imaging.decoding.formats import ALL_SIDES, JPEG, SIDES, WEB, WEBP, Rendition

PLACEHOLDER_SIDE = 16
PLACEHOLDER_MOST = 280  # bytes; in base64 and with its prefix that is under 400
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size whose long side is `side`, or the same one if it is smaller."""
    factor = min(1.0, side / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


class Renditions:
    """Makes renditions of one loaded picture, from the largest to the smallest.

    `size` is the picture's own as stored, of which the loaded one may be a draft.
    """

    def __init__(
        self,
        picture: Image.Image,
        size: tuple[int, int],
        orientation: int,
        profile: Profile | None,
        *,
        alpha: bool,
        embedded: int = EMBEDDED_MOST,
    ) -> None:
        self.colours = Conversion(picture.mode, profile, most=embedded)
        # Colours of transparent pixels must not bleed into their neighbours.
        self.picture = picture.convert("RGBa") if alpha else picture
        self.size, self.orientation, self.alpha = size, orientation, alpha
        self.finished = False

    def make(self, names: Iterable[str]) -> list[Rendition]:
        """Return the renditions asked for, largest first."""
        made = []
        for name in sorted(names, key=ALL_SIDES.__getitem__, reverse=True):
            small = self.shrink(ALL_SIDES[name])
            made.append(encoded(name, small, self.colours.kept, alpha=self.alpha))
        return made

    def logo(self, width: int, height: int) -> tuple[Image.Image, bytes]:
        """Return the picture within these sides, and as a PNG of its pixels alone."""
        turned = self.orientation >= 5
        own = self.size[::-1] if turned else self.size
        factor = min(1.0, width / own[0], height / own[1])
        small = visible(self.shrink(max(1, int(max(own) * factor))))
        # A new one: what was read along with the pixels would be written again.
        bare = Image.frombytes(small.mode, small.size, small.tobytes())
        return bare, saved(bare, "PNG", optimize=True)

    def descriptor(self) -> bytes:
        """Return what the picture looks like, by its small rendition."""
        return describe(self.shrink(SIDES["320"]))

    def placeholder(self) -> str:
        """Return a tiny WebP as a data: URI."""
        tiny = visible(self.shrink(PLACEHOLDER_SIDE))
        for quality in (40, 10, 0):
            data = saved(tiny, "WEBP", quality=quality, method=2)
            if len(data) <= PLACEHOLDER_MOST:
                break
        return "data:image/webp;base64," + base64.b64encode(data).decode()

    def shrink(self, side: int) -> Image.Image:
        """Resize what there is, and go on from that the next time."""
        self.picture = resized(self.picture, fitted(*self.size, side))
        if not self.finished:
            self.finish()
        return self.picture

    def finish(self) -> None:
        """Turn it upright and into colours that everybody sees, once it is small."""
        self.finished = True
        self.picture = upright(self.colours.apply(self.picture), self.orientation)
        if self.orientation >= 5:
            self.size = self.size[1], self.size[0]


def resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize to a smaller size: whole blocks are averaged, then cubic to the rest.

    The averaging is INTER_AREA's, at 3 to 6 times its speed, and needs no second copy
    of a large picture.
    """
    if picture.size == size:
        return picture
    factor = int(min(picture.width / size[0], picture.height / size[1]))
    if factor >= 2:
        picture = picture.reduce(factor)
    pixels = cv2.resize(np.asarray(picture), size, interpolation=cv2.INTER_CUBIC)
    return Image.frombuffer(picture.mode, size, pixels, "raw", picture.mode, 0, 1)


def encoded(name: str, small: Image.Image, icc: bytes, *, alpha: bool) -> Rendition:
    """Encode: WebP where it is small or has alpha, else JPEG, which is 30 × faster."""
    small = visible(small)
    if name == WEB:
        # It goes wherever guests take it: a JPEG opens everywhere.
        data = saved(on_white(small), "JPEG", quality=90, icc_profile=icc or None)
        return Rendition(name, data, JPEG, *small.size)
    if alpha or name == "320":
        data = saved(small, "WEBP", quality=76, method=1, icc_profile=icc)
        return Rendition(name, data, WEBP, *small.size)
    data = saved(small, "JPEG", quality=82, icc_profile=icc or None)
    return Rendition(name, data, JPEG, *small.size)


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    if form == "JPEG":
        # Else a remark in the original is written again.
        options.setdefault("comment", b"")
    picture.save(file, form, **options)
    return file.getvalue()
