"""Does the last page of a very long wall come as soon as the first?"""

from statistics import median

from tests.bench.elsewhere import measured
from tests.bench.figures import Figure

STORED = 100_000


def measure() -> list[Figure]:
    """Compare the two at 100,000 pictures, and in a gallery of 5,000 of them."""
    taken = {name: median(each) for name, each in measured("turning", STORED).items()}
    found = [Figure(f"page of 60: {name}", one, "ms") for name, one in taken.items()]
    for wall in ("library", "gallery"):
        ratio = taken[f"{wall}, last"] / taken[f"{wall}, first"]
        found.append(Figure(f"{wall}: last page over the first", ratio, "×", 1.3))
    return found
