"""Throw-away servers for the tests, on free loopback ports, gone when the tests are.

Each ends with the process that started it, also when that one is killed.
"""

import ctypes
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

# Of several that share the tests among them, each has its own.
RUNNERS = 4
BUCKETS = [f"darkroom-{number}" for number in range(RUNNERS)]
ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
# What the tests need beside the environment, and the Debian package that brings it.
PACKAGES = {
    "PostgreSQL": "postgresql",
    "Redis": "redis-server",
    "Chromium": "chromium",
    "curl": "curl",
    "gettext": "gettext",
}


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def is_open(port: int) -> bool:
    """Tell whether something listens on this loopback port."""
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 2)):
        return True
    return False


def eventually(what: str, condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the condition's first true value; fail when there is none in time."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"Not within {seconds} s: {what}."
        time.sleep(0.05)
    return value


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Make a folder that is removed at the end, also that of a killed process."""
    folder = Path(tempfile.mkdtemp(prefix=f"darkroom-{name}-"))
    # Its input ends when this process does. Servers may still write, so it insists.
    sweep = 'cat; for i in 1 2 3 4 5; do rm -rf "$0" && exit; sleep 1; done'
    with subprocess.Popen(
        ["sh", "-c", sweep, folder], stdin=subprocess.PIPE, start_new_session=True
    ):
        yield folder


def attach(signum: int) -> None:
    """Ask the system to signal this process once its parent is gone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum)


def start(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    user: str | None = None,
    stop: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that does not outlive this one."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=functools.partial(attach, stop),
        )


def end(process: subprocess.Popen[bytes], stop: int = signal.SIGTERM) -> bool:
    """End a process; False when it had to be killed."""
    process.send_signal(stop)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


@contextmanager
def running(
    name: str, log: Path, condition: Callable[[], Any], **how: Any
) -> Iterator[None]:
    """Run a server while the block does; it has met the condition by then."""
    process = start(log=log, **how)
    try:

        def ready() -> Any:
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended at once:\n{log.read_text()}")
            return condition()

        eventually(f"{name} answers", ready)
        yield
    finally:
        end(process, how.get("stop", signal.SIGTERM))


@contextmanager
def redis() -> Iterator[dict[str, str]]:
    """Run Redis; yield its address as the environment names it."""
    port = free_port()
    with scratch("redis") as folder:
        command, log = redis_command(port, folder), folder / "log"
        with running("Redis", log, lambda: is_open(port), command=command):
            yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}


def redis_command(port: int, folder: Path) -> list[str]:
    """Return how a Redis is started that keeps nothing on the disk."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    return [*command, "--databases", str(RUNNERS * 100)]


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Run PostgreSQL; yield its address as the environment names it."""
    with scratch("postgres") as folder:
        server = Postgres(folder, "fsync=off", "synchronous_commit=off")
        with running("PostgreSQL", server.log, server.is_ready, **server.how):
            yield server.env


class Postgres:
    """A PostgreSQL in a folder of its own: how it is started, and where it will be."""

    def __init__(self, folder: Path, *settings: str) -> None:
        from cryptography.fernet import Fernet

        port, binaries = free_port(), postgres_binaries()
        assert binaries, "PostgreSQL is not installed."
        # PostgreSQL refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        self.log, self.port, data = folder / "log", port, folder / "data"
        init = [binaries / "initdb", "-D", data, "-U", "darkroom", "-A", "trust"]
        init += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self.url = f"postgres://darkroom@127.0.0.1:{port}/darkroom"
        key = Fernet.generate_key().decode()
        self.env = {"DATABASE_URL": self.url, "ENCRYPTION_KEYS": key}
        where: dict[str, Any] = {"cwd": folder, "user": user}
        where["env"] = {"LC_ALL": "C.UTF-8"}
        made = start(init, self.log, **where).wait()
        assert made == 0, self.log.read_text()
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(port)]
        for setting in (
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=500",
            "full_page_writes=off",
            *settings,
        ):
            command += ["-c", setting]
        self.how = {**where, "command": command, "stop": signal.SIGINT}

    def is_ready(self) -> bool:
        return is_open(self.port) and create_database(self.url)


def create_database(url: str, like: str = "template1") -> bool:
    """Create the database that the address names; False while the server starts.

    It is a copy of another one on that server, which nobody may be using.
    """
    import psycopg

    server, _, name = url.rpartition("/")
    try:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            command = f'CREATE DATABASE "{name}" TEMPLATE "{like}"'
            connection.execute(command.encode())
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def s3() -> Iterator[dict[str, str]]:
    """Run an S3 server with its buckets; yield what the environment must say of it."""
    import boto3

    port = free_port()
    with scratch("s3") as folder:
        command = [sys.executable, "-m", "moto.server", "-p", str(port)]
        log = folder / "log"
        with running("S3", log, lambda: is_open(port), command=command):
            env = {
                "AWS_STORAGE_BUCKET_NAME": BUCKETS[0],
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_S3_REGION_NAME": "us-east-1",
                "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            }
            client = boto3.client(
                "s3",
                endpoint_url=env["AWS_S3_ENDPOINT_URL"],
                region_name=env["AWS_S3_REGION_NAME"],
                aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            )
            for bucket in BUCKETS:
                client.create_bucket(Bucket=bucket)
            yield env


def postgres_binaries() -> Path | None:
    """Find the folder of PostgreSQL's programs, the newest where there are several."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    homes = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(homes, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


@functools.cache
def chromium() -> str | None:
    """Find a Chromium that starts: the system's, else the one playwright fetched."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for found in filter(None, map(shutil.which, names)):
        # Ubuntu's is a note that says to install something else.
        if subprocess.run([found, "--version"], capture_output=True).returncode == 0:
            return found
    with sync_playwright() as playwright:
        fetched = playwright.chromium.executable_path
    return fetched if Path(fetched).exists() else None


def find_redis() -> str | None:
    return shutil.which("redis-server")


def find_curl() -> str | None:
    return shutil.which("curl")


def find_gettext() -> bool:
    return all(map(shutil.which, ("xgettext", "msgfmt", "msgattrib")))


FINDERS: dict[str, Callable[[], object]] = {
    "PostgreSQL": postgres_binaries,
    "Redis": find_redis,
    "Chromium": chromium,
    "curl": find_curl,
    "gettext": find_gettext,
}


def missing(*names: str) -> list[str]:
    """Name which of these (of all, unless named) this machine lacks."""
    return [name for name in names or FINDERS if not FINDERS[name]()]
