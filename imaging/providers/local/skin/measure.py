"""What a measure is: what it says of itself, and what it reads off a face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from imaging.providers.local.skin.portrait import Portrait

# Without these many square millimetres of an area its value would be chance.
LEAST_MM2 = 40.0


class Unmeasured(Exception):
    """A measure that cannot be taken of this face: a code, and a sentence why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Reading:
    """What a measure read: raw values, unrounded, and where on the face they lie.

    `mask` has one value from 0 to 1 for each pixel of the portrait. `categories` are
    further facts in words.
    """

    raw: float
    areas: Mapping[str, float]
    mask: np.ndarray
    categories: Mapping[str, Any] = field(default_factory=dict)


class Measure(ABC):
    """One measure. `full` is the raw value that makes a score of 100."""

    key: ClassVar[str]
    label: ClassVar[Any]
    unit: ClassVar[Any]
    full: ClassVar[float]
    direction: ClassVar[Any]
    definition: ClassVar[Any]
    source: ClassVar[str]
    colour: ClassVar[tuple[int, int, int]]
    version: ClassVar[str] = "1.0"

    @abstractmethod
    def read(self, portrait: Portrait) -> Reading:
        """Measure a face. Raises Unmeasured."""

    def score(self, raw: float) -> float:
        """Return a raw value as a score from 0 to 100."""
        return float(np.clip(100 * raw / self.full, 0, 100))


def by_area(
    portrait: Portrait, values: np.ndarray, names: tuple[str, ...], where: np.ndarray
) -> dict[str, float]:
    """Return the mean of `values` over each area of these names that is seen enough.

    Raises Unmeasured when none is.
    """
    least = LEAST_MM2 / portrait.mm**2
    places = {name: portrait.areas[name] & where for name in names}
    seen = {name: at for name, at in places.items() if at.sum() >= least}
    if not seen:
        raise Unmeasured(
            "areas_not_seen",
            "Too little bare skin is seen where this is measured: "
            f"{', '.join(names).replace('_', ' ')}.",
        )
    return {name: float(values[at].mean()) for name, at in seen.items()}


def union(portrait: Portrait, names: tuple[str, ...], where: np.ndarray) -> np.ndarray:
    """Return where any of these areas is, as far as `where` is true."""
    return np.logical_or.reduce([portrait.areas[name] for name in names]) & where
