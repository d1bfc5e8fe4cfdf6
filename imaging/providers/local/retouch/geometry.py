"""Rectangles of pixels: cut out, grown, kept inside, taken apart into tiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """The pixels from (left, top) up to, without, (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return what cuts this box out of an array of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def moved(self, x: int, y: int) -> Box:
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def grown(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the box with so many pixels more on each side."""
        return Box(
            round(self.left - left),
            round(self.top - top),
            round(self.right + right),
            round(self.bottom + bottom),
        )

    def within(self, other: Box) -> Box:
        """Return what both have in common, perhaps nothing."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def holds(self, other: Box) -> bool:
        return self.within(other) == other

    def scaled(self, factor: float) -> Box:
        return Box(
            round(self.left * factor),
            round(self.top * factor),
            round(self.right * factor),
            round(self.bottom * factor),
        )

    def tiles(self, side: int) -> Iterator[Box]:
        """Cut it into boxes of at most `side` pixels each way, row by row."""
        for top in range(self.top, self.bottom, side):
            for left in range(self.left, self.right, side):
                yield Box(left, top, left + side, top + side).within(self)


def all_around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of these."""
    found = list(boxes)
    return Box(
        min(one.left for one in found),
        min(one.top for one in found),
        max(one.right for one in found),
        max(one.bottom for one in found),
    )


def all_of(pixels_width: int, pixels_height: int) -> Box:
    return Box(0, 0, pixels_width, pixels_height)
