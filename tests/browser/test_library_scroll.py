"""Thousands of pictures, in the library and a gallery: nothing jumps, Back returns."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.application import Application
from tests.browser.conftest import DESKTOP, PHONE, cookies_of
from tests.wall import hang_in

EMAIL = "long.wall@example.com"
COUNT = 5_000
GALLERY = "5a1d3c00-0000-4000-8000-000000005000"
HANG = f"""
from imaging.models import Gallery, User
user = User.objects.get(email="{EMAIL}")
team = user.own_teams()[0]
gallery = Gallery.objects.create(id="{GALLERY}", team=team, owner=user, name="Long")
gallery.add(list(user.images.values_list("pk", flat=True)), user)
"""
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(
    [one.value, one.sources.some(({ node }) => !node?.closest?.('.topbar')),
      ...one.sources.map(({ node }) => node?.outerHTML?.slice(0, 90))]);
}).observe({ type: 'layout-shift', buffered: true })"""
LOADED = "document.querySelectorAll('#grid > .tile').length"
FIRST_IN_VIEW = """() => {
  const bar = document.querySelector('.topbar').offsetHeight;
  const tile = [...document.querySelectorAll('#grid > .tile')].find(
    (one) => one.getBoundingClientRect().bottom > bar);
  return [tile.dataset.id, Math.round(tile.getBoundingClientRect().top)];
}"""


@pytest.fixture(scope="module")
def session(browser: Browser, server: Application) -> dict[str, Any]:
    """The cookies of somebody with a very long wall."""
    server.add_person(EMAIL)
    hang_in(server, EMAIL, COUNT)
    return cookies_of(EMAIL, browser, server)


@pytest.fixture(scope="module")
def gallery(session: dict[str, Any], server: Application) -> str:
    """The path of a gallery in which the whole wall hangs."""
    server.manage("shell", "-v0", f"--command={HANG}")
    return f"/galleries/{GALLERY}/"


def open_wall(
    new_page: Callable[..., Page], session: Any, size: Any, path: str = "/"
) -> Page:
    page = new_page(storage_state=session, **size)
    page.add_init_script(SHIFTS)
    page.goto(path, wait_until="networkidle")
    return page


def scroll(page: Page, screens: float) -> None:
    """Scroll as a wheel does, a screen at a time, and wait for what is to be there."""
    for _step in range(round(abs(screens))):
        page.evaluate(f"scrollBy(0, innerHeight * {1 if screens > 0 else -1})")
        page.wait_for_function(
            "() => document.querySelector('[data-more=older]').hidden"
            " || document.getElementById('grid').getBoundingClientRect().bottom"
            " > innerHeight * 2"
        )


def weight(devtools: CDPSession) -> tuple[int, int]:
    """Return the bytes of the scripts' heap, and the nodes, after a collection."""
    devtools.send("HeapProfiler.collectGarbage")
    counters = devtools.send("Memory.getDOMCounters")
    usage = devtools.send("Runtime.getHeapUsage")
    return int(usage["usedSize"]), int(counters["nodes"])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("place", ["library", "gallery"])
def test_back_returns_to_exactly_the_same_place(
    new_page: Callable[..., Page], session: Any, gallery: str, place: str, size: Any
) -> None:
    path = gallery if place == "gallery" else "/"
    page = open_wall(new_page, session, size, path)
    scroll(page, 12)
    page.evaluate("scrollBy(0, 57)")
    page.wait_for_load_state("networkidle")
    page.wait_for_function(f"() => history.state?.tile === ({FIRST_IN_VIEW})()[0]")
    before = page.evaluate(FIRST_IN_VIEW)
    address = page.url
    page.locator(f"[data-id='{before[0]}'] .tile-link").evaluate("one => one.click()")
    page.wait_for_url(re.compile("/images/"))
    page.go_back()
    page.wait_for_url(address)
    page.wait_for_function(f"() => ({FIRST_IN_VIEW})()[0] === '{before[0]}'")
    after = page.evaluate(FIRST_IN_VIEW)
    assert abs(after[1] - before[1]) <= 2
    # What comes before is there again as soon as one scrolls back up.
    scroll(page, -3)
    page.wait_for_function(f"() => {LOADED} > 90")
    assert page.evaluate("scrollY") > 100


def test_a_place_can_be_shared_and_led_on_from_without_script(
    new_page: Callable[..., Page], session: Any
) -> None:
    page = open_wall(new_page, session, DESKTOP)
    scroll(page, 8)
    page.wait_for_url(re.compile("after="))
    plain = new_page(storage_state=session, java_script_enabled=False)
    plain.goto(page.url)
    first = plain.locator("#grid > .tile").first.get_attribute("data-id")
    assert first == page.evaluate("history.state.tile")
    plain.get_by_role("link", name="Newer pictures").click()
    expect(plain.locator("#grid > .tile")).to_have_count(60)
    plain.get_by_role("link", name="Older pictures").click()
    assert plain.locator("#grid > .tile").first.get_attribute("data-id") == first


def test_what_is_selected_stays_so_far_away(
    new_page: Callable[..., Page], session: Any
) -> None:
    page = open_wall(new_page, session, DESKTOP)
    first = page.locator("#grid > .tile").first
    first.hover()
    first.get_by_role("checkbox").check()
    # What has the focus is never emptied.
    page.evaluate("document.activeElement.blur()")
    scroll(page, 30)
    expect(first).to_be_empty()
    expect(page.locator(".selbar-count")).to_contain_text("1 selected")
    page.get_by_role("button", name="Process").click()
    page.wait_for_url("**/process/")
    expect(page.locator("h1")).to_contain_text("Process 1 picture")


@pytest.mark.prove
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("place", ["library", "gallery"])
def test_five_thousand_pictures_neither_jump_nor_pile_up(
    new_page: Callable[..., Page],
    session: Any,
    gallery: str,
    place: str,
    size: Any,
    proved: Callable[[str], None],
) -> None:
    path = gallery if place == "gallery" else "/"
    page = open_wall(new_page, session, size, path)
    devtools = page.context.new_cdp_session(page)
    scroll(page, 20)
    heap, nodes = weight(devtools)
    while page.locator("[data-more=older]").get_attribute("hidden") is None:
        scroll(page, 5)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(LOADED) == COUNT
    heap_then, nodes_then = weight(devtools)
    # A tile that was emptied is one node; what it held is let go.
    assert nodes_then < nodes + 1.2 * COUNT
    assert heap_then < heap + 6e6
    shifts = page.evaluate("shifts")
    # The bar above may settle by a hair when its script has run; the wall never moves.
    assert [one for one in shifts if one[1]] == []
    assert sum(one[0] for one in shifts) < 0.001
    wide = page.viewport_size["width"]  # type: ignore[index]
    proved(
        f"{COUNT:,} pictures scrolled through in the {place} at {wide} px: nothing "
        f"jumps; the heap went from {heap / 1e6:.1f} to {heap_then / 1e6:.1f} MB."
    )
