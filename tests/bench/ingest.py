"""How soon uploaded pictures hang on the wall, beside Wagtail's.

Both are served alike, and sent the same files over HTTP by people who are signed in,
each file in a request of its own as the pages of both send it: Wagtail's page to add
several images at once, which answers sooner than its page for one. Then the wall is
opened once. There Wagtail makes the thumbnails of what is new; Darkroom's are made by
then, and its worker is at the larger renditions.
"""

import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from statistics import median

from requests import Response

from tests import drawing
from tests.application import PASSWORD, Application, application
from tests.bench.figures import Figure
from tests.bench.wagtail import ADDING, ADMIN, LISTING, Wagtail
from tests.services import eventually, scratch
from tests.visiting import Visitor

ALICE, ROUNDS = "alice@example.com", 5
SIZES = {"3 MP": (2048, 1536), "12 MP": (4000, 3000)}
# How many pictures a round sends, how many people send them, and the goal.
KINDS: dict[str, tuple[str, int, int, float | None]] = {
    "3 MP, one at a time": ("3 MP", 8, 1, 2.5),
    "3 MP, four at once": ("3 MP", 16, 4, 4),
    "12 MP, one at a time": ("12 MP", 4, 1, 5),
    "12 MP, four at once": ("12 MP", 8, 4, None),
}
NUMBERS = count()
Files = dict[str, bytes]


@dataclass
class Side:
    """One of the two sites, with people signed in.

    `send` uploads one file, `rest` waits until nothing is left to be done.
    """

    people: list[Visitor]
    wall: str
    send: Callable[[Visitor, str, bytes], Response]
    rest: Callable[[int], object]
    sent: int = 0

    def hang(self, files: Files, people: int) -> float:
        """Return how many seconds it took until all of them hung on the wall."""
        names, began = list(files), time.perf_counter()

        def upload(number: int) -> None:
            for name in names[number::people]:
                answer = self.send(self.people[number], name, files[name])
                assert answer.ok, f"{answer.status_code} {answer.text[:300]}"

        with ThreadPoolExecutor(people) as threads:
            list(threads.map(upload, range(people)))
        shown = self.people[0].get(self.people[0].site.url + self.wall).text
        span = time.perf_counter() - began
        assert not [name for name in names if name not in shown]
        self.sent += len(names)
        self.rest(self.sent)
        return span


def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Send pictures to both in turns; the first turn only warms them up."""
    found: list[Figure] = []
    with darkroom() as ours, wagtail() as theirs:
        for kind, (size, many, people, goal) in KINDS.items():
            spans = []
            for _turn in range(rounds + 1):
                sent = fresh(size, many)
                spans.append((ours.hang(sent, people), theirs.hang(sent, people)))
            found += figures(kind, many, spans[1:], goal)
    return found


def figures(
    kind: str, many: int, spans: list[tuple[float, float]], goal: float | None
) -> Iterator[Figure]:
    ours = median(many / span for span, _theirs in spans)
    theirs = median(many / span for _ours, span in spans)
    ratio = median(theirs / ours for ours, theirs in spans)
    yield Figure(kind, ours, "a second")
    yield Figure(f"{kind}: Wagtail", theirs, "a second")
    yield Figure(f"{kind}: times", ratio, "×", goal, at_least=True, peer="Wagtail")


@contextmanager
def darkroom() -> Iterator[Side]:
    with application() as site:
        site.add_person(ALICE)
        people = [open_darkroom(site) for _ in range(4)]

        def rest(sent: int) -> None:
            def rendered() -> bool:
                return len(list(site.data.rglob("1600.*"))) == sent

            eventually("the worker has made all renditions", rendered, 60)

        yield Side(people, "/", to_darkroom, rest)


@contextmanager
def wagtail() -> Iterator[Side]:
    with scratch("wagtail") as folder:
        site = Wagtail(folder)
        with site.served():
            people = [open_wagtail(site) for _ in range(4)]
            yield Side(people, LISTING, to_wagtail, bool)


def open_darkroom(site: Application) -> Visitor:
    """Return a browser in which alice has signed in, on the page to send pictures."""
    person = Visitor(site)
    answer = person.fill_in("/accounts/login/", login=ALICE, password=PASSWORD)
    assert answer.status_code == 302, answer
    person.visit("/upload/")
    return person


def open_wagtail(site: Wagtail) -> Visitor:
    """Return the same for Wagtail."""
    person = Visitor(site)
    answer = person.fill_in(f"{ADMIN}login/", username="alice", password=PASSWORD)
    assert answer.status_code == 302, answer
    person.visit(ADDING)
    return person


def to_darkroom(person: Visitor, name: str, data: bytes) -> Response:
    form = {"csrfmiddlewaretoken": person.token}
    files = {"file": (name, data, "image/jpeg")}
    return person.post(f"{person.site.url}/upload/file/", form, files=files)


def to_wagtail(person: Visitor, name: str, data: bytes) -> Response:
    form = {"csrfmiddlewaretoken": person.token, "title": name}
    files = {"files[]": (name, data, "image/jpeg")}
    return person.post(person.site.url + ADDING, form, files=files)


def fresh(size: str, many: int) -> Files:
    """Return files that nobody has yet: one drawing, with a remark in each."""
    whole = drawn(size)
    files = {}
    for number in islice(NUMBERS, many):
        remark = f"{number:08}".encode()
        segment = b"\xff\xfe" + struct.pack(">H", 2 + len(remark)) + remark
        files[f"fresh-{number:08}.jpg"] = whole[:2] + segment + whole[2:]
    return files


@cache
def drawn(size: str) -> bytes:
    return drawing.jpeg(*SIZES[size])
