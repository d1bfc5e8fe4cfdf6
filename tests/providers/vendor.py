"""A vendor that is played: its documented calls on a real socket, its jobs, its faults.

    class Played(Vendor):
        @call("POST /v1/jobs", act="submit")
        def start(self, heard: Heard) -> Steps:
            return answer({"id": self.take(heard.headers.get("x-key", "")).id})

        @call("GET /v1/jobs/{id}", act="poll")
        def status(self, heard: Heard, id: str) -> Steps: ...

`spoil` makes the next request to a call end badly, see TROUBLES; `GET /ledger` tells
another process what was paid. `serve(Played)` runs one alone, on the port it is given.
"""

from __future__ import annotations

import math
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.providers.playing import (
    HANG_UP,
    Heard,
    Playing,
    Steps,
    answer,
    drip,
    giant,
    half,
)

GOLDEN = Path(__file__).parent / "golden"
ENORMOUS = 1 << 40
# Does what was asked, and returns the answer that the vendor would give.
Truth = Callable[[], Any]
Trouble = Callable[[Truth], Any]


def after(what: Steps) -> Trouble:
    """Do what was asked, then play something else than the answer."""

    def play(truth: Truth) -> Steps:
        truth()
        return what

    return play


def instead(what: Steps) -> Trouble:
    """Play this and do nothing of what was asked."""
    return lambda truth: what


WEB_PAGE = answer(b"<!doctype html><title>Back soon</title>", type="text/html")
GARBAGE = answer(b'{"id": 7, "state', type="application/json")
# What can happen to any call; those that take the client's patience come apart.
TROUBLES: dict[str, Trouble] = {
    "hangs up": instead([HANG_UP]),
    "hangs up once it is done": after([HANG_UP]),
    "breaks off in its answer": lambda truth: half(truth()),
    "answers garbage": after(GARBAGE),
    "answers with a web page": after(WEB_PAGE),
    "answers a list": after(answer([])),
    "has a fault": instead(answer(b"", 500)),
    "is behind a broken gate": instead(answer(WEB_PAGE, 502, "text/html")),
    "is overloaded": instead(answer(b"", 503)),
    "wants fewer calls": instead(answer(b"", 429, Retry_After="7")),
    "answers without end": lambda truth: (truth(), giant(ENORMOUS)(NOBODY))[1],
}
SLOW: dict[str, Trouble] = {
    "never answers": after([math.inf]),
    "sends a byte now and then": lambda truth: drip(truth(), 0.2),
}
# What a call that hands out a picture may hand out instead.
NO_PICTURES: dict[str, Trouble] = {
    "hands out no picture": instead(answer(b"This is no picture.", type="image/jpeg")),
    "hands out half a picture": lambda truth: cut(truth()),
}
NOBODY = Heard("GET", "/", {}, b"")


