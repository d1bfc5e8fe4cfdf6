"""Thousands of damaged pictures at every door: never a fault, and nothing left behind.

`MUTATIONS=4711` in the environment, and `-k native`, send one again alone.
"""

import json
import os
from collections.abc import Callable, Iterator

import pytest

from tests.prove.strangers.mutations import mutation
from tests.prove.strangers.watching import MOST_GROWTH, Watch, watching
from tests.services import eventually

pytestmark = pytest.mark.prove
# How many of them each door gets; those of providers' results lie behind these.
SHARES = {
    "form": 600,
    "page": 150,
    "parts": 300,
    "guest": 550,
    "similar": 200,
    "logo": 200,
    "native": 600,
    "kokoon": 500,
    "retouch4me": 400,
    "haut": 350,
    "naver": 350,
    "sessions": 300,
}
LIMIT = 600


def numbers(door: str) -> list[int]:
    """Return which mutations come to a door; fewer of them with MUTATIONS_PER_CENT."""
    if said := os.environ.get("MUTATIONS"):
        return [int(one) for one in said.split(",")]
    start = sum(share for name, share in SHARES.items() if name < door)
    share = SHARES[door] * int(os.environ.get("MUTATIONS_PER_CENT", "100")) // 100
    return list(range(start, start + share))


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with watching() as watch:
        watch.warm_up(list(SHARES))
        yield watch


@pytest.mark.parametrize("door", SHARES)
def test_what_is_damaged_is_refused_and_leaves_nothing(
    watch: Watch, door: str, proved: Callable[[str], None]
) -> None:
    ones = [mutation(number) for number in numbers(door)]
    wrong = watch.hold(door, ones)
    again = "python -m tests.prove.strangers.mutations NUMBER FILE writes one out"
    assert not wrong, f"{len(wrong)} at {door} ({again}):\n" + "\n".join(wrong[:20])
    proved(
        f"{len(ones):,} damaged pictures at the door {door}: no 5xx, nothing left; "
        f"{watch.refused[door]:,} refused with a sentence, the slowest in "
        f"{watch.slowest:.1f} s; {watch.taken[door]:,} could be read and are stored."
    )


def test_the_web_process_has_not_grown(
    watch: Watch, proved: Callable[[str], None]
) -> None:
    growth = watch.growth()
    proved(f"By all of these a web process grew by {growth >> 20} MB at its highest.")
    assert growth < MOST_GROWTH


def test_every_rendition_is_made_of_what_was_taken(
    watch: Watch, proved: Callable[[str], None]
) -> None:
    watch.site.begin("worker")
    left = lambda: not watch.inside.call("unrendered")  # noqa: E731
    eventually("all renditions are made", left, LIMIT)
    assert not watch.inside.call("incomplete")
    stored = watch.inside.state().tables["blob"]
    proved(f"{stored:,} stored pictures have all their renditions.")
    assert json.loads(watch.site.manage("check_integrity", "--deep", "--json"))["ok"]
    logs = "".join(one.read_text() for one in watch.site.folder.glob("*.log"))
    assert "Traceback" not in logs
    assert "has no large renditions" not in logs
