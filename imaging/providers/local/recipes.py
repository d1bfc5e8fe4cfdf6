"""Which network for which content and patience, and how much of it: as measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from imaging.providers.local import models, protection
from imaging.providers.local.models import COMPACT, DRAWING, PHOTO, Model

CATEGORIES = [
    ("general", _("photograph")),
    ("person", _("people")),
    ("animation", _("drawing, animation")),
    ("cg", _("computer graphics")),
    ("retro", _("old or compressed picture")),
]
CLASSICAL, PLAIN, NETWORK, OWN = "classical", "plain", "network", "own:"
# What a fast network may take where nobody has asked for one: seconds of one core.
# The same for every machine, so that a picture is always done in the same way.
UNASKED = 120
# Those whose faces are somebody's, and whose grain and light are true.
PHOTOGRAPHS = {"general", "person", "retro"}


@dataclass(frozen=True)
class Way:
    """A network by name, how much of it measured best, and how it is taken.

    `detail` is from 0 to 100, where 100 is `most` of what the network adds; `faithful`
    adds only what the picture leaves open: see neural.upscale.
    """

    network: str
    detail: int
    faithful: bool = True
    most: float = 1.0


# By PSNR on photographs and drawings; old pictures lose their noise and blocks.
# The photographic network makes smoother pictures than cameras do: a quarter more of it
# has the gradients of a photograph, and is still nearer to it than Lanczos at 2 times.
WAYS = {
    ("general", "fast"): Way(COMPACT, 60),
    ("general", "best"): Way(PHOTO, 40, most=1.25),
    ("person", "fast"): Way(COMPACT, 60),
    ("person", "best"): Way(PHOTO, 40, most=1.25),
    ("animation", "fast"): Way(COMPACT, 100),
    ("animation", "best"): Way(DRAWING, 80),
    ("cg", "fast"): Way(COMPACT, 50),
    ("cg", "best"): Way(PHOTO, 40),
    ("retro", "fast"): Way(COMPACT, 60, faithful=False),
    ("retro", "best"): Way(PHOTO, 50, faithful=False),
}


@dataclass(frozen=True)
class Recipe:
    """A network that lies here, and what is done with it."""

    model: Model
    share: float
    faithful: bool
    protects_faces: bool

    @property
    def seconds(self) -> float:
        """Return how long it takes for each megapixel given, on one core."""
        return (
            self.model.seconds + self.protects_faces * protection.SECONDS_PER_MEGAPIXEL
        )


class Missing(Exception):
    """A network that was chosen and does not lie here."""


def recipe_for(options: Mapping[str, Any], megapixels: float) -> Recipe | None:
    """Return what is done with a picture; None for the classical engine alone.

    Raises Missing for one of the studio's own networks that is not here.
    """
    recipe = network_for(options)
    if recipe and left_out(recipe, options, megapixels):
        return None
    return recipe


def left_out(recipe: Recipe, options: Mapping[str, Any], megapixels: float) -> bool:
    """Say whether a picture is too large for a network that nobody asked for.

    Who chooses a network, or patience, has asked for it.
    """
    if options.get("engine") or options.get("patience") == "best":
        return False
    return recipe.seconds * megapixels > UNASKED


def network_for(options: Mapping[str, Any]) -> Recipe | None:
    """Return the network of these options, whatever the picture. Raises Missing."""
    engine = options.get("engine") or ""
    if engine in {CLASSICAL, PLAIN} or options.get("detail") == 0:
        return None
    category = options.get("category") or "general"
    way = WAYS[category, options.get("patience") or "fast"]
    model = models.installed().get(way.network)
    if engine.startswith(OWN):
        model = models.own().get(engine.removeprefix(OWN))
        if model is None:
            raise Missing(engine.removeprefix(OWN))
    if model is None:
        return None
    detail = options.get("detail")
    share = way.most * (way.detail if detail is None else detail) / 100
    return Recipe(model, share, way.faithful, category in PHOTOGRAPHS)


def engines() -> list[tuple[str, Any]]:
    """Return the engines that can be chosen: by itself, a network, classical, own."""
    own = [(OWN + name, name) for name in models.own()]
    return [
        ("", _("automatic: a network where it takes under two minutes")),
        (NETWORK, _("a network for the content, however long it takes")),
        (CLASSICAL, _("classical: at once, invents nothing")),
        (PLAIN, _("none: only resampled")),
        *own,
    ]
