"""Of runs at once none passes a team's budget: real processes, a real database."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.labwork import PLAYED
from tests.services import ROOT, create_database

pytestmark = pytest.mark.both
PROCESSES, EACH, LIMIT = 4, 6, 10


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A database of its own, of the kind that this run is on."""
    env = {**os.environ, "DARKROOM_DATA": str(tmp_path), "PROVIDERS_PATH": PLAYED}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "LAB_URL": "https://a.example"}
    for name in list(env):
        if name == "REDIS_URL" or name.startswith("AWS_"):
            del env[name]
    if url := env.get("DATABASE_URL"):
        env["DATABASE_URL"] = f"{url.rpartition('/')[0]}/race_{uuid.uuid4().hex}"
        assert create_database(env["DATABASE_URL"])
    return env


def process(
    env: dict[str, str], *arguments: str, module: str = "tests.spending"
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def said(env: dict[str, str], *arguments: str, module: str = "tests.spending") -> str:
    with process(env, *arguments, module=module) as one:
        out, _ = one.communicate(timeout=120)
    assert one.returncode == 0
    return out


def test_runs_at_once_never_pass_the_budget(environment: dict[str, str]) -> None:
    said(environment, "prepare")
    runs = [process(environment, "spend", str(EACH)) for _ in range(PROCESSES)]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    begun = [int(run.communicate(timeout=120)[0]) for run in runs]
    assert sum(begun) == LIMIT < PROCESSES * EACH
    assert said(environment, "total").split() == [str(LIMIT), f"{LIMIT}.0000"]
