"""What `make test`, `lint`, `prove` and `bench` do: check after check, then the sum.

`python -m tests.run both tests/test_files.py`: these alone on PostgreSQL, Redis, S3.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests import services

PYTHON = sys.executable
IN_CI = os.environ.get("CI") == "true"
OUTCOMES = ("failed", "passed", "skipped", "errors")
# Most tests wait for processes of theirs, so that several files share the processors:
# of `make test` three at a time, of the long proofs two, in the order of their names.
SHARED = ["--numprocesses=3", "--dist=loadfile"]
PROVING = ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]
# What failed in so many files is tried once more, alone; more are no matter of luck.
TRIED_AGAIN = 10
# A run that hangs is ended, after its threads have been shown; a proof may take long.
LIMIT, SHOW_AFTER, PROOF = 180 * 60, 300, 60 * 60


class Run:
    """One call of `make`: its checks, what failed, what was not run."""

    def __init__(self, folder: Path, arguments: Sequence[str] = ()) -> None:
        self.folder = folder
        self.arguments = arguments
        self.began = time.monotonic()
        self.counts: Counter[str] = Counter()
        self.failed: list[str] = []
        self.unsteady: list[str] = []
        self.left_out: list[str] = []
        self.env = clean_environment() | {"DARKROOM_DATA": str(folder / "data")}

    def check(
        self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> bool:
        """Run one check to its end; go on after a failure, and remember it."""
        print(f"\n### {name}", flush=True)  # noqa: T201
        try:
            code = subprocess.run(
                command,
                cwd=services.ROOT,
                env={**self.env, **(env or {})},
                stdin=subprocess.DEVNULL,
                timeout=LIMIT,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
        if code:
            self.failed.append(name)
        return not code

    def lint(self) -> None:
        """Check style, types and what the security linter knows."""
        self.check("ruff check", [PYTHON, "-m", "ruff", "check", "."])
        self.check("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."])
        bandit = ["bandit", "-q", "-c", "pyproject.toml", "-r", "imaging", "config"]
        self.check("bandit", [PYTHON, "-m", *bandit])
        self.check("mypy", [PYTHON, "-m", "mypy", "."])

    def django(self) -> None:
        """Check that no migration is missing and a production set-up is clean."""
        manage = [PYTHON, "manage.py"]
        self.check("migrations", [*manage, "makemigrations", "--check", "--dry-run"])
        production = {
            "BASE_URL": "https://photos.example.com",
            "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
            "SECRET_KEY": secrets.token_urlsafe(64),
        }
        deploy = [*manage, "check", "--deploy", "--fail-level=WARNING"]
        self.check("check --deploy", deploy, production)

    def tests(self, name: str, mark: str, env: Mapping[str, str] | None = None) -> None:
        """Run the tests that bear a mark, and count them.

        Those that failed while others used the processors are tried again alone. What
        passes then has failed nobody, but stays named: its luck is to be looked into.
        Long proofs are not tried again: what fails once in a thousand is their matter.
        """
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        proving = mark == "prove"
        patience = PROOF if proving else SHOW_AFTER
        command = [PYTHON, "-m", "pytest", "--ds=tests.settings", "-m", mark]
        command += ["-o", f"faulthandler_timeout={patience}", f"--junitxml={report}"]
        command += ["-o", f"cache_dir={self.folder / 'cache'}", *self.arguments]
        before = self.counts.copy()
        passed = self.check(name, [*command, *(PROVING if proving else SHARED)], env)
        failed = self.count(report)
        files = {name.partition("::")[0] for name in failed}
        if not passed and not proving and 0 < len(files) <= TRIED_AGAIN:
            again = [*command, "--last-failed", "--last-failed-no-failures=none"]
            if self.check(f"{name}: what failed, alone", again, env):
                self.failed.remove(name)
                self.count(report)
                for one in ("failed", "errors"):
                    self.counts[one] = before[one]
                self.unsteady += failed

    def count(self, report: Path) -> list[str]:
        """Count what a report of pytest tells of; return the names of what failed."""
        if not report.exists():
            return []
        # Written a moment ago by our own pytest.
        tree = ElementTree.parse(report)  # noqa: S314
        for suite in tree.iter("testsuite"):
            told = {name: int(suite.get(name, 0)) for name in ("tests", "skipped")}
            failed, errors = int(suite.get("failures", 0)), int(suite.get("errors", 0))
            self.counts += Counter(
                failed=failed, errors=errors, skipped=told["skipped"]
            )
            self.counts["passed"] += told["tests"] - told["skipped"] - failed - errors
        return [
            f"{case.get('classname')}::{case.get('name')}"
            for case in tree.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]

    def tests_on_servers(self) -> None:
        """Run what works on both once more on PostgreSQL, Redis and S3."""
        name = "tests on PostgreSQL, Redis and S3"
        if lacking := services.missing("PostgreSQL", "Redis"):
            self.left_out.append(f"{name}: {how_to_get(lacking)}")
            return
        with ExitStack() as stack:
            env: dict[str, str] = {}
            for service in (services.postgres, services.redis, services.s3):
                env |= stack.enter_context(service())
            self.tests(name, "both and not prove", env)

    def close(self) -> int:
        """Print the sum of it all, what was left out last; return the exit code."""
        seconds = time.monotonic() - self.began
        if self.failed:
            print("\nFailed: " + ", ".join(self.failed))  # noqa: T201
        for line in self.left_out:
            print(f"NOT RUN {line}")  # noqa: T201
        for line in self.unsteady:
            print(f"UNSTEADY {line}: failed beside others, passed alone")  # noqa: T201
        if self.counts:
            told = [f"{self.counts[one]} {one}" for one in OUTCOMES if self.counts[one]]
            print(f"=== {', '.join(told)} in {seconds:.2f}s ===")  # noqa: T201
        return 1 if self.failed or (IN_CI and self.left_out) else 0


def clean_environment() -> dict[str, str]:
    """Return the environment without what would make the tests use somebody's data."""
    example = (services.ROOT / ".env.example").read_text()
    ours = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=", example, re.M))
    # Of a provider that is to be asked itself, with NAME_LIVE=1, all stays.
    live = tuple(
        name.removesuffix("LIVE")
        for name, value in os.environ.items()
        if name.endswith("_LIVE") and value == "1"
    )
    theirs = ("AWS_", "DJANGO_", "DARKROOM_")
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(live) or (name not in ours and not name.startswith(theirs))
    }


