"""The straight line from a command line, with the processes of the Procfile."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.application import Application, application
from tests.drawing import RED, bmp, heic, jpeg, oriented, png, webp
from tests.services import ROOT


@pytest.fixture(scope="module")
def site() -> Iterator[Application]:
    with application("worker", "engine", "watch", ENGINES="2") as site:
        site.add_person("alice@example.com")
        yield site


def process(
    site: Application, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "process", *arguments],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def write(folder: Path, **files: bytes) -> list[Path]:
    paths = []
    for name, data in files.items():
        paths.append(folder / name.replace("__", "."))
        paths[-1].write_bytes(data)
    return paths


def test_every_kind_of_photograph_comes_out_larger_and_upright(
    site: Application, tmp_path: Path
) -> None:
    files = write(
        tmp_path,
        a__jpg=jpeg(160, 120),
        b__png=png(160, 120),
        c__bmp=bmp(160, 120),
        d__webp=webp(160, 120),
        e__heic=heic(160, 120),
        turned__jpg=oriented(6),
    )
    out = tmp_path / "out"
    done = process(site, *files, "--operation", "upscale", "--out", out)
    assert done.returncode == 0, done.stderr
    made = sorted(out.iterdir())
    assert sorted(map(str, made)) == sorted(done.stdout.split())
    assert [path.name for path in made] == [
        "a.jpg",
        "b.png",
        "c.bmp",
        "d.webp",
        "e.jpg",
        "turned.jpg",
    ]
    for path in made[:-1]:
        with Image.open(path) as picture:
            assert picture.size == (320, 240)
    with Image.open(made[-1]) as picture:
        assert picture.size == (960, 640)
        assert picture.getexif().get(0x0112, 1) == 1
        pixel = picture.convert("RGB").getpixel((100, 100))
    assert isinstance(pixel, tuple)
    assert all(abs(one - wanted) < 20 for one, wanted in zip(pixel, RED, strict=True))


def test_names_are_never_overwritten(site: Application, tmp_path: Path) -> None:
    files = write(tmp_path, a__jpg=jpeg(160, 120), a__png=png(160, 120))
    out = tmp_path / "out"
    for _ in range(2):
        done = process(
            site, *files, "--operation", "convert", "-o", "format=png", "--out", out
        )
        assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in out.iterdir())
    assert names == ["a-2.png", "a-3.png", "a-4.png", "a.png"]


def test_what_was_refused_is_named_and_the_rest_is_done(
    site: Application, tmp_path: Path
) -> None:
    files = write(tmp_path, good__jpg=jpeg(160, 120), bad__jpg=b"no picture")
    files.append(tmp_path / "absent.jpg")
    out = tmp_path / "out"
    done = process(site, *files, "--operation", "convert", "--out", out)
    assert done.returncode == 1
    assert [path.name for path in out.iterdir()] == ["good.jpg"]
    assert "bad.jpg: The content of this file is not a picture" in done.stderr
    assert "absent.jpg: No such file or directory." in done.stderr
    assert "1 of 3 pictures are done." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--provider", "nobody"], "There is no provider nobody; there are: local"),
        (["--operation", "nothing"], "There is no nothing by local here."),
        (["-o", "scale"], "-o scale: write it as NAME=VALUE."),
        (["-o", "size=4"], "upscale has no option size."),
        (["-o", "scale=9"], "scale: "),
        (["--subject", "Anna"], "measures nobody: leave --subject and --consent out."),
        (["--operation", "skin-analysis"], "name them with --subject NAME, and add"),
        (
            ["--operation", "skin-analysis", "--subject", "Anna"],
            "There is no subject “Anna” yet.",
        ),
        (["--user", "nobody@example.com"], "There is no user nobody@example.com."),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    site: Application, tmp_path: Path, arguments: list[str], words: str
) -> None:
    files = write(tmp_path, a__jpg=jpeg(160, 120))
    done = process(site, *files, *arguments, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_person_is_measured_once_they_have_agreed(
    site: Application, tmp_path: Path
) -> None:
    [file] = write(tmp_path, face__jpg=jpeg(320, 320))
    order = [file, "--operation", "skin-analysis", "--subject", "Anna"]
    for consent in (["--consent"], []):
        done = process(site, *order, *consent, "--out", tmp_path / "out")
        assert done.returncode == 0, done.stderr
    reports = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in reports] == ["face.jpg-2.json", "face.jpg.json"]
    assert json.loads(reports[0].read_text())["format"] == "skin-report"


def test_afterwards_everything_is_in_order(site: Application) -> None:
    assert site.manage("check_integrity", "--json") == '{"ok": true, "problems": []}\n'
