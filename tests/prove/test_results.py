"""What providers hand back: damaged pictures, planted ones, archives that do harm."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.application import application
from tests.faults.site import PLAYED
from tests.lab import Lab
from tests.prove.strangers.archives import ARCHIVES, NAME, one
from tests.prove.strangers.inside import Inside, State
from tests.prove.strangers.mutations import mutation
from tests.prove.strangers.planted import PLANTS
from tests.prove.test_mutations import SHARES
from tests.providers.playing import Heard, answer
from tests.providers.retouch4me.played import TOKEN, Played
from tests.providers.vendor import call
from tests.services import eventually

pytestmark = pytest.mark.prove
# Mutations behind those of the doors: results by themselves, and within an archive.
RESULTS, MEMBERS = 400, 100
LIMIT = 480
Files = dict[str, Callable[[], bytes]]


class Careless(Lab):
    """A laboratory that hands out what it was told to, by the mode of the job."""

    files: Files = {}  # noqa: RUF012

    @call("GET /jobs/{id}/result", act="fetch", picture=True)
    def result(self, heard: Heard, id: str) -> bytes:
        return answer(self.files[self.orders[id].mode](), type="image/jpeg")


class Packer(Played):
    """A retoucher that hands out the archives it was told to, by the picture's name."""

    files: Files = {}  # noqa: RUF012
    quota = 10_000

    @call("GET /api/v1/retoucher/getFile/{id}", act="fetch", picture=True)
    def get_file(self, heard: Heard, id: str) -> bytes:
        name = self.jobs[id].name.partition(".")[0]
        return answer(self.files[name](), type="binary/octet-stream")


@dataclass
class Ended:
    """How a task on one file has ended."""

    name: str
    state: str
    code: str
    message: str
    results: int
    images: int


@dataclass
class Bench:
    """A site's background between two careless providers."""

    inside: Inside
    manage: Callable[..., str]
    log: Callable[[], str]

    def work(self, provider: str, files: Files, kind: type[Any]) -> list[Ended]:
        """Have a provider hand out each of these; return how the tasks have ended."""
        kind.files, names = files, list(files)
        before = self.inside.state()
        pks = self.inside.call("begin", provider, [order(provider, n) for n in names])
        waits = lambda: not self.inside.call("open_tasks")  # noqa: E731
        eventually("every task ends", waits, LIMIT)
        rows = self.inside.call("ended", pks)
        ended = [Ended(name, *row) for name, row in zip(names, rows, strict=True)]
        # Smaller sizes are made once their task has ended.
        eventually("nothing half is there", lambda: self.is_clean(before), LIMIT)
        after = self.inside.state()
        assert len(after.images) - len(before.images) == sum(
            [one.images + 1 for one in ended], start=1
        )
        return ended

    def is_clean(self, before: State) -> bool:
        now = self.inside.state()
        return not now.strays and now.temporaries == before.temporaries


def order(provider: str, name: str) -> tuple[str, str, dict[str, Any]]:
    if provider == "lab":
        return (f"{name}.jpg", "develop", {"mode": name, "seconds": 0})
    return (f"{name}.jpg", "retouch", {"result": "layers"})


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with (
        Careless() as lab,
        Packer() as packer,
        application(
            "worker",
            "watch",
            PROVIDERS_PATH=PLAYED,
            OUTGOING_ALLOW_PRIVATE="1",
            LAB_URL=lab.url,
            LAB_PACE="0.3",
            WORKERS="2",
            RETOUCH4ME_URL=packer.url,
            RETOUCH4ME_TOKEN=TOKEN,
        ) as site,
        Inside(site) as inside,
    ):
        yield Bench(inside, site.manage, lambda: site.logs(10**6))


def senseless(ended: Sequence[Ended], expected: dict[str, bool]) -> list[str]:
    """Name the tasks that have not ended as they should have, or without a reason."""
    wrong = []
    for task in ended:
        done = task.state == "completed"
        good = bool(task.results and task.images) if done else " " in task.message
        known = expected.get(task.name, done)
        if not good or task.state not in {"completed", "error"} or done != known:
            wrong.append(str(task))
        if not done and (task.results or task.images):
            wrong.append(f"something is left: {task}")
    return wrong


def tally(ended: Sequence[Ended]) -> str:
    codes = Counter(one.code or one.state for one in ended)
    return ", ".join(f"{count} {code}" for code, count in sorted(codes.items()))


def some(first: int, count: int) -> range:
    """Return the numbers of mutations; fewer of them with MUTATIONS_PER_CENT."""
    start = sum(SHARES.values()) + first
    share = count * int(os.environ.get("MUTATIONS_PER_CENT", "100")) // 100
    return range(start, start + share)


def test_damaged_results_end_their_tasks(
    bench: Bench, proved: Callable[[str], None]
) -> None:
    files: Files = {
        f"mutation-{number}": lambda number=number: mutation(number).data  # type: ignore[misc]
        for number in some(0, RESULTS)
    }
    ended = bench.work("lab", files, Careless)
    wrong = senseless(ended, {})
    assert not wrong, "\n".join(wrong)
    proved(f"{len(ended)} damaged pictures as a provider's results: {tally(ended)}.")


def test_planted_results_end_their_tasks(
    bench: Bench, proved: Callable[[str], None]
) -> None:
    keys = {f"plant-{number}": name for number, name in enumerate(PLANTS)}
    files: Files = {key: PLANTS[name].make for key, name in keys.items()}
    ended = bench.work("lab", files, Careless)
    expected = {key: bool(PLANTS[name].format) for key, name in keys.items()}
    wrong = [f"{keys[one.name]}: {one}" for one in ended if senseless([one], expected)]
    assert not wrong, "\n".join(wrong)
    proved(f"{len(ended)} planted files as a provider's results: {tally(ended)}.")


def test_harmful_archives_and_damaged_members_end_their_tasks(
    bench: Bench, proved: Callable[[str], None]
) -> None:
    keys = {f"archive-{number}": name for number, name in enumerate(ARCHIVES)}
    # Each is fetched up to six times, and some take long to pack.
    files: Files = {key: cache(ARCHIVES[name][0]) for key, name in keys.items()}
    for number in some(RESULTS, MEMBERS):
        keys[f"mutation-{number}"] = f"mutation {number} as a layer"
        files[f"mutation-{number}"] = lambda number=number: one(  # type: ignore[misc]
            NAME, mutation(number).data
        )
    ended = bench.work("retouch4me", files, Packer)
    expected = {
        key: ARCHIVES[name][1] for key, name in keys.items() if name in ARCHIVES
    }
    wrong = [
        f"{keys[task.name]}: {said}"
        for task in ended
        for said in senseless([task], expected)
    ]
    assert not wrong, "\n".join(wrong)
    proved(f"{len(ended)} archives as a provider's results: {tally(ended)}.")


def test_all_is_in_order(bench: Bench) -> None:
    assert json.loads(bench.manage("check_integrity", "--deep", "--json"))["ok"]
    assert "Traceback" not in bench.log()
