"""`make test` is red when anything is, and says what it did not run."""

import sys
from pathlib import Path

import pytest

from tests import run
from tests.run import Run

FAIL = [sys.executable, "-c", "raise SystemExit(3)"]
PASS = [sys.executable, "-c", ""]
REPORT = """<testsuites><testsuite tests="9" errors="1" failures="2" skipped="3"/>
</testsuites>"""


def test_one_failed_check_fails_the_run_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Run(tmp_path)
    for name, command in {"first": PASS, "second": FAIL, "third": PASS}.items():
        whole.check(name, command)
    assert whole.close() == 1
    assert "Failed: second\n" in capsys.readouterr().out


def test_a_run_without_failures_succeeds(tmp_path: Path) -> None:
    whole = Run(tmp_path)
    whole.check("first", PASS)
    assert whole.close() == 0


def test_the_last_line_sums_up_all_tests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Run(tmp_path)
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    whole.count(report)
    whole.count(report)
    whole.close()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("=== 4 failed, 6 passed, 6 skipped, 2 errors in ")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("mark.exists()", "UNSTEADY test_luck::test_luck: failed beside others"),
        ("False", "Failed: luck, luck: what failed, alone"),
    ],
)
def test_what_failed_is_tried_again_alone_and_named_also_when_it_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], condition: str, told: str
) -> None:
    lines = ["import pathlib", "mark = pathlib.Path(__file__ + '.ran')"]
    lines += ["def test_luck():", f"    lucky = {condition}", "    mark.touch()"]
    lines += ["    assert lucky", "def test_always(): pass"]
    (tmp_path / "test_luck.py").write_text("\n".join(lines))
    whole = Run(tmp_path, [f"--rootdir={tmp_path}", f"{tmp_path}/test_luck.py"])
    whole.tests("luck", "not prove")
    passed = told.startswith("UNSTEADY")
    assert whole.close() == (not passed)
    said = capsys.readouterr().out
    assert told in said
    sums = "=== 2 passed in" if passed else "=== 1 failed, 1 passed in"
    assert sums in said


@pytest.mark.parametrize("in_ci", [True, False])
def test_what_is_missing_is_named_and_is_a_failure_in_ci(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    in_ci: bool,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(run, "IN_CI", in_ci)
    whole = Run(tmp_path)
    whole.tests_on_servers()
    assert whole.close() == in_ci
    told = capsys.readouterr().out
    assert "NOT RUN tests on PostgreSQL, Redis and S3" in told
    assert "apt-get install" in told
    assert "redis-server" in told


def test_nobodys_data_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = ["DATABASE_URL", "REDIS_URL", "AWS_PROFILE", "DARKROOM_DATA", "PORT"]
    for name in theirs:
        monkeypatch.setenv(name, "theirs")
    env = run.clean_environment()
    assert not env.keys() & set(theirs)
    assert "PATH" in env


def test_a_provider_is_asked_itself_only_when_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KOKOON_TOKEN", "theirs")
    monkeypatch.setenv("NAVER_SECRET_KEY", "theirs")
    assert "KOKOON_TOKEN" not in run.clean_environment()
    monkeypatch.setenv("KOKOON_LIVE", "1")
    env = run.clean_environment()
    assert env["KOKOON_TOKEN"] == "theirs"
    assert "NAVER_SECRET_KEY" not in env
