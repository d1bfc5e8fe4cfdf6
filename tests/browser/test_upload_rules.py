"""The upload page in use, in every state at once: it fits, and offends no rule."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.conftest import DESKTOP
from tests.browser.rules import (
    LONG_NAME,
    NARROW,
    SCHEMES,
    TOO_SMALL,
    offences,
    paint,
)
from tests.browser.steps import choose, count

SIZES = {"phone": NARROW, "desktop": DESKTOP}
FOLDER = """async (module) => {
  const { filesOf } = await import(module);
  const file = (name) => ({
    name, isDirectory: false, file: (done) => done(new File([name], name)),
  });
  const folder = (name, entries) => ({
    name, isDirectory: true,
    createReader() {
      const left = [...entries];
      return { readEntries: (done) => done(left.splice(0, 100)) };
    },
  });
  const many = Array.from({ length: 250 }, (_, number) => file(`${number}.jpg`));
  const inner = folder("inner", [...many, file(".DS_Store"), folder("empty", [])]);
  const entries = [folder("outer", [inner, file("a.jpg")]), file("b.jpg")];
  const items = entries.map((entry) => ({
    kind: "file", webkitGetAsEntry: () => entry,
  }));
  return (await filesOf({ items, files: [] })).map((one) => one.name);
}"""


@pytest.mark.parametrize("size", SIZES)
def test_all_states_at_once_offend_no_rule(
    size: str,
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    problems: list[str],
) -> None:
    page = new_page(storage_state=session_of_owner, **SIZES[size])
    page.goto("/upload/", wait_until="networkidle")
    seed = 90_000 + len(size)
    data = drawing.jpeg(100, 80, seed=seed)
    choose(page, {LONG_NAME: data, f"twin {LONG_NAME}": data, "no.txt": b"words"})
    expect(count(page, "duplicate")).to_have_text("1")
    page.route("**/upload/file/", lambda route: route.fulfill(status=418))
    choose(page, {f"failed {LONG_NAME}": drawing.jpeg(5000, 4000, seed=seed)})
    expect(count(page, "failed")).to_have_text("1")
    page.get_by_text("4 ×", exact=True).click()
    expect(page.locator(".chip-blocked").last).to_be_visible()
    page.context.set_offline(True)
    choose(page, {f"{number} {LONG_NAME}": data for number in range(3)})
    expect(count(page, "left")).to_have_text("3")
    expect(page.get_by_text("No connection.")).to_be_visible()
    width = page.viewport_size
    assert width
    assert page.evaluate("document.documentElement.scrollWidth") == width["width"]
    assert not page.evaluate(TOO_SMALL)
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), scheme
    # It asks on, and goes on failing, until it is closed.
    page.close()
    problems.clear()


def test_a_dropped_folder_is_walked_to_its_last_entry(page: Page) -> None:
    page.goto("/accounts/login/")
    names = page.evaluate(FOLDER, "/static/js/drop.js")
    assert set(names) == {*(f"{number}.jpg" for number in range(250)), "a.jpg", "b.jpg"}
    assert len(names) == 252
