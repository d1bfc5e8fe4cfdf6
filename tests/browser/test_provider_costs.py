"""From keys to costs in a browser: entered, tested, bounded; told before the run."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.application import Application, application
from tests.browser.conftest import DESKTOP, OWNER, listen, sign_in
from tests.browser.steps import begin, upload, wait_for_end
from tests.browser.uploading import new
from tests.lab import Lab
from tests.labwork import PLAYED, TOKEN


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def site(lab: Lab) -> Iterator[Application]:
    """The application with the played atelier among its providers."""
    variables = {"PROVIDERS_PATH": PLAYED, "LAB_URL": lab.url, "LAB_PACE": "0.3"}
    with application(OUTGOING_ALLOW_PRIVATE="1", **variables) as site:
        site.add_person(OWNER)
        yield site


@pytest.fixture
def page(browser: Browser, site: Application, problems: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, **DESKTOP)
    context.on("page", lambda page: listen(page, problems))
    page = context.new_page()
    sign_in(page, OWNER)
    yield page
    context.close()


def test_keys_a_budget_and_costs_from_the_first_to_the_last(
    page: Page, lab: Lab
) -> None:
    page.goto("/team/accounts/", wait_until="networkidle")
    card = page.locator("#account-atelier")
    card.get_by_text("Enter keys").click()
    card.get_by_label("Token").fill(TOKEN)
    card.get_by_label("Address").fill(lab.url)
    card.get_by_role("button", name="Save", exact=True).click()
    expect(card).to_contain_text("The account is saved.")
    card.get_by_role("button", name="Test connection").click()
    expect(card).to_contain_text("250 credits")
    card.get_by_text("Budget", exact=True).click()
    card.get_by_label("Budget a month").fill("10")
    card.get_by_role("button", name="Save the budget").click()
    expect(card).to_contain_text("0 of 10 credits used or reserved")

    page.goto("/upload/", wait_until="networkidle")
    upload(page, new("a.jpg", "b.jpg"))
    page.get_by_role("radio", name="Etch").check()
    summary = page.locator("[data-summary]")
    said = "about 4 credits · 10 of 10 credits left this month · balance 250 credits"
    expect(summary).to_contain_text(said)
    page.locator("[name='atelier:etch-price']").fill("6.25")
    expect(summary).to_contain_text("about 12.50 credits")
    expect(summary).to_contain_text("more than is left of the budget")
    page.locator("[name='atelier:etch-price']").fill("2")
    expect(summary).to_contain_text(said)
    begin(page)
    wait_for_end(page)
    expect(page.locator("#summary")).to_contain_text("cost about 4 credits")
    expect(page.locator(".work-facts").first).to_contain_text("about 2 credits")

    page.get_by_role("link", name="Compare").first.click()
    page.wait_for_url(re.compile("/images/"))
    expect(page.get_by_text("about 2 credits").first).to_be_visible()
    page.goto(f"/process/?image={page.url.split('/')[-2]}", wait_until="networkidle")
    page.get_by_role("radio", name="Etch").check()
    left = "about 2 credits · 6 of 10 credits left this month · balance 250 credits"
    expect(page.locator("#forecast")).to_contain_text(left)
