"""A gallery put in order by hand: dragged, by keys, by a press; desk and phone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.application import Application
from tests.browser.conftest import DESKTOP, PHONE, cookies_of
from tests.browser.rules import TOO_SMALL, offences
from tests.wall import hang_in

EMAIL = "hanging@example.com"
COUNT = 70


@pytest.fixture(scope="module")
def session(browser: Browser, server: Application) -> dict[str, Any]:
    """The cookies of somebody with more pictures than one page of a gallery shows."""
    server.add_person(EMAIL)
    hang_in(server, EMAIL, COUNT)
    return cookies_of(EMAIL, browser, server)


def new_gallery(page: Page, name: str) -> str:
    """Hang all that the library shows in a new gallery, by the key; return its path."""
    page.goto("/")
    page.keyboard.press("Control+a")
    page.keyboard.press("n")
    page.wait_for_url("**/galleries/add/")
    field = page.get_by_label("Name of the gallery")
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")
    page.wait_for_url(re.compile("/galleries/[0-9a-f-]{36}/$"))
    return page.url


def order(page: Page, count: int = 5) -> list[int]:
    """Return the numbers in the names of the first pictures."""
    images = page.locator("#grid .tile-img")
    names = [str(images.nth(at).get_attribute("alt")) for at in range(count)]
    return [int(re.sub(r"\D", "", name)) for name in names]


def middle(page: Page, at: int) -> tuple[float, float]:
    box = page.locator("#grid > .tile").nth(at).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def left(page: Page, at: int) -> tuple[float, float]:
    """Return a spot in the left half of a picture."""
    box = page.locator("#grid > .tile").nth(at).bounding_box()
    assert box
    return box["x"] + 8, box["y"] + box["height"] / 2


def told(page: Page, text: str) -> None:
    expect(page.locator("#selected-said")).to_have_text(text)


def select(page: Page, *places: int) -> None:
    for at in places:
        page.locator(".tile-pick input").nth(at).check(force=True)


def drag(page: Page, start: int, goal: int) -> None:
    page.mouse.move(*middle(page, start))
    page.mouse.down()
    x, y = middle(page, start)
    page.mouse.move(x - 20, y)
    page.mouse.move(*left(page, goal), steps=4)
    expect(page.locator(".drag-hand")).to_be_visible()
    page.mouse.up()


def test_on_a_desk_pictures_are_dragged_and_moved_by_keys(
    new_page: Callable[..., Page], session: dict[str, Any]
) -> None:
    page = new_page(storage_state=session, **DESKTOP)
    new_gallery(page, "Desk")
    a, b, c, d, e = order(page)
    drag(page, 3, 1)
    told(page, "1 picture was moved.")
    assert order(page) == [a, d, b, c, e]
    # Of what is selected the dragged one brings all, in their order.
    select(page, 2, 4)
    drag(page, 4, 0)
    told(page, "2 pictures were moved.")
    page.reload()
    assert order(page) == [b, e, a, d, c]
    page.keyboard.press("ArrowRight")
    for key in ("m", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    told(page, "Place 3")
    assert order(page) == [e, a, b, d, c]
    page.keyboard.press("Escape")
    told(page, "All is as it was")
    assert order(page) == [b, e, a, d, c]
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    told(page, "1 picture was moved.")
    assert order(page) == [e, b, a, d, c]
    page.keyboard.press("m")
    page.keyboard.press("End")
    # The end is on the next page.
    told(page, "1 picture was moved.")
    page.reload()
    assert order(page, 4) == [e, a, d, c]
    # Escape lets go of what is dragged.
    page.mouse.move(*middle(page, 2))
    page.mouse.down()
    page.mouse.move(*left(page, 0), steps=4)
    expect(page.locator(".drag-hand")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drag-hand")).to_have_count(0)
    page.mouse.up()
    assert order(page, 4) == [e, a, d, c]


def test_hearts_and_filters_and_the_way_back(
    new_page: Callable[..., Page], session: dict[str, Any]
) -> None:
    page = new_page(storage_state=session, **DESKTOP)
    address = new_gallery(page, "Hearts")
    select(page, 1, 2)
    page.keyboard.press("h")
    told(page, "2 pictures are favourites of yours.")
    expect(page.locator("#grid .tile-heart")).to_have_count(2)
    loved = order(page)[1:3]
    page.get_by_role("link", name="My favourites").click()
    page.wait_for_url(f"{address}?hearts=mine")
    expect(page.locator("#grid > .tile")).to_have_count(2)
    assert order(page, 2) == loved
    expect(page.locator("#count")).to_have_text("2 pictures")
    page.locator(".tile-link").first.click()
    page.wait_for_url(re.compile("/images/"))
    heart = page.get_by_role("button", name="Favourite")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Gallery", exact=True).click()
    page.wait_for_url(re.compile(r"/galleries/[0-9a-f-]{36}/\?hearts=mine"))
    page.keyboard.press("Control+a")
    page.keyboard.press("h")
    told(page, "2 pictures are no favourites of yours any more.")
    expect(page.locator("#grid .tile-heart")).to_have_count(0)


def touch(devtools: CDPSession, kind: str, *spot: float) -> None:
    points = [{"x": spot[0], "y": spot[1]}] if spot else []
    devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_on_a_phone_a_long_press_drags_and_a_press_names_the_place(
    new_page: Callable[..., Page], session: dict[str, Any]
) -> None:
    page = new_page(storage_state=session, **PHONE)
    new_gallery(page, "Phone")
    a, b, c, d, e = order(page)
    devtools = page.context.new_cdp_session(page)
    page.locator("#grid > .tile").nth(2).scroll_into_view_if_needed()
    touch(devtools, "touchStart", *middle(page, 2))
    expect(page.locator(".drag-hand")).to_be_visible()
    x, y = middle(page, 2)
    touch(devtools, "touchMove", x - 15, y - 5)
    touch(devtools, "touchMove", *left(page, 0))
    expect(page.locator(".tile.is-before")).to_have_count(1)
    touch(devtools, "touchEnd")
    told(page, "1 picture was moved.")
    assert order(page) == [c, a, b, d, e]
    # It stays selected, and the menu moves it by presses alone.
    expect(page.locator(".selbar-count")).to_contain_text("1 selected")
    page.locator(".selbar summary", has_text="Gallery").tap()
    expect(page.get_by_role("button", name="Move …")).to_be_visible()
    assert not page.evaluate(TOO_SMALL)
    page.get_by_role("button", name="Move …").tap()
    expect(page.locator(".movebar")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not offences(page)
    page.locator(".tile-link").nth(3).tap()
    told(page, "1 picture was moved.")
    expect(page.locator(".movebar")).to_be_hidden()
    assert order(page) == [a, b, c, d, e]
    page.reload()
    assert order(page) == [a, b, c, d, e]
