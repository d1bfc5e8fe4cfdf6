"""How often the right one is found of pictures that look alike."""

import random
import uuid
from collections.abc import Sequence

import numpy as np
from PIL import Image as Pictures

from imaging.decoding.descriptor import SIZE, describe
from imaging.pictures.matching import Looks, rough
from imaging.similar import SLICES, Rows
from tests.altered import ALTERATIONS, pictures, strangers
from tests.bench.figures import Figure

CUT, OTHERS = 1_000, 4_000


class Wall:
    """Pictures in an index, without a database behind them."""

    def __init__(self, stored: Sequence[bytes]) -> None:
        joined = np.frombuffer(b"".join(stored), np.uint8)
        self.descriptors = joined.reshape(-1, SIZE)
        waves, norms = rough(self.descriptors)
        names = [uuid.UUID(int=number) for number in range(len(stored))]
        team = np.zeros(len(stored), "i4")
        self.rows = Rows(waves, norms, team, names, len(stored))

    def first(self, picture: Pictures.Image) -> int:
        """Return the number of the picture that looks most like this one, -1: none."""
        asked = Looks.of(said := describe(picture))
        best, part = (found[: SLICES[1]] for found in self.rows.ranked(said, [0]))
        if not best.size:
            return -1
        fine = np.empty(best.size)
        for is_part in (False, True):
            which = part == is_part
            if which.any():
                looks = Looks(self.descriptors[best[which]])
                one, other = (looks, asked) if is_part else (asked, looks)
                fine[which] = one.likeness(other)
        return int(best[fine.argmax()])


def rates(count: int, others: int) -> dict[str, float]:
    """Return how often, in percent, each alteration of a picture finds it first."""
    cut = pictures(count)
    stored = [describe(one) for one in (*cut, *strangers(others))]
    wall = Wall(stored)
    found = {}
    for name, alter in ALTERATIONS.items():
        dice = random.Random(name)  # noqa: S311
        hits = [wall.first(alter(one, dice)) == at for at, one in enumerate(cut)]
        found[name] = 100 * sum(hits) / count
    return found


def measure() -> list[Figure]:
    """Measure how often a search is right; how soon it is, `walls` measures."""
    return [
        Figure(f"{name}: found as first hit", rate, "%", 95, at_least=True)
        if name != "all at once"
        else Figure(f"{name}: found as first hit", rate, "%")
        for name, rate in rates(CUT, OTHERS).items()
    ]
