"""The straight line to Kokoon: one command, the real worker and watch, real sockets."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests import drawing
from tests.application import Application, application
from tests.providers.kokoon.played import NIL, TOKEN, Played
from tests.services import ROOT, eventually


@pytest.fixture(scope="module")
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def site(vendor: Played) -> Iterator[Application]:
    entered = {"KOKOON_URL": vendor.url, "KOKOON_TOKEN": TOKEN}
    with application("worker", "watch", OUTGOING_ALLOW_PRIVATE="1", **entered) as site:
        site.add_person("alice@example.com")
        yield site


def process(site: Application, *given: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "process", *given, "--provider", "kokoon"],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_one_command_brings_a_photograph_there_and_back(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    photo, out = tmp_path / "photo.jpg", tmp_path / "out"
    photo.write_bytes(drawing.oriented(6))
    done = process(site, photo, "--out", out)
    assert done.returncode == 0, done.stderr + site.logs()
    [made] = out.iterdir()
    assert done.stdout.split() == [str(made)]
    assert made.name == "photo.png"
    with Image.open(made) as picture:
        assert picture.size == (960, 640)
        pixel = picture.convert("RGB").getpixel((100, 100))
    assert isinstance(pixel, tuple)
    near = zip(pixel, drawing.RED, strict=True)
    assert all(abs(one - wanted) < 20 for one, wanted in near)
    # Sent once, upright; paid once; asked for by the token, fetched without.
    [sent] = [one for one in vendor.images.values() if one.parent == NIL]
    assert sent.size == (480, 320)
    assert (len(vendor.jobs), vendor.credit) == (1, 4057)
    assert TOKEN not in site.logs(10_000)


def test_a_refusal_comes_out_as_a_sentence(
    site: Application, vendor: Played, tmp_path: Path
) -> None:
    photo, out = tmp_path / "photo.jpg", tmp_path / "out"
    photo.write_bytes(drawing.jpeg(400, 300))
    vendor.credit = 0
    done = process(site, photo, "--out", out)
    assert done.returncode == 1
    assert "There are not enough credits left at Kokoon" in done.stderr
    assert "Buy credits at Kokoon" in done.stderr
    assert not list(out.iterdir())


COUNTED = """
from imaging.models import Download, Image
Download.objects.count_once(Image.objects.exclude(task=None).first(), "user:1")
"""
TOLD = "from imaging.models import Download; print(Download.objects.get().told)"


def test_a_counted_download_is_told_by_the_worker(
    site: Application, vendor: Played
) -> None:
    site.manage("shell", "-c", COUNTED)
    told = vendor.asked["count_download"]
    eventually("Kokoon is told", lambda: told)
    eventually("it is noted", lambda: "None" not in site.manage("shell", "-c", TOLD))
    assert len(told) == 1