def cut(reply: bytes) -> bytes:
    """Return an answer that is complete by itself, with half of the bytes."""
    body = reply.partition(b"\r\n\r\n")[2]
    return answer(body[: len(body) // 2], type="image/jpeg")


@dataclass
class Work:
    """One job that was taken, and so paid; a vendor's own kind of it has more."""

    id: str
    key: str
    at: float = field(default_factory=time.time)
    polls: int = 0


@dataclass(frozen=True)
class Call:
    """One documented call, and in which act of a task it is made first.

    `act` is submit, poll, fetch or inquire (about the account), or nothing of these;
    `picture` says that its answer is the file itself.
    """

    name: str
    method: str
    path: str
    act: str
    picture: bool = False

    def match(self, heard: Heard) -> dict[str, str] | None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, heard.path)
        return found.groupdict() if found and heard.method == self.method else None


def call(route: str, *, act: str = "", picture: bool = False) -> Callable[..., Any]:
    """Say which "METHOD /path/{part}" a method plays; the parts are its arguments."""
    method, path = route.split(" ")

    def mark(play: Callable[..., Any]) -> Callable[..., Any]:
        play.call = Call(play.__name__, method, path, act, picture)  # type: ignore[attr-defined]
        return play

    return mark


class Vendor(Playing):
    """A vendor; a subclass plays its calls, and takes jobs by `take`.

    `ready_after` polls a job is done; with `never` it is not, however long one waits.
    `whispered` are secrets that it handed out itself: none of them belongs in a log.
    """

    calls: ClassVar[dict[str, Call]] = {}
    job: ClassVar[type[Work]] = Work

    def __init_subclass__(cls) -> None:
        found = [getattr(one, "call", None) for one in vars(cls).values()]
        cls.calls = {**cls.calls, **{one.name: one for one in found if one}}

    def __init__(self, port: int = 0) -> None:
        super().__init__(port=port)
        self.jobs: dict[str, Any] = {}
        # The people of whom it knows, where a vendor does: {id: name}.
        self.subjects: dict[str, str] = {}
        self.asked: dict[str, list[Heard]] = defaultdict(list)
        self.cancelled: list[str] = []
        self.whispered: set[str] = set()
        self.ready_after = 2
        self.never = False
        self._troubles: dict[str, list[Trouble]] = defaultdict(list)

    @classmethod
    def calls_of(cls, *acts: str) -> list[Call]:
        return [one for one in cls.calls.values() if one.act in acts]

    def spoil(self, name: str, *troubles: Trouble) -> None:
        """Let the next requests to a call end so, one each; after that all is well."""
        assert name in self.calls, name
        self._troubles[name] += troubles

    def mend(self, name: str) -> None:
        """Let all requests to a call end well again."""
        self._troubles[name].clear()

    def take(self, key: str = "", **what: Any) -> Any:
        """Take a job, which is paid; one key gives one job, however often it comes."""
        with self._lock:
            for known in self.jobs.values():
                if key and known.key == key:
                    return known
            work = self.job(self.name_of(len(self.jobs) + 1), key, **what)
            self.jobs[work.id] = work
            return work

    def name_of(self, number: int) -> str:
        """Return how this vendor names its job of this number."""
        return str(number)

    def share(self, work: Work) -> float:
        """Return how much of a job is done, as of this poll."""
        work.polls += 1
        done = min(work.polls / self.ready_after, 1.0)
        return min(done, 0.5) if self.never else done

    def respond(self, heard: Heard) -> Steps:
        if heard.path == "/ledger":
            return self.ledger()
        for one in self.calls.values():
            if (parts := one.match(heard)) is not None:
                return self._play_call(one, heard, parts)
        return super().respond(heard)

    def _play_call(self, one: Call, heard: Heard, parts: dict[str, str]) -> Steps:
        with self._lock:
            self.asked[one.name].append(heard)
            waiting = self._troubles[one.name]
            trouble = waiting.pop(0) if waiting else None

        def truth() -> Any:
            return getattr(self, one.name)(heard, **parts)

        return trouble(truth) if trouble else truth()

    def ledger(self) -> bytes:
        rows = [
            {name: value for name, value in vars(one).items() if name != "body"}
            for one in list(self.jobs.values())
        ]
        return answer({"jobs": rows, "cancelled": self.cancelled})


def golden(name: str, **changes: str) -> bytes:
    """Return the whole answer in a file of `golden/`, for instance `lab/refused.http`.

    The file has `#` lines that say on which page and day it was read, then the status
    line, the headers, an empty line and the body to the byte. `changes` replace words.
    """
    text = (GOLDEN / name).read_text().removesuffix("\n")
    text = re.sub(r"\A(#.*\n)+", "", text)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    head, _, body = text.partition("\n\n")
    lines = [*head.split("\n"), f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def serve(vendor: type[Vendor]) -> None:
    """Play a vendor on the port of the command line until the process is ended."""
    with vendor(int(sys.argv[1])):
        threading.Event().wait()
