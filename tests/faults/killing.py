"""Kills at random: which process of the site, and when in the course of the work."""

import random
from collections import Counter
from contextlib import suppress

import psutil

from tests.faults.site import Site

# Lines of the Procfile and kinds of their processes; "child" is whatever one began.
VICTIMS = [
    *[("web", kind) for kind in ("top", "child", "child")],
    *[
        (name, kind)
        for name in ("worker", "engine")
        for kind in ("top", "sentinel", "worker", "pusher", "monitor")
    ],
    *[("watch", kind) for kind in ("top", "top", "child")],
]


class Killer:
    """Chooses by a start number, so that the same order can be tried again."""

    def __init__(self, site: Site, start: int) -> None:
        self.site, self.random = site, random.Random(start)  # noqa: S311
        self.killed: Counter[str] = Counter()

    def moments(self, count: int, work: int) -> list[int]:
        """Return after how much of so much work each kill is to happen."""
        return sorted(self.random.randrange(work) for _ in range(count))

    def kill(self) -> None:
        """Kill one process of the site, whatever it is doing."""
        while True:
            name, kind = self.random.choice(VICTIMS)
            self.site.revive()
            with suppress(psutil.Error):
                if found := self.site.members(name, kind):
                    self.random.choice(found).kill()
                    self.killed[name] += 1
                    return
