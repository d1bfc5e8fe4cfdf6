"""Ours and its peer in turns, in one run: the ratio, and both as they were."""

from collections.abc import Callable, Mapping
from statistics import median

from tests.bench.figures import Figure

ROUNDS = 5
# More a second is better, of ours and of the other.
Ways = tuple[Callable[[], float], Callable[[], float]]


def compared(
    ways: Mapping[str, Ways], peer: str, unit: str, goals: Mapping[str, float | None]
) -> list[Figure]:
    """Go each way in turns; tell how we compare, each with its goal."""
    figures = []
    for name, (ours, theirs) in ways.items():
        ours(), theirs()
        pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
        ratio = median(one / other for one, other in pairs)
        middle = [median(each) for each in zip(*pairs, strict=True)]
        figures += [
            Figure(name, ratio, "x", goals[name], at_least=True, peer=peer),
            Figure(f"{name}: ours", middle[0], unit),
            Figure(f"{name}: {peer}", middle[1], unit),
        ]
    return figures
