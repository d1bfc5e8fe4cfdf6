"""The batch page: it follows the work, and what is pressed there."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.application import Application
from tests.browser.steps import LONG, begin, row, upload, wait_for_end

TWO = {"one.jpg": drawing.jpeg(200, 150), "two.jpg": drawing.jpeg(150, 200, seed=1)}


@pytest.fixture
def engine(server: Application) -> Iterator[Callable[[], None]]:
    """Stop the engine; what this returns starts it again."""
    server.end("engine")

    def start() -> None:
        if "engine" not in server.processes:
            server.begin("engine")

    yield start
    start()


def test_work_is_cancelled_and_begun_again_on_one_page(
    owner_page: Page, engine: Callable[[], None]
) -> None:
    upload(owner_page, TWO)
    begin(owner_page)
    owner_page.evaluate("window.kept = true")
    owner_page.get_by_role("button", name="Cancel one.jpg").press("Enter")
    retry = owner_page.get_by_role("button", name="Retry one.jpg")
    expect(retry).to_be_visible()
    expect(owner_page.locator("#summary")).to_be_focused()
    expect(row(owner_page, "two.jpg")).to_contain_text("queued")
    owner_page.get_by_role("button", name="Cancel what is left").click()
    expect(owner_page.locator("#summary")).to_contain_text("Cancelled")
    expect(owner_page).to_have_title(re.compile("^✓ Upscale: 2 pictures"))
    engine()
    # All had ended, so the page had stopped asking; it begins again by itself.
    retry.click()
    expect(owner_page.locator("#summary")).to_contain_text("Finished", timeout=LONG)
    expect(row(owner_page, "one.jpg")).to_contain_text("400 × 300")
    expect(row(owner_page, "two.jpg")).to_contain_text("cancelled")
    assert owner_page.evaluate("window.kept")


def test_what_a_provider_will_not_take_stands_under_needs_attention(
    owner_page: Page,
) -> None:
    # Four times as large, this one would have 64 megapixels.
    upload(owner_page, {"wide.jpg": drawing.jpeg(4000, 1000), **TWO})
    owner_page.get_by_text("4 ×").click()
    begin(owner_page)
    attention = owner_page.locator("#attention")
    expect(attention).to_contain_text("64.0 megapixels; the limit is 62 megapixels")
    expect(attention).to_contain_text("Upscale · This computer")
    wait_for_end(owner_page)
    expect(owner_page.locator("#summary")).to_contain_text("2 of 3 done · 1 failed")


def test_a_page_that_loses_the_server_says_so_and_goes_on(
    owner_page: Page, engine: Callable[[], None], problems: list[str]
) -> None:
    upload(owner_page, TWO)
    begin(owner_page)
    owner_page.route("**/changes/**", lambda route: route.abort())
    expect(owner_page.locator("#unreached")).to_be_visible(timeout=LONG)
    owner_page.unroute("**/changes/**")
    expect(owner_page.locator("#unreached")).to_be_hidden(timeout=LONG)
    assert all("/changes/" in one or "htmx:" in one for one in problems)
    problems.clear()
    engine()
    wait_for_end(owner_page)


def test_a_page_that_may_no_longer_look_says_so(
    owner_page: Page, engine: Callable[[], None], problems: list[str]
) -> None:
    upload(owner_page, TWO)
    begin(owner_page)
    owner_page.context.clear_cookies(name="sessionid")
    engine()
    expect(owner_page.locator("#closed")).to_be_visible(timeout=LONG)
    owner_page.get_by_role("link", name="Reload the page").click()
    owner_page.wait_for_url(re.compile("/accounts/login/"))
    assert all("/changes/" in one or "htmx:" in one for one in problems)
    problems.clear()
