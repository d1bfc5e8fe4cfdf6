"""The console's pages: on a phone, in both schemes, nothing the axe rules mind."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.rules import NARROW, SCHEMES, TOO_SMALL, offences, paint

OWN = (
    "",
    "doctor/",
    "failures/",
    "providers/",
    "providers/kokoon/",
    "providers-teams/",
    "storage/",
    "integrity/",
    "retention/",
    "retention/period/requests/",
    "audit/",
    "audit/downloads/",
    "audit/calls/",
)
LISTS = ("task", "user", "team", "auditevent")


def check(page: Page) -> None:
    """Fit a phone, be wide enough to press, have one heading, offend no rule."""
    assert page.evaluate("document.documentElement.scrollWidth") == 360, page.url
    assert not page.evaluate(TOO_SMALL), page.url
    expect(page.locator("h1")).to_have_count(1)
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), f"{page.url}, {scheme}"


def test_the_console_fits_a_phone_and_offends_no_rule(
    new_page: Callable[..., Page], session_of_owner: dict[str, Any]
) -> None:
    page = new_page(storage_state=session_of_owner, **NARROW)
    for route in (*OWN, *(f"imaging/{one}/" for one in LISTS)):
        page.goto(f"/admin/{route}")
        check(page)
    for kind in ("team", "user"):
        page.goto(f"/admin/imaging/{kind}/")
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_url(re.compile("/change/"))
        check(page)
    page.get_by_role("link", name="Suspend").click()
    page.wait_for_url(re.compile("/people/"))
    check(page)
    page.get_by_role("link", name="Sign out everywhere").click()
    page.wait_for_url(re.compile("/sign-out/"))
    check(page)
