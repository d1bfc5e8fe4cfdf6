"""However deep a call is, it takes no memory from the system each time."""

import resource

from config.stack import roomy

CALLS, DEPTHS = 2_000, range(400)


def faults(depth: int) -> int:
    """Return how often memory was given to us during many calls at such a depth."""
    if depth:
        return faults(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        branch()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def branch() -> None:
    leaf()


def leaf() -> None:
    """Only be called."""


def test_calls_take_memory_each_time_at_no_depth() -> None:
    assert max(map(roomy(faults), DEPTHS)) < CALLS / 10


def test_what_is_entered_is_called_like_the_function_itself() -> None:
    @roomy
    def joined(*words: str, end: str) -> str:
        """Join."""
        return " ".join(words) + end

    assert joined("a", "b", end="!") == "a b!"
    assert (joined.__name__, joined.__doc__) == ("joined", "Join.")
