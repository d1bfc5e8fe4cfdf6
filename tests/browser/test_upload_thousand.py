"""A thousand files by folder, and the network gone for a minute in the middle."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.application import Application
from tests.browser.steps import count
from tests.services import eventually

TOO_LONG = 600_000
CUT = 60_000
COUNT = "from imaging.models import Image; print('images', Image.objects.count())"
# The longest time in which the page could not react, by its own clock.
BUSY = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      window.longest = Math.max(window.longest, one.duration);
    }
  }).observe({ entryTypes: ["longtask"] });
}"""


def images(server: Application) -> int:
    said = re.search(r"images (\d+)", server.manage("shell", "-c", COUNT))
    assert said
    return int(said[1])


def fill(folder: Path) -> None:
    """Write 940 pictures, 40 copies of some, and 20 files that are no picture."""
    inner = folder / "first" / "second"
    inner.mkdir(parents=True)
    for number in range(1_000):
        place = (folder, folder / "first", inner)[number % 3]
        seed = number if number < 940 else number - 940
        data = drawing.jpeg(96, 72, seed=200_000 + seed)
        if number >= 980:
            data = b"Dear Sir, this is no picture."
        (place / f"{number:04}.jpg").write_bytes(data)


def numbers(page: Page) -> dict[str, int]:
    names = ("stored", "duplicate", "refused", "failed", "left", "chosen")
    return {name: int(count(page, name).inner_text()) for name in names}


@pytest.mark.prove
def test_a_thousand_files_and_a_minute_without_network(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    server: Application,
    tmp_path: Path,
    problems: list[str],
    proved: Callable[[str], None],
) -> None:
    fill(tmp_path)
    before = images(server)
    page = new_page(storage_state=session_of_owner)
    page.goto("/upload/")
    page.evaluate(BUSY)
    page.locator("#folder").set_input_files(tmp_path)
    expect(count(page, "chosen")).to_have_text("1000", timeout=60_000)
    eventually("200 are stored", lambda: numbers(page)["stored"] > 200, TOO_LONG / 1000)
    page.context.set_offline(True)
    page.wait_for_timeout(CUT)
    cut = numbers(page)
    assert cut["left"] > 100
    assert sum(cut.values()) == 2 * cut["chosen"] == 2_000
    page.context.set_offline(False)
    expect(count(page, "left")).to_have_text("0", timeout=TOO_LONG)
    problems.clear()
    busy = float(page.evaluate("window.longest"))
    assert numbers(page) == {
        "stored": 940,
        "duplicate": 40,
        "refused": 20,
        "failed": 0,
        "left": 0,
        "chosen": 1_000,
    }
    assert images(server) == before + 940
    assert '"ok": true' in server.manage("check_integrity", "--json")
    # Coming back with the same folder sends nothing that is here.
    page.goto("/upload/")
    sent: list[str] = []
    page.on("request", lambda one: "/upload/file/" in one.url and sent.append(one.url))
    page.locator("#folder").set_input_files(tmp_path)
    expect(count(page, "duplicate")).to_have_text("980", timeout=TOO_LONG)
    expect(count(page, "left")).to_have_text("0")
    assert not sent
    proved(
        "1,000 files of a folder and a minute without network: 940 stored, 40 known, "
        f"20 refused, none lost or twice; the page was busy {busy:.0f} ms at the most."
    )