def how_to_get(names: Sequence[str]) -> str:
    packages = " ".join(services.PACKAGES[name] for name in names)
    return f"{' and '.join(names)} missing. Debian, Ubuntu: apt-get install {packages}"


def install(names: Sequence[str]) -> None:
    """Install what is missing where that may be: as root on Debian or Ubuntu."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    # No server of the system's own is wanted: run level 1 keeps them from starting.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=env)
    for name in names:
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends"]
        subprocess.run([*command, services.PACKAGES[name], "fonts-dejavu"], env=env)
    services.chromium.cache_clear()
    if "Chromium" in names and not services.chromium():
        # Ubuntu's package is only a reference to another store.
        fetch = [PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"]
        subprocess.run(fetch, env=env)
        services.chromium.cache_clear()


def test(run: Run) -> None:
    if names := services.missing():
        install(names)
    run.lint()
    run.django()
    if services.missing("Chromium"):
        run.left_out.append(f"tests in a browser: {how_to_get(['Chromium'])}")
    run.tests("tests on SQLite", "not prove")
    run.tests_on_servers()


def main() -> int:
    """Run the target that the command line names; its tool gets what follows it."""
    target, *arguments = sys.argv[1:] or [""]
    with services.scratch("run") as folder:
        run = Run(folder, arguments)
        if target == "test":
            test(run)
        elif target == "lint":
            run.lint()
        elif target == "both":
            run.tests_on_servers()
        elif target == "prove":
            run.tests("prove", "prove")
        elif target == "bench":
            run.check("bench", [PYTHON, "-m", "tests.bench", *arguments])
        else:
            sys.exit("python -m tests.run test|lint|both|prove [FOR PYTEST ...], bench")
        return run.close()


if __name__ == "__main__":
    sys.exit(main())
