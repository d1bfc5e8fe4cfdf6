"""A site of its own for a test: data folder, broker, client, and clusters to kill."""

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.backstage import Backstage
from tests.services import ROOT, eventually, redis, scratch

MARK = "DARKROOM_TEST_MARK"


class Cluster:
    """A running `manage.py cluster`, and all processes that ever belonged to it."""

    def __init__(self, queue: str, folder: Path, environment: dict[str, str]) -> None:
        self.mark = uuid.uuid4().hex
        self.log = folder / f"{self.mark}.log"
        command = [sys.executable, "manage.py", "cluster", queue]
        with self.log.open("w") as log:
            self.top = psutil.Popen(
                command, cwd=ROOT, stderr=log, env={**environment, MARK: self.mark}
            )

    def members(self, name: str = "") -> list[psutil.Process]:
        """Return the living processes of this cluster that bear a name."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if (
                    process.environ().get(MARK) == self.mark
                    and process.status() != psutil.STATUS_ZOMBIE
                    and process.name().startswith(name)
                ):
                    found.append(process)
        return found

    def says(self, words: str) -> int:
        return self.log.read_text().count(words)

    def has_gone(self) -> bool:
        self.top.poll()
        return not self.members()

    def end(self, signum: int = signal.SIGTERM) -> None:
        """Ask it to end; nothing of it may be left, and it must have ended well."""
        self.top.send_signal(signum)
        eventually("the whole cluster has ended", self.has_gone)
        assert self.top.wait() == 0, self.log.read_text()


@contextmanager
def running_site(broker: str) -> Iterator["Site"]:
    """Run a site whose broker is `orm` or `redis`."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch("cluster"))
        stores = stack.enter_context(redis()) if broker == "redis" else {}
        yield stack.enter_context(Site(folder, **stores))


class Site(Backstage):
    """A data folder and a broker, and a client that puts tasks in its queues."""

    def __init__(self, folder: Path, **stores: str) -> None:
        self.folder = folder
        self.environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            "DARKROOM_DATA": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "tests.cluster.settings",
            "PYTHONPATH": str(ROOT),
            "WORKERS": "3",
            "ENGINES": "1",
            **stores,
        }
        super().__init__("tests.cluster.client", self.environment)
        self.call("prepare")

    def enqueue(self, queue: str, func: str, *args: Any, **options: Any) -> Path:
        """Start a task; return the file that it will write."""
        path = self.folder / uuid.uuid4().hex
        self.call("enqueue", queue, func, str(path), *args, **options)
        return path

    def works(self, queue: str) -> None:
        """See a task done; Redis may hand one to a dying pusher, so ask more often."""
        asked: dict[float, Path] = {}

        def is_done() -> bool:
            if time.monotonic() - max(asked, default=0) > 2:
                asked[time.monotonic()] = self.enqueue(queue, "note")
            return any(path.exists() for path in asked.values())

        eventually(f"{queue} works", is_done)

    @contextmanager
    def cluster(self, queue: str = "worker") -> Iterator[Cluster]:
        """Start a cluster; leave nothing of it."""
        cluster = Cluster(queue, self.folder, self.environment)
        try:
            yield cluster
        finally:
            for process in cluster.members():
                with suppress(psutil.Error):
                    process.kill()
            cluster.top.wait()


def began(path: Path) -> Path:
    """Return the file that a task writes when it begins."""
    return path.with_name(f"{path.name}.began")


def let_go(path: Path) -> None:
    """Let a lingering task come to its end."""
    path.with_name(f"{path.name}.go").touch()
