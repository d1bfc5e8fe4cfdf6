"""The tests' own servers work, and nothing of them outlives a killed test run."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import services
from tests.services import ROOT, eventually

HOLD = """
import sys, tempfile
tempfile.tempdir = sys.argv[2]
from tests import services
with getattr(services, sys.argv[1])():
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["redis", "postgres", "s3"])
def service(request: pytest.FixtureRequest) -> str:
    needed = {"redis": "Redis", "postgres": "PostgreSQL"}.get(request.param)
    if needed and services.missing(needed):
        pytest.skip(f"{needed} is not installed.")
    return str(request.param)


@pytest.mark.parametrize("ending", ["end of the block", "SIGKILL"])
def test_nothing_is_left_of_a_server(service: str, ending: str) -> None:
    with services.scratch("hold") as folder:
        folder.chmod(0o755)
        (folder / "tmp").mkdir()
        command = [sys.executable, "-c", HOLD, service, str(folder / "tmp")]
        holder = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == b"up\n"
        children = psutil.Process(holder.pid).children(recursive=True)
        assert len(children) > 1
        if ending == "SIGKILL":
            holder.send_signal(signal.SIGKILL)
        else:
            holder.stdin.close()
        holder.wait()
        eventually("all servers have ended", lambda: not alive(children))
        eventually("the folders are gone", lambda: not left(folder / "tmp"))


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def left(folder: Path) -> list[Path]:
    return list(folder.iterdir())
