"""An application whose processes are killed, restarted as a system would, and asked."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.application import Application, application
from tests.backstage import Backstage
from tests.faults.mailbox import Mailbox, mailbox
from tests.lab import Lab
from tests.services import ROOT, eventually

PERSON = "alice@example.com"
PLAYED = str(ROOT / "tests/played")
LIMIT = 60
seeds = count()


class Site(Backstage):
    """The background of the application, a laboratory, and a client of its database."""

    def __init__(
        self, site: Application, lab: Lab, points: Path, mailbox: Mailbox
    ) -> None:
        self.site, self.lab, self.points, self.mailbox = site, lab, points, mailbox
        env = {**site.env, "DARKROOM_FAULT_POINT": ""}
        super().__init__("tests.faults.client", env)

    @cached_property
    def token(self) -> str:
        """Return the token of a program, made when it is first wanted."""
        return str(self.call("token"))

    def arm(self, point: str, fault: str = "") -> None:
        """Let the next process that reaches this point die there, or meet a fault.

        The faults are in `imaging/faults.py`.
        """
        path = self.points / f"{point}.new"
        path.write_text(fault)
        # Whole at once: half of it would be another fault.
        path.rename(self.points / point)

    def was_reached(self, point: str) -> None:
        """Wait until a process was there, be it one that is started again first."""
        path = self.points / point

        def is_reached() -> bool:
            self.revive()
            return not path.exists()

        eventually(f"{point} is reached", is_reached, LIMIT)

    def standing(self) -> psutil.Process:
        """Return the process that a fault has stopped."""

        def stopped() -> list[psutil.Process]:
            here = self.site.members()
            return [one for one in here if one.status() == psutil.STATUS_STOPPED]

        return eventually("a process stands still", stopped, LIMIT)[0]

    def develop(self, number: int = 1, **options: Any) -> list[str]:
        """Start tasks at the laboratory."""
        wanted = {"seconds": 0.3, **options}
        return list(self.call("begin", "lab", "develop", wanted, number, next(seeds)))

    def convert(self, number: int = 1) -> list[str]:
        """Start tasks that the engine does, whose results are new bytes."""
        wanted = {"format": "png"}
        return list(self.call("begin", "local", "convert", wanted, number, next(seeds)))

    def revive(self) -> None:
        """Start again whatever has ended, as a system does."""
        # What a thread begins is ended with the thread, so only the main one does.
        if threading.current_thread() is not threading.main_thread():
            return
        for name, process in list(self.site.processes.items()):
            if process.poll() is not None:
                self.site.begin(name)

    def stages(self, pks: list[str]) -> set[str]:
        return {task["stage"] for task in self.call("tasks", pks)}

    def ended(self, pks: list[str]) -> list[dict[str, Any]]:
        """Wait until these tasks have ended; nothing may have happened to them twice.

        Returns them once everything else is as it should be, too.
        """

        def look() -> list[dict[str, Any]]:
            self.revive()
            rows = self.call("tasks", pks)
            over = all(row["state"] not in {"pending", "processing"} for row in rows)
            return rows if over else []

        rows = list(eventually(f"all of {pks} end", look, LIMIT))
        paid = self.payments()
        for row in rows:
            done = row["state"] == "completed"
            assert row["ends"] == 1, row
            assert row["results"] == row["images"] == done, row
            assert done or row["message"], row
            assert paid[row["id"]] <= 1, row
        self.settled()
        return rows

    def work_off(self, count: int, ordering: Future[None] | None = None) -> None:
        """Wait until so many tasks have ended; a minute may not go by without one."""
        over = self.call("over")
        while over < count:
            before = over

            def more(before: int = before) -> int:
                self.revive()
                if ordering and ordering.done():
                    ordering.result()
                now = int(self.call("over"))
                return now if now > before else 0

            over = eventually(f"more than {before} tasks have ended", more, LIMIT)

    def settled(self) -> None:
        """Wait until the check of all invariants finds nothing."""
        self.problems: list[str] = []
        try:
            eventually("everything is in order", self.is_in_order, LIMIT)
        except AssertionError as error:
            raise AssertionError(f"{error} {self.problems}") from None

    def is_in_order(self) -> bool:
        self.revive()
        self.problems = self.call("problems")
        return not self.problems

    def paid(self, pk: str) -> int:
        """Return how often the laboratory was paid for this task."""
        return self.payments()[pk]

    def payments(self) -> Counter[str]:
        """Return how often the laboratory was paid, by task."""
        ledger = requests.get(f"{self.lab.url}/ledger", timeout=30).json()
        return Counter(order["name"] for order in ledger["jobs"])

    def members(self, name: str, kind: str) -> list[psutil.Process]:
        """Return the living processes of one kind below a line of the Procfile."""
        top = psutil.Process(self.site.processes[name].pid)
        if kind == "top":
            return [top]
        if kind == "child":
            return list(top.children())
        family = top.children(recursive=True)
        return [process for process in family if is_a(kind, process)]

    def family(self, name: str) -> list[psutil.Process]:
        top = psutil.Process(self.site.processes[name].pid)
        return [top, *top.children(recursive=True)]


def is_a(kind: str, process: psutil.Process) -> bool:
    """Whether this process, if it still lives, is of a kind."""
    with suppress(psutil.Error):
        return process.name().startswith(kind)
    return False


@contextmanager
def running_site(folder: Path, *more: str, **variables: str) -> Iterator[Site]:
    """Run worker, engine, watch, and more, beside a laboratory; nobody is left."""
    points = folder / "points"
    points.mkdir()
    with (
        Lab() as lab,
        mailbox() as box,
        application(
            "worker",
            "engine",
            "watch",
            *more,
            DARKROOM_FAULT_POINT=str(points),
            PROVIDERS_PATH=PLAYED,
            OUTGOING_ALLOW_PRIVATE="1",
            LAB_URL=lab.url,
            EMAIL_URL=box.url,
            **{"LAB_PACE": "0.3", "WORKERS": "2", "ENGINES": "1", **variables},
        ) as started,
        Site(started, lab, points, box) as site,
    ):
        try:
            yield site
        finally:
            site.revive()
