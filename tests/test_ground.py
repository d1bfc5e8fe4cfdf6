"""What stands under the application: set-up, environment, its processes together."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config import procfile
from tests.application import Application, collect_static
from tests.services import ROOT, end, eventually, start

# Not for the operator: read by tests, or by libraries themselves.
INTERNAL = {
    "DARKROOM_FAULT_POINT",
    "DJANGO_SETTINGS_MODULE",
    "OPENBLAS_NUM_THREADS",
    "PYTHONUNBUFFERED",
    "PROMETHEUS_MULTIPROC_DIR",
}
READ = r"""(?:environ\.(?:get|setdefault)\(|environ\[|env_\w+\(|_secret\()\s*"(\w+)\""""


def test_every_variable_that_is_read_is_in_the_example() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    example = (ROOT / ".env.example").read_text()
    names = set(re.findall(READ, code)) - INTERNAL
    assert {"PORT", "SIGNUP", "SECRET_KEY", "WEB_CONCURRENCY"} < names
    assert not {name for name in names if f"\n#{name}=" not in example}


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in re.sub(r"#.*", "", lock)
    assert not re.findall(r"^-", lock, re.M)
    for requirement in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", lock)):
        assert "--hash=sha256:" in requirement


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with nothing but the Makefile and a package that does not exist."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    no_such = f"darkroom-no-such==1 --hash=sha256:{'0' * 64}\n"
    (tmp_path / "requirements.lock").write_text(no_such)
    return tmp_path


def make(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": path, "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [shutil.which("make") or "make", "run"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )


def test_an_interrupted_installation_is_not_taken_for_a_finished_one(
    bare: Path,
) -> None:
    done = make(bare, os.environ["PATH"])
    assert done.returncode
    assert "darkroom-no-such" in done.stderr
    assert (bare / ".venv/bin/python").exists()
    assert not (bare / ".venv/.installed").exists()


def test_without_a_python_make_says_what_is_needed(bare: Path) -> None:
    tools = bare / "bin"
    tools.mkdir()
    for tool in ("sh", "rm"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    done = make(bare, str(tools))
    assert done.returncode
    assert "Darkroom needs Python 3.11 or later" in done.stderr


def test_the_environment_has_the_last_word_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {"PORT": "8001"})
    file = tmp_path / ".env"
    file.write_text("# comment\nPORT=9000\nEMAIL_FROM='A <a@b.example>'\n")
    procfile.read_env(file)
    assert os.environ == {"PORT": "8001", "EMAIL_FROM": "A <a@b.example>"}


def test_a_taken_port_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("PORT", port)
        assert f"Port {port} on 127.0.0.1 cannot be used" in procfile.port_problem()
    monkeypatch.setenv("PORT", "soon")
    assert "not a number from 1 to 65535" in procfile.port_problem()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_command_serves_the_site_and_leaves_no_process(
    tmp_path: Path, signum: int
) -> None:
    site = Application(tmp_path)
    collect_static(site)
    command = [sys.executable, "-m", "config.procfile"]
    process = start(command, site.log("run"), site.env)
    everyone: list[psutil.Process] = []
    try:
        eventually("the site has started", lambda: is_up(site, process), 120)
        assert f"Darkroom is at {site.url}" in site.logs(1000)
        assert f"{site.url}/setup/" in site.logs(1000)
        everyone = site.members()
        assert len(everyone) > 8
    finally:
        assert end(process, signum), site.logs()
    eventually("all have ended", lambda: not site.members(), 10)


def is_up(site: Application, process: subprocess.Popen[bytes]) -> bool:
    said = site.logs(1000)
    assert process.poll() is None, said
    return "/setup/" in said and said.count("workers started") == 2
