"""What people do on the pages, step by step."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

from tests import drawing

LONG = 60_000
TYPES = {"jpg": "image/jpeg", "heic": "image/heic", "txt": "text/plain"}


def photographs() -> dict[str, bytes]:
    """Draw one picture in each format, and one that the camera held upright."""
    return {
        "beach.jpg": drawing.jpeg(320, 240, seed=1),
        "forest.png": drawing.png(240, 320, seed=2),
        "harbour.bmp": drawing.bmp(200, 160, seed=3),
        "night.webp": drawing.webp(300, 200, seed=4),
        "phone.heic": drawing.heic(),
        "turned.jpg": drawing.oriented(6),
    }


def choose(page: Page, files: Mapping[str, bytes]) -> None:
    """Choose files on the upload page, as its dialog hands them over."""
    page.locator("#files").set_input_files(
        [{"name": name, "mimeType": "", "buffer": files[name]} for name in files]
    )


def count(page: Page, name: str) -> Locator:
    """Return one of the numbers over the rows, such as "stored"."""
    return page.locator(f"[data-count={name}]")


def upload(page: Page, files: Mapping[str, bytes]) -> None:
    """Open the upload page and send files to their end, also those known already."""
    page.goto("/upload/")
    choose(page, files)
    expect(count(page, "chosen")).to_have_text(str(len(files)))
    expect(count(page, "left")).to_have_text("0", timeout=LONG)
    anyway = page.get_by_role("button", name="Upload all anyway")
    if anyway.is_visible():
        anyway.click()
        expect(count(page, "duplicate")).to_have_text("0")
        expect(count(page, "left")).to_have_text("0", timeout=LONG)


def begin(page: Page) -> None:
    """Press the button, and arrive at the batch."""
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile(r"/batches/[0-9a-f-]{36}/$"))


def wait_for_end(page: Page) -> None:
    """Watch the batch until all has ended."""
    expect(page.locator("#summary")).to_contain_text("Finished", timeout=LONG)


def upscaled(page: Page, files: Mapping[str, bytes]) -> None:
    """Have files upscaled, and end on the page of the finished batch.

    By the engine that takes seconds: what networks do is not looked at here.
    """
    upload(page, files)
    page.get_by_label("Engine").select_option("classical")
    begin(page)
    wait_for_end(page)


def row(page: Page, name: str) -> Locator:
    """Return the row of a file, of an upload or of a task."""
    named = page.locator(".work-name", has_text=name)
    return page.locator(".work-row").filter(has=named)


def order(page: Page, what: str) -> None:
    """Choose what is to be done by a press on its words, once they stand still."""
    chosen = page.locator(f"[value='{what}']")
    page.locator("label").filter(has=chosen).click()
    expect(chosen).to_be_checked()


def measure(page: Page, name: str, *, agreed: bool = True) -> None:
    """Choose skin analysis, and say who it is and whether they have agreed."""
    order(page, "local:skin-analysis")
    options = page.get_by_role("group", name="Options of Skin analysis")
    options.get_by_label("Person in the pictures").fill(name)
    options.get_by_label("They have agreed").set_checked(agreed)
