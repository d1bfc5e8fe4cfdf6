"""From the command line to Retouch4me and back, through the real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.application import Application
from tests.providers.retouch4me.played import TOKEN, Played
from tests.providers.straight import line_to, processed, refused
from tests.providers.vendor import golden, instead


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retouch4me")


@pytest.fixture(scope="module")
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def line(vendor: Played, folder: Path) -> Iterator[Application]:
    with line_to(vendor, "retouch4me", {"TOKEN": TOKEN}, folder) as site:
        yield site


def test_a_photograph_comes_back_though_a_worker_dies_on_the_way(
    line: Application, vendor: Played, folder: Path
) -> None:
    before = len(vendor.jobs)
    (folder / "points/answered").touch()
    (path,) = processed(line, "retouch4me", folder)
    assert not (folder / "points/answered").exists(), "nobody died"
    assert Image.open(path).size == Image.open(folder / "photo.jpg").size
    assert len(vendor.jobs) == before + 1
    keys = {one.headers["idempotency-key"] for one in vendor.asked["start"]}
    assert len(vendor.asked["start"]) == 2
    assert len(keys) == 1


def test_a_refusal_is_a_sentence_on_the_command_line(
    line: Application, vendor: Played, folder: Path
) -> None:
    vendor.spoil("start", instead(golden("retouch4me/limit-reached.http")))
    said = refused(line, "retouch4me", folder)
    assert "limit for this account is reached" in said
    assert "0 of 1 pictures are done" in said
    assert TOKEN not in said + line.logs(10_000)
