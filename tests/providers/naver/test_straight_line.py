"""From a file to its key, through the worker and the watch process of the Procfile."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.application import Application, application
from tests.drawing import heic, jpeg
from tests.providers.naver.played import ACCESS, SECRET, WORKSPACE, Played
from tests.services import ROOT


@pytest.fixture(scope="module")
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def site(vendor: Played) -> Iterator[Application]:
    with application(
        "worker",
        "watch",
        NAVER_URL=vendor.url,
        NAVER_ACCESS_KEY=ACCESS,
        NAVER_SECRET_KEY=SECRET,
        NAVER_WORKSPACE=WORKSPACE,
        OUTGOING_ALLOW_PRIVATE="1",
    ) as site:
        site.add_person("alice@example.com")
        yield site


def process(
    site: Application, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "process", *arguments, "--provider", "naver"],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_key_is_printed_for_each_photograph(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    photo, phone = tmp_path / "photo.jpg", tmp_path / "phone.heic"
    photo.write_bytes(jpeg())
    phone.write_bytes(heic(320, 240))
    out = tmp_path / "out"
    done = process(site, photo, phone, "--out", out)
    assert done.returncode == 0, f"{done.stderr}\n{site.logs()}"
    keys = {one.body: one.final_key for one in vendor.stored.values()}
    assert done.stdout.split() == [keys[photo.read_bytes()], keys[phone.read_bytes()]]
    assert done.stdout.split()[1].endswith(".jpg")
    assert not list(out.iterdir())


def test_what_a_search_finds_is_written_beside_nothing_else(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg(seed=7))
    out = tmp_path / "out"
    done = process(site, photo, "--operation", "search", "--out", out)
    assert done.returncode == 0, f"{done.stderr}\n{site.logs()}"
    (written,) = out.iterdir()
    assert done.stdout.split() == [str(written)]
    assert written.name == "photo.jpg.json"
    (match,) = json.loads(written.read_text())["matches"]
    assert match["score"] == 0.87
    assert len(vendor.searches) == 1


def test_a_picture_that_is_too_small_is_not_sent(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    photo, before = tmp_path / "small.jpg", vendor.count()
    photo.write_bytes(jpeg(223, 300))
    done = process(site, photo, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "223 × 300 pixels; each side needs at least 224" in done.stderr
    assert vendor.count() == before
