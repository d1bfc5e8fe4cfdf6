"""Large files go in parts, and an interruption costs no part that has arrived."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests import drawing
from tests.browser.steps import LONG, count, row

MIB = 1 << 20


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Save a picture of 34 MiB: five parts. What follows a JPEG's end is its own."""
    path = tmp_path / "large.jpg"
    path.write_bytes(drawing.jpeg(900, 600))
    with path.open("ab") as file:
        for _ in range(34):
            file.write(os.urandom(MIB))
    return path


def watch_parts(page: Page) -> list[int]:
    """Collect the numbers of the parts whose sending has ended well from now on."""
    done: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PUT":
            done.append(int(request.url.rstrip("/").rpartition("/")[2]))

    page.on("requestfinished", note)
    return done


def test_a_large_file_goes_in_parts(owner_page: Page, large: Path) -> None:
    owner_page.goto("/upload/")
    parts = watch_parts(owner_page)
    owner_page.locator("#files").set_input_files(large)
    expect(count(owner_page, "stored")).to_have_text("1", timeout=LONG)
    assert parts == [0, 1, 2, 3, 4]
    expect(row(owner_page, "large.jpg")).to_contain_text("900 × 600")


@pytest.mark.parametrize("how", ["reload", "pause", "offline"])
def test_an_interruption_costs_no_part_that_has_arrived(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    large: Path,
    how: str,
    problems: list[str],
) -> None:
    page = new_page(storage_state=session_of_owner)
    page.goto("/upload/", wait_until="networkidle")
    parts = watch_parts(page)
    page.route("**/upload/parts/*/2/", lambda _route: None)
    page.locator("#files").set_input_files(large)
    expect(row(page, "large.jpg")).to_contain_text("uploading 4", timeout=LONG)
    assert parts == [0, 1]
    if how == "reload":
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.unroute("**/upload/parts/*/2/")
        page.locator("#files").set_input_files(large)
    elif how == "pause":
        page.get_by_role("button", name="Pause all").click()
        page.unroute("**/upload/parts/*/2/")
        page.get_by_role("button", name="Resume").click()
    else:
        page.context.set_offline(True)
        page.unroute("**/upload/parts/*/2/")
        expect(page.get_by_text("no connection", exact=True)).to_be_visible()
        page.context.set_offline(False)
    expect(count(page, "stored")).to_have_text("1", timeout=LONG)
    assert parts == [0, 1, 2, 3, 4]
    problems.clear()


def test_cancelling_tells_the_server_to_forget(owner_page: Page, large: Path) -> None:
    owner_page.goto("/upload/")
    owner_page.route("**/upload/parts/*/2/", lambda _route: None)
    owner_page.locator("#files").set_input_files(large)
    expect(row(owner_page, "large.jpg")).to_contain_text("uploading 4", timeout=LONG)
    with owner_page.expect_request(
        lambda request: request.method == "DELETE"
    ) as forgotten:
        owner_page.get_by_role("button", name="Cancel all").click()
    answer = forgotten.value.response()
    assert answer and answer.status == 204
