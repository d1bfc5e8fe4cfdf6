"""The straight line to Kokoon in a browser: chosen, watched, downloaded, told."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import drawing
from tests.application import Application, application
from tests.browser.conftest import DESKTOP, listen, sign_in
from tests.browser.steps import begin, row, upload, wait_for_end
from tests.providers.kokoon.played import TOKEN, Played
from tests.services import eventually

EMAIL = "alice@example.com"


@pytest.fixture
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture
def site(vendor: Played) -> Iterator[Application]:
    entered = {"KOKOON_URL": vendor.url, "KOKOON_TOKEN": TOKEN}
    with application(OUTGOING_ALLOW_PRIVATE="1", **entered) as site:
        site.add_person(EMAIL)
        yield site


@pytest.fixture
def visitor(browser: Browser, site: Application, problems: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, **DESKTOP)
    context.on("page", lambda page: listen(page, problems))
    yield context.new_page()
    context.close()


def test_from_the_choice_to_the_number_that_kokoon_counts(
    visitor: Page, vendor: Played
) -> None:
    sign_in(visitor, EMAIL)
    files = {"beach.jpg": drawing.jpeg(320, 240), "turned.jpg": drawing.oriented(6)}
    upload(visitor, files)
    visitor.locator("[name=order][value='kokoon:upscale']").check()
    expect(row(visitor, "turned.jpg")).to_contain_text(
        "Kokoon: Sent as a copy: turned upright."
    )
    begin(visitor)
    wait_for_end(visitor)
    expect(visitor.locator(".chip-ok", has_text="done")).to_have_count(2)
    assert (len(vendor.jobs), vendor.credit) == (2, 4056)
    visitor.get_by_role("link", name="Compare").first.click()
    visitor.wait_for_url("**/images/**")
    expect(visitor.locator(".viewer-side")).to_contain_text("Kept by Kokoon until")
    with visitor.expect_download() as download:
        visitor.locator("#download").click()
    assert download.value.path()
    told = vendor.asked["count_download"]
    eventually("Kokoon is told", lambda: told)

    def is_shown() -> bool:
        visitor.reload()
        return "Kokoon counts 1" in visitor.locator(".viewer-side").inner_text()

    eventually("its number stands beside ours", is_shown)
    expect(visitor.locator("#downloads")).to_have_text("Downloaded 1 time.")
    assert len(told) == 1
