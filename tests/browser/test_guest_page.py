"""What a guest does with a gallery: swipe, keys, compare, pick, also without script."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.application import Application
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.rules import NARROW, SCHEMES, TOO_SMALL, offences, paint
from tests.browser.viewing import Fingers
from tests.showing import show_in

COUNT = 130
PICTURE = re.compile(r"/s/[^/]+/[0-9a-f-]{36}/")
SHOWN = """() => {
  const one = document.querySelector('[data-shown]');
  return one.complete && one.naturalWidth > 0 }"""
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(one.value);
}).observe({ type: 'layout-shift', buffered: true })"""
FIRST = """() => {
  const bar = document.querySelector('.topbar').offsetHeight;
  const tile = [...document.querySelectorAll('#grid > .tile')].find(
    (one) => one.getBoundingClientRect().bottom > bar);
  return [tile.dataset.id, Math.round(tile.getBoundingClientRect().top)] }"""


@pytest.fixture(scope="module")
def address(server: Application) -> str:
    server.add_person("studio@example.com")
    return show_in(server, "studio@example.com", COUNT)


def tile(page: Page, number: int) -> Locator:
    return page.locator(f"#n{number}")


def open_picture(page: Page, number: int) -> None:
    tile(page, number).locator(".tile-link").click()
    page.wait_for_url(PICTURE)
    at_picture(page, number)


def at_picture(page: Page, number: int) -> None:
    expect(page.locator("h1")).to_contain_text(f"Picture {number}")
    expect(page.locator("h1")).to_contain_text(f"{number} of {COUNT}")
    page.wait_for_function(SHOWN)


def swipe(page: Page, way: int) -> None:
    fingers = Fingers(page)
    fingers.send("touchStart", (200, 400))
    for step in range(1, 6):
        fingers.send("touchMove", (200 + way * step / 5, 402))
    fingers.send("touchEnd")


def test_a_phone_swipes_zooms_picks_and_comes_back(
    address: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(**PHONE)
    page.goto(address)
    open_picture(page, 3)
    page.evaluate("window.same = true")
    swipe(page, -160)
    at_picture(page, 4)
    swipe(page, 160)
    at_picture(page, 3)
    swipe(page, -160)
    at_picture(page, 4)
    assert page.evaluate("window.same"), "The page was loaded anew."
    # No tap: so soon after a swipe Chromium takes it for the end of that.
    page.locator(".pick-btn").click()
    expect(page.locator(".pick-btn")).to_have_attribute("aria-pressed", "true")
    stage = page.locator("#stage")
    for _tap in range(2):
        page.touchscreen.tap(150, 400)
    expect(stage).to_have_class(re.compile("is-zoomed"))
    swipe(page, -60)
    at_picture(page, 4)
    assert not page.evaluate(TOO_SMALL)
    with page.expect_response(lambda one: one.url.endswith(address)):
        page.go_back()
    expect(tile(page, 4).locator(".pick-btn")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#picks-bar")).to_contain_text("1 chosen")
    with page.expect_response(re.compile("/pick$")):
        tile(page, 5).locator(".pick-btn").tap()
    expect(page.locator("#picks-bar")).to_contain_text("2 chosen")


def test_keys_lead_through_the_pictures_and_two_are_compared(
    address: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(**DESKTOP)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(address)
    open_picture(page, 2)
    page.keyboard.press("ArrowLeft")
    at_picture(page, 1)
    page.keyboard.press("ArrowRight")
    at_picture(page, 2)
    with page.expect_response(re.compile("/pick$")):
        page.keyboard.press("p")
    expect(page.locator(".pick-btn")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Compare").click()
    page.wait_for_url(re.compile("with="))
    expect(page.locator("#compare")).to_have_class(re.compile("is-live"))
    split = page.get_by_role("slider")
    split.focus()
    page.keyboard.press("Home")
    expect(split).to_have_attribute("aria-valuetext", "0 % Original")
    widths = (
        "[...document.querySelectorAll('.plate img')].map((one) => one.naturalWidth)"
    )
    page.wait_for_function(f"() => {widths}.every((one) => one === 1600)")
    assert not offences(page)
    page.keyboard.press("Escape")
    at_picture(page, 2)
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: not PICTURE.search(url))
    expect(tile(page, 2)).to_be_in_viewport()
    files = [one for one in asked if re.search(r"/s/.*/\d+$", one)]
    assert {int(one.rpartition("/")[2]) for one in files} <= {320, 640, 1600}
    assert not [one for one in asked if "/download" in one or "/original" in one]


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["desk", "phone"])
def test_the_wall_goes_on_without_jumping_and_back_leads_to_the_place(
    size: dict[str, object], address: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(**size)
    page.add_init_script(SHIFTS)
    page.goto(address, wait_until="networkidle")
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), scheme
    while page.locator("#grid > .tile").count() < COUNT:
        had = page.locator("#grid > .tile").count()
        page.evaluate("scrollTo({ top: document.body.scrollHeight })")
        page.wait_for_function(
            f"document.querySelectorAll('#grid > .tile').length > {had}"
        )
    tile(page, 100).evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    page.wait_for_url(re.compile("after="))
    page.wait_for_function(f"() => history.state?.tile === ({FIRST})()[0]")
    before = page.evaluate(FIRST)
    assert sum(page.evaluate("shifts")) < 0.01
    page.locator(f"[data-id='{before[0]}'] .tile-link").evaluate("one => one.click()")
    page.wait_for_url(PICTURE)
    page.go_back()
    page.wait_for_url(re.compile("after="))
    page.wait_for_function(f"() => ({FIRST})()[0] === '{before[0]}'")
    assert abs(page.evaluate(FIRST)[1] - before[1]) <= 2


def test_without_a_script_all_of_it_works(
    address: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False, **NARROW)
    page.goto(address)
    tile(page, 7).locator(".pick-btn").click()
    expect(tile(page, 7).locator(".pick-btn")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="More pictures").click()
    expect(tile(page, 61)).to_be_attached()
    page.get_by_role("link", name="Previous pictures").click()
    tile(page, 1).locator(".tile-link").click()
    page.get_by_role("link", name="Next picture").click()
    expect(page.locator("h1")).to_contain_text("Picture 2")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("img", name="Result")).to_be_visible()
    expect(page.get_by_role("img", name="Original")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="Look and send").click()
    page.locator("[name=name]").fill("Anna")
    page.get_by_role("button", name="Send 1 picture").click()
    expect(page.locator(".notice")).to_contain_text("Your picks are with")
