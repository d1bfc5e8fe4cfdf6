"""The library by touch: a long press begins a selection, then a tap is enough."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_library_keys import tile

PRESS = """(tile) => new Promise((resolve) => {
  const box = tile.getBoundingClientRect();
  const at = { bubbles: true, pointerType: 'touch', clientX: box.x + 60,
    clientY: box.y + 60 };
  const link = tile.querySelector('.tile-link');
  link.dispatchEvent(new PointerEvent('pointerdown', at));
  new MutationObserver((_changes, observer) => {
    observer.disconnect();
    link.dispatchEvent(new PointerEvent('pointerup', at));
    const one = { bubbles: true, cancelable: true, detail: 1 };
    const click = new MouseEvent("click", one);
    resolve(!link.dispatchEvent(click));
  }).observe(document.querySelector('.selbar'), { attributes: true });
})"""


def test_a_long_press_begins_and_a_tap_goes_on(
    new_page: Any,
    session_of_wall: dict[str, Any],
) -> None:
    page: Page = new_page(storage_state=session_of_wall, **PHONE)
    page.goto("/")
    swallowed = tile(page, 0).evaluate(PRESS)
    assert swallowed, "The long press opened the picture."
    expect(page.locator("#grid :checked")).to_have_count(1)
    tile(page, 1).locator(".tile-link").tap()
    expect(page.locator("#grid :checked")).to_have_count(2)
    expect(page.locator(".selbar")).to_contain_text("2 selected")
    page.get_by_role("button", name="Clear the selection").tap()
    expect(page.locator("#grid :checked")).to_have_count(0)
    tile(page, 1).locator(".tile-link").tap()
    page.wait_for_url("**/images/**")
