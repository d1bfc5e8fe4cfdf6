"""Files sent at the doors of a running site, and whether what they leave is right."""

from __future__ import annotations

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil
import requests

from tests.application import Application, application
from tests.doors import Doors, Outcome
from tests.drawing import jpeg
from tests.prove.strangers.inside import Inside, State, grown
from tests.prove.strangers.mutations import Mutation

AT_ONCE = 4
MOST_GROWTH = 64 << 20
ENDINGS = [".jpg", ".png", ".bmp", ".jpeg"]
NUMBER = re.compile(r"mutation-(\d+)-")
REFUSALS = {400, 413, 415, 422}
# Who lets the file come first and judges it later says so in a good answer.
LATER = {"haut": 204, "naver": 200}
# What a refusal leaves, which is no part of the file: that it was sent, and why not.
RECORDS = {
    "parts": Counter(upload=1),
    "sessions": Counter(upload=1),
    "naver": Counter(upload=1, vendorrecord=1),
    "haut": Counter(upload=1, vendorrecord=2),
}
KEEPS_NOTHING = {"similar", "logo"}


class Watch:
    """A site, its doors, and a look inside."""

    def __init__(self, site: Application, doors: Doors, inside: Inside) -> None:
        self.site, self.doors, self.inside = site, doors, inside
        self.slowest = 0.0
        self.outcomes: dict[int, Outcome | str] = {}
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.numbers = itertools.count(1)

    def honest(self, door: str) -> Outcome:
        """Send a picture that no door has seen yet."""
        number = next(self.numbers)
        data = jpeg(seed=number % 3) + f"honest {number}".encode()
        outcome = self.doors.send(door, data, f"honest-{number}.jpg", number)
        assert outcome.taken, f"{door} refuses an honest picture: {outcome}"
        return outcome

    def warm_up(self, doors: Sequence[str]) -> None:
        """Have both web processes load whatever a door needs."""
        for door in doors:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                # As many as there are keys and links, each of which begins something.
                list(pool.map(lambda _: self.honest(door), range(8)))  # noqa: B023
        self.heights = {one.pid: one.memory_info().rss for one in self.workers()}
        for pid in self.heights:
            # From here on the kernel notes the highest anew.
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def workers(self) -> list[psutil.Process]:
        arbiter = psutil.Process(self.site.processes["web"].pid)
        return [one for one in arbiter.children() if "gunicorn" in one.cmdline()]

    def growth(self) -> int:
        """Return by how many bytes a web process has grown at its highest."""
        assert {one.pid for one in self.workers()} == set(self.heights)
        peaks = {pid: Path(f"/proc/{pid}/status").read_text() for pid in self.heights}
        highest = {
            pid: int(re.findall(r"VmHWM:\s+(\d+)", text)[0]) << 10
            for pid, text in peaks.items()
        }
        return max(highest[pid] - self.heights[pid] for pid in highest)

    def price(self, door: str) -> tuple[Counter[str], Counter[str]]:
        """Return the rows that an honest picture makes, and those of a refusal."""
        refused = self.doors.send(door, b"These are words.", "words.jpg")
        assert not refused.taken
        states = [self.inside_now()]
        self.honest(door)
        states.append(self.inside_now())
        self.doors.send(door, b"These are others.", "words.jpg")
        states.append(self.inside_now())
        return grown(*states[:2]), grown(*states[1:])

    def inside_now(self) -> State:
        state: State = self.inside.state()
        assert not state.strays, f"files without rows, or rows without: {state.strays}"
        return state

    def settled(self, before: State) -> State:
        """Look inside once no temporary is left but those of `before`, or in 10 s.

        What was received is thrown away after the last byte of the answer is sent.
        """
        until = time.monotonic() + 10
        while True:
            state: State = self.inside.state()
            late = set(state.temporaries) - set(before.temporaries)
            if not late or time.monotonic() > until:
                return state
            time.sleep(0.2)

    def send(self, door: str, one: Mutation) -> Outcome | str:
        """Send one; return what became of it, or how the connection ended."""
        # Naver's service goes by the ending before it gives an address to send to.
        endings = [".jpg", ".png"] if door == "naver" else ENDINGS
        ending = Random(one.number).choice(endings)  # noqa: S311
        name = f"mutation-{one.number}-{ending}"
        try:
            return self.doors.send(door, one.data, name, one.number)
        except requests.RequestException as error:
            return f"the connection broke: {error}"

    def hold(self, door: str, ones: Sequence[Mutation]) -> list[str]:
        """Send all of these at a door; return what is not as it should be."""
        self.slowest = 0.0
        made, left = self.price(door)
        wrong = [] if left == RECORDS.get(door, Counter()) else [f"leaves {left}"]
        before = self.inside_now()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(lambda one: self.send(door, one), ones))
        after = self.settled(before)
        taken = set()
        self.outcomes = dict(zip((one.number for one in ones), outcomes, strict=True))
        for one, outcome in zip(ones, outcomes, strict=True):
            if isinstance(outcome, str) or (why := wrong_with(door, outcome)):
                why = outcome if isinstance(outcome, str) else why
                wrong.append(f"{one} at {door}: {why}")
            elif outcome.taken:
                taken.add(one.number)
            else:
                self.slowest = max(self.slowest, outcome.seconds)
        self.taken[door] += len(taken)
        self.refused[door] += len(ones) - len(taken)
        stored = set() if door in KEEPS_NOTHING else taken
        wrong += remaining(before, after, stored)
        most = {name: len(taken) * count for name, count in made.items()}
        for name, count in left.items():
            most[name] = most.get(name, 0) + count * (len(ones) - len(taken))
        for name, count in grown(before, after).items():
            if count > most.get(name, 0):
                wrong.append(f"{count} rows of {name}, of {most.get(name, 0)} at most")
        return wrong


def wrong_with(door: str, outcome: Outcome) -> str:
    """Say what is wrong with an answer; nothing where it is as it should be."""
    if outcome.status >= 500:
        return f"{outcome.status} {outcome.said}"
    if outcome.taken:
        return ""
    if outcome.status not in REFUSALS and outcome.status != LATER.get(door):
        return f"refused with {outcome.status} {outcome.said}"
    # Of Naver's service it is a word.
    spoken = " " in outcome.said or (door == "naver" and outcome.said.isupper())
    return "" if spoken else f"{outcome.status} without a sentence: {outcome.said!r}"


def remaining(before: State, after: State, taken: set[int]) -> list[str]:
    """Name what was left behind, and of which mutation as far as one can tell."""
    fresh = [name for pk, name in after.images.items() if pk not in before.images]
    numbers = [int(found[1]) for name in fresh if (found := NUMBER.search(name))]
    wrong = [f"mutation {one} was refused, and is stored" for one in numbers]
    wrong = [said for said, one in zip(wrong, numbers, strict=True) if one not in taken]
    lost = sorted(taken - set(numbers))
    wrong += [f"mutation {one} was taken, and is not there" for one in lost]
    if len(numbers) != len(fresh) or len(set(numbers)) != len(numbers):
        wrong.append(f"pictures of other names: {sorted(fresh)[:9]}")
    wrong += [f"a file without a row, or a row without: {one}" for one in after.strays]
    late = sorted(set(after.temporaries) - set(before.temporaries))
    return wrong + [f"a temporary is left: {one}" for one in late]


@contextmanager
def watching(**variables: str) -> Iterator[Watch]:
    """Run the web server of a site; nobody works on what it takes until asked to."""
    with application("web", CALLS_PER_MINUTE="100000", **variables) as site:
        doors = Doors(site)
        with Inside(site) as inside:
            yield Watch(site, doors, inside)
