"""A load of many tasks, ordered by programs that insist, and what was acknowledged."""

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from typing import Any

from tests.faults.program import Program
from tests.faults.site import Site

IN_BATCH = 40
# So many may be open at a time: the orders go on for as long as the work does.
OPEN = 800
# How the played laboratory behaves, and what it offers against paying twice.
JOBS: list[dict[str, Any]] = [
    *[{"promise": "key"}] * 7,
    *[{"promise": "list"}] * 7,
    {"promise": "none"},
    {"mode": "reject"},
    {"mode": "fail"},
    {"mode": "wrong"},
    # Done right here, by the engine.
    {},
    {},
]


class Load:
    """Orders work at the site's door until so many tasks were acknowledged."""

    def __init__(self, site: Site, tasks: int, start: int) -> None:
        self.site, self.wanted = site, tasks
        self.pictures: dict[str, Program] = {}
        self.tasks: list[str] = []
        self.batches: list[str] = []
        self.halt = threading.Event()
        jobs = random.Random(start).sample(JOBS, len(JOBS))  # noqa: S311
        self.jobs = cycle(jobs)

    def begin(self) -> Future[None]:
        """Send the first pictures, then order work on them in a thread."""
        for _ in range(IN_BATCH):
            self.send()
        pool = ThreadPoolExecutor(1)
        running = pool.submit(self.order)
        pool.shutdown(wait=False)
        return running

    def send(self) -> None:
        """Send one more picture; it is acknowledged from then on."""
        program = Program(self.site)
        self.pictures[program.upload()] = program

    def order(self) -> None:
        while len(self.tasks) < self.wanted and not self.halt.is_set():
            if len(self.tasks) - self.site.call("over") > OPEN:
                self.halt.wait(0.5)
                continue
            self.send()
            batch = self.batch(next(self.jobs))
            self.batches.append(batch["id"])
            self.tasks += [one["id"] for one in batch["tasks"]]

    def batch(self, job: dict[str, Any]) -> dict[str, Any]:
        """Have the last pictures done, all in the same way."""
        left = self.wanted - len(self.tasks)
        images = list(self.pictures)[-min(IN_BATCH, left) :]
        program = self.pictures[images[0]]
        if job:
            return program.order(images, seconds=0, **job)
        return program.convert(images)
