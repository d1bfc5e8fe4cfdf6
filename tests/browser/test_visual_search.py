"""The same in a browser: a photograph becomes a key, and is searched by."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.application import Application, application
from tests.browser.conftest import sign_in
from tests.browser.rules import NARROW, SCHEMES, TOO_SMALL, offences, paint
from tests.browser.steps import begin, row, upload, wait_for_end
from tests.providers.naver.played import ACCESS, SECRET, WORKSPACE, Played


@pytest.fixture(scope="module")
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def server(vendor: Played) -> Iterator[Application]:
    with application(
        NAVER_URL=vendor.url,
        NAVER_ACCESS_KEY=ACCESS,
        NAVER_SECRET_KEY=SECRET,
        NAVER_WORKSPACE=WORKSPACE,
        OUTGOING_ALLOW_PRIVATE="1",
    ) as site:
        site.add_person("alice@example.com")
        yield site


def order(page: Page, what: str, files: dict[str, bytes]) -> None:
    upload(page, files)
    page.get_by_role("radio", name=what).check()
    begin(page)
    wait_for_end(page)


def test_a_photograph_becomes_a_key_and_is_searched_by(
    new_page: Callable[..., Page], vendor: Played
) -> None:
    page = new_page(**NARROW)
    sign_in(page, "alice@example.com")
    order(page, "Register for visual search", {"phone.heic": drawing.heic(320, 240)})
    (stored,) = vendor.stored.values()
    key = row(page, "phone.heic").locator(f"[data-copy='{stored.final_key}']")
    expect(key).to_be_visible()
    order(page, "Search by this picture", {"photo.jpg": drawing.jpeg()})
    row(page, "photo.jpg").get_by_role("link", name="Matches").click()
    page.wait_for_url(re.compile("/matches/"))
    expect(page.locator("#matches > li")).to_have_count(1)
    expect(page.get_by_text("score 0.87", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert not page.evaluate(TOO_SMALL)
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), scheme
