"""What a plugin is: a name of the vocabulary, its parameters, and what it draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.retouch.layers import Drawing
from imaging.providers.local.retouch.scene import Scene, reduced

# A parameter's own name is the plugin's key and this, as `heal_strength`.
STRENGTH = "strength"


class Untouched(Exception):
    """A plugin found nothing that it is for; the sentence says what is missing."""

    def __init__(self, reason: Any) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Slider:
    """A number that a plugin takes; 1 is 100 %."""

    label: Any
    most: float = 1.0
    initial: float = 0.0
    name: str = STRENGTH


@dataclass(frozen=True)
class Choice:
    """One of several words that a plugin takes."""

    label: Any
    name: str
    choices: tuple[tuple[str, Any], ...]
    initial: str


@dataclass
class Canvas:
    """The picture as the plugins before have left it, and what is known of it."""

    scene: Scene
    pixels: np.ndarray

    @cached_property
    def small(self) -> np.ndarray:
        """Return the reduced copy, as the scene's."""
        return reduced(self.pixels)[0]


@dataclass(frozen=True)
class Plugin(ABC):
    """One kind of retouching. Strength 0 of any of them is the identity.

    `seconds` is the time for each megapixel on one core, measured at 12 of them. What
    `needs_face` is not drawn without one.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    label: ClassVar[Any]
    help: ClassVar[Any] = ""
    chosen: ClassVar[bool] = False
    needs_face: ClassVar[bool] = False
    seconds: ClassVar[float] = 0.0
    parameters: ClassVar[tuple[Slider | Choice, ...]] = (Slider(_("strength")),)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def strength(self) -> float:
        return float(self.values.get(STRENGTH, 1))

    @property
    def idle(self) -> bool:
        """Say whether this is the identity."""
        return self.strength == 0

    @abstractmethod
    def drawing(self, canvas: Canvas) -> Drawing | None:
        """Return what is to be drawn on the canvas, if anything. Raises Untouched."""

    def metadata(self, canvas: Canvas) -> dict[str, Any]:
        """Return what there is to tell beside the pixels."""
        return {}
