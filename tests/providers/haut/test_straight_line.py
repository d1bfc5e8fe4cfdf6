"""The straight line to Haut.AI: one command, real worker and watch, real sockets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import drawing
from tests.application import Application, application
from tests.providers.haut.played import COMPANY, TOKEN, Played, body_of, is_opaque
from tests.services import ROOT


@pytest.fixture(scope="module")
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def site(vendor: Played) -> Iterator[Application]:
    entered = {"HAUT_URL": vendor.url, "HAUT_TOKEN": TOKEN, "HAUT_COMPANY": COMPANY}
    with application("worker", "watch", OUTGOING_ALLOW_PRIVATE="1", **entered) as site:
        site.add_person("alice@example.com")
        yield site


def process(site: Application, *given: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "process", *given, "--provider", "haut"]
    return subprocess.run(
        command, cwd=ROOT, env=site.env, capture_output=True, text=True, timeout=120
    )


def faces(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for seed, path in enumerate(paths):
        path.write_bytes(drawing.jpeg(seed=seed))
    return paths


def reports(out: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in out.iterdir()}


def test_one_command_brings_a_report_with_values_and_reasons(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    [face] = faces(tmp_path, "face.jpg")
    person = ["--subject", "Anna Karenina", "--consent"]
    done = process(site, face, *person, "--out", out)
    assert done.returncode == 0, done.stderr + site.logs()
    assert done.stdout.split() == [str(out / "face.jpg.json")]
    said = reports(out)["face.jpg.json"]
    for entry, theirs in zip(said["algorithms"], body_of("results"), strict=True):
        assert entry["result"] == theirs["result"]
    failed = [one for one in said["algorithms"] if not one["is_ok"]]
    assert [one["result"]["error"] for one in failed] == ["Not full face"]
    assert said["quality"]["score"] == 0.93
    assert [one["algorithm_family_tech_name"] for one in said["masks"]] == ["redness"]
    # What is told of a person is an id; the name stays here.
    assert len(vendor.subjects) == 1
    assert is_opaque(*vendor.subjects.values())
    told = " ".join(f"{one.target} {one.body!r}" for one in vendor.heard)
    assert "Anna" not in told
    assert "face.jpg" not in told
    assert TOKEN not in site.logs(10_000)


def test_the_sides_of_a_face_go_as_one_batch(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    vendor.jobs.clear()
    out = tmp_path / "out"
    files = faces(tmp_path, "anna_right.jpg", "anna.jpg", "anna-left.jpg", "other.jpg")
    person = ["--subject", "anna karenina", "-o", "side=name"]
    done = process(site, *files, *person, "--out", out)
    assert done.returncode == 0, done.stderr + site.logs()
    sets = sorted(work.sides for work in vendor.jobs.values())
    assert sets == [["front"], ["front", "right", "left"]]
    assert {name: one["picture"]["side"] for name, one in reports(out).items()} == {
        "anna_right.jpg.json": "right",
        "anna.jpg.json": "front",
        "anna-left.jpg.json": "left",
        "other.jpg.json": "front",
    }
    # The same person is the same subject there.
    assert len(vendor.subjects) == 1


def test_a_picture_without_a_face_says_so_in_its_report(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    [wall] = faces(tmp_path, "wall.jpg")
    vendor.results = "no_face"
    done = process(site, wall, "--subject", "Anna Karenina", "--out", out)
    assert done.returncode == 0, done.stderr
    said = reports(out)["wall.jpg.json"]["algorithms"]
    assert {one["result"]["error"] for one in said} == {"No face detected"}


def test_afterwards_everything_is_in_order(site: Application) -> None:
    assert site.manage("check_integrity", "--json") == '{"ok": true, "problems": []}\n'
