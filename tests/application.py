"""The application as delivered: the processes of the Procfile on their own folder."""

import fcntl
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import requests

from tests.services import (
    ROOT,
    create_database,
    end,
    eventually,
    free_port,
    scratch,
    start,
)

PASSWORD = "a lighthouse in the fog"
STORES = ("REDIS_URL", "DATABASE_URL", "ENCRYPTION_KEYS")
redis_numbers = itertools.count(1)


class Application:
    """A running Darkroom: where it is, its processes and logs, its commands."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.stores = own_stores()
        self.env = {
            **{
                name: os.environ[name]
                for name in ("PATH", "HOME")
                if name in os.environ
            },
            **self.stores,
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DARKROOM_DATA": str(self.data),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            **variables,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run a command of manage.py; return what it printed, fail when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.env, **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def migrate(self) -> None:
        """Make the tables, or copy those that another site of this run has made."""
        url = self.env.get("DATABASE_URL", "")
        if url != self.stores.get("DATABASE_URL", ""):
            self.manage("migrate")
        elif url:
            assert create_database(url, like=first(url.rpartition("/")[0]))
        else:
            self.data.mkdir(exist_ok=True)
            shutil.copy(first(""), self.data)

    def add_person(self, email: str, password: str = PASSWORD) -> None:
        """Make a person with the right to everything, and their personal team."""
        self.manage(
            "createsuperuser",
            "--no-input",
            f"--email={email}",
            DJANGO_SUPERUSER_PASSWORD=password,
        )

    def begin(self, name: str) -> None:
        """Start the process of one line of the Procfile."""
        line = re.search(rf"^{name}: *(.+)$", (ROOT / "Procfile").read_text(), re.M)
        assert line, f"The Procfile has no {name}."
        self.processes[name] = start(["sh", "-c", line[1]], self.log(name), self.env)

    def end(self, name: str) -> None:
        """End one process as a system would, and see that it obeys."""
        assert end(self.processes.pop(name)), f"{name} had to be killed."

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def logs(self, lines: int = 40) -> str:
        """Return the last lines of every process."""
        return "\n".join(
            f"--- {path.stem}\n" + "\n".join(path.read_text().splitlines()[-lines:])
            for path in sorted(self.folder.glob("*.log"))
        )

    def is_served(self) -> bool:
        """Tell whether a page is answered; a web server that ended is a failure."""
        assert self.processes["web"].poll() is None, self.logs()
        with suppress(requests.ConnectionError):
            answer = requests.get(f"{self.url}/accounts/login/", timeout=30)
            assert answer.ok, f"{answer.status_code}\n{self.logs()}"
            return True
        return False

    def members(self) -> list[psutil.Process]:
        """Return every living process that works on this folder."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get("DARKROOM_DATA") == str(self.data)
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def finish(self) -> None:
        """End all processes; none may have ended before, be stuck, or leave another."""
        early = [name for name, one in self.processes.items() if one.poll() is not None]
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        slow = [name for name, process in self.processes.items() if not end(process)]
        orphans = self.remaining(seconds=5)
        what = [" ".join(orphan.cmdline()) for orphan in orphans]
        for orphan in orphans:
            orphan.kill()
        assert not early, f"Ended by themselves: {early}\n{self.logs()}"
        assert not slow, f"Had to be killed: {slow}\n{self.logs()}"
        assert not what, f"Left behind: {what}\n{self.logs()}"

    def remaining(self, seconds: float) -> list[psutil.Process]:
        """Return the processes that are left after a moment's grace."""
        until = time.monotonic() + seconds
        while (left := self.members()) and time.monotonic() < until:
            psutil.wait_procs(left, timeout=0.2)
        return left


def own_stores() -> dict[str, str]:
    """Return the stores of this test run; of the database only a name of its own."""
    env = {name: os.environ[name] for name in STORES if name in os.environ}
    env |= {name: value for name, value in os.environ.items() if name[:4] == "AWS_"}
    if "DATABASE_URL" in env:
        env["DATABASE_URL"] = f"{env['DATABASE_URL']}_{uuid.uuid4().hex[:8]}"
    if "REDIS_URL" in env:
        server, _, ours = env["REDIS_URL"].rpartition("/")
        env["REDIS_URL"] = f"{server}/{int(ours) + next(redis_numbers)}"
    return env


@cache
def first(server: str) -> str:
    """Make the tables once, on a PostgreSQL or in a file; return where they are."""
    data = Path(os.environ["DARKROOM_TEST_DATA"]) / f"first-{uuid.uuid4().hex[:8]}"
    env = {**os.environ, "DARKROOM_DATA": str(data)}
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    if server:
        env["DATABASE_URL"] = f"{server}/{data.name}"
        assert create_database(env["DATABASE_URL"])
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    return data.name if server else str(data / "darkroom.sqlite3")


def collect_static(application: Application) -> None:
    """Bring the hashed files up to date, one test run at a time."""
    with (ROOT / ".venv/static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        manifest = ROOT / "staticfiles/staticfiles.json"
        made = manifest.stat().st_mtime if manifest.exists() else 0
        sources = (ROOT / "static").rglob("*")
        if any(source.stat().st_mtime > made for source in sources):
            application.manage("collectstatic", "--no-input")


@contextmanager
def application(*names: str, **variables: str) -> Iterator[Application]:
    """Run these processes of the Procfile (all, unless named) while the block does."""
    with scratch("application") as folder:
        site = Application(folder, **variables)
        collect_static(site)
        site.migrate()
        try:
            for name in names or ("web", "worker", "engine", "watch"):
                site.begin(name)
            if "web" in site.processes:
                eventually("the site is served", site.is_served, 60)
            yield site
        finally:
            site.finish()
