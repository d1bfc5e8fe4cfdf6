"""The decoding processes: what they know of us, and that they go when we go."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from imaging import pictures
from imaging.decoding import sandbox
from imaging.decoding.sandbox import SANDBOX
from tests import drawing
from tests.services import ROOT, eventually

# Inspects a slow picture in a process of its own, which the test then kills.
VICTIM = """
import os, sys
from pathlib import Path
import django.conf
django.conf.settings.configure(MAX_MEGAPIXELS=62)
from imaging import pictures
pictures.inspect(Path(sys.argv[1]))
"""

# Orders a child that waits for ever, and ends it twice, as when its process ends after
# the one who waited for it went away, and before the kernel has taken it down.
TWICE = """
import signal, socket
from imaging.decoding.forkserver import Forks
ours, theirs = socket.socketpair()
forks = Forks(theirs, lambda job, reply, files: signal.pause())
fate, reply = socket.socketpair(), socket.socketpair()
socket.send_fds(ours, [b"!"], [fate[1].fileno(), reply[1].fileno()])
forks.take_order()
for _ in range(2):
    for file in forks.children:
        forks.kill(file)
while forks.children:
    forks.poll.poll()
    forks.reap()
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.jpg"
    path.write_bytes(drawing.jpeg())
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    path = tmp_path / "slow.bmp"
    path.write_bytes(drawing.slow_bmp())
    return path


def server() -> psutil.Process:
    assert SANDBOX.server is not None
    return psutil.Process(SANDBOX.server.process.pid)


def test_the_environment_stays_with_us(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "never-to-be-seen")
    SANDBOX.close()
    pictures.inspect(good)
    assert set(server().environ()) <= {*sandbox.SETTINGS, *sandbox.KEPT}


def test_our_open_files_stay_with_us(good: Path, tmp_path: Path) -> None:
    SANDBOX.close()
    with (tmp_path / "private").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        pictures.inspect(good)
        assert ours.name not in [file.path for file in server().open_files()]


def test_a_child_holds_nothing_but_its_own(slow: Path) -> None:
    answer = threading.Thread(target=swallow, args=[slow])
    answer.start()
    child = child_at(slow, psutil.Process())
    eventually("it is busy with the file", lambda: child.cpu_times().user >= 0.1)
    held = [file.path for file in child.open_files()]
    limits = child.rlimit(psutil.RLIMIT_NOFILE), child.rlimit(psutil.RLIMIT_CORE)
    child.kill()
    answer.join()
    assert held == [str(slow)]
    assert limits == ((0, 0), (0, 0))


def test_killing_us_ends_server_and_child(slow: Path) -> None:
    root = Path(__file__).parent.parent.parent
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, str(slow)], cwd=root)
    child = child_at(slow, psutil.Process(victim.pid))
    family = [child, child.parent()]
    victim.kill()
    victim.wait()
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_killing_the_server_ends_its_child(slow: Path) -> None:
    answer = threading.Thread(target=swallow, args=[slow])
    answer.start()
    child = child_at(slow, psutil.Process())
    child.parent().send_signal(signal.SIGKILL)
    assert psutil.wait_procs([child], timeout=10)[1] == []
    answer.join()


def test_a_forked_worker_has_a_server_of_its_own(good: Path) -> None:
    pictures.inspect(good)
    before = server().pid
    fork = multiprocessing.get_context("fork")
    worker = fork.Process(target=inspect_alone, args=[good, before])
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    assert pictures.inspect(good).width == 640
    assert server().pid == before


def test_ending_a_child_twice_does_no_harm() -> None:
    script = [sys.executable, "-c", TWICE]
    subprocess.run(script, cwd=ROOT, check=True, timeout=60)


def test_an_idle_server_is_let_go(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "IDLE", 0.1)
    SANDBOX.close()
    pictures.inspect(good)
    assert SANDBOX.server is not None
    SANDBOX.server.process.wait(timeout=10)
    assert pictures.inspect(good).width == 640


def test_an_installation_that_does_not_work_is_not_blamed_on_the_file(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SANDBOX.close()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(sandbox.SandboxError, match="does not start"):
        pictures.inspect(good)


def swallow(path: Path) -> None:
    with pytest.raises(pictures.Refused):
        pictures.inspect(path)


def inspect_alone(path: Path, other: int) -> None:
    """Run in a fork of the tests' process."""
    assert pictures.inspect(path).width == 640
    assert server().pid != other


def child_at(file: Path, process: psutil.Process) -> psutil.Process:
    """Wait until a decoding child below a process is at work on a file."""

    def found() -> psutil.Process | None:
        for server in process.children():
            for child in server.children():
                with suppress(psutil.Error):
                    if str(file) in [held.path for held in child.open_files()]:
                        return child
        return None

    return eventually("a child at work", found)
