"""Work at a provider, watched to its end: progress, trouble, changes, cancelling."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import drawing
from tests.application import Application, application
from tests.browser.conftest import DESKTOP, OWNER, PHONE, listen, sign_in
from tests.browser.rules import (
    NARROW,
    SCHEMES,
    TOO_SMALL,
    offences,
    paint,
)
from tests.browser.steps import LONG, begin, row, upload, wait_for_end
from tests.lab import Lab
from tests.labwork import PLAYED

THREE = {f"{name}.jpg": drawing.jpeg(200, 150, seed=n) for n, name in enumerate("abc")}
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def site(lab: Lab) -> Iterator[Application]:
    """The application with the played laboratory among its providers."""
    variables = {"PROVIDERS_PATH": PLAYED, "LAB_URL": lab.url, "LAB_PACE": "0.3"}
    with application(OUTGOING_ALLOW_PRIVATE="1", **variables) as site:
        site.add_person(OWNER)
        yield site


@pytest.fixture(scope="module")
def session(browser: Browser, site: Application) -> dict[str, Any]:
    context = browser.new_context(base_url=site.url)
    sign_in(context.new_page(), OWNER)
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def open_page(
    browser: Browser, site: Application, session: dict[str, Any], problems: list[str]
) -> Iterator[Open]:
    """Open pages on which the owner is signed in, each in a browser of its own."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        options = {**DESKTOP, **options, "storage_state": session}
        contexts.append(browser.new_context(base_url=site.url, **options))
        contexts[-1].on("page", lambda page: listen(page, problems))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def develop(page: Page, **options: str) -> None:
    """Have three pictures developed; the options say how the laboratory behaves."""
    upload(page, THREE)
    page.get_by_role("radio", name="Develop").check()
    for name, value in options.items():
        field = page.locator(f"[name='lab:develop-{name}']")
        if name == "promise":
            field.select_option(value)
        else:
            field.fill(value)
    begin(page)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_it_is_followed_step_by_step_and_in_a_second_tab(
    open_page: Open, device: dict[str, Any]
) -> None:
    page = open_page(**device)
    develop(page, seconds="4")
    page.evaluate("window.kept = true")
    expect(page).to_have_title(re.compile(r"^\(0/3\) Develop: 3 pictures"))
    one = row(page, "a.jpg")
    expect(one).to_contain_text(re.compile(r"at the provider · \d+ %"), timeout=LONG)
    expect(one.locator(".stages .is-done")).to_have_count(2)
    expect(one).to_contain_text(re.compile(r"last news \d+s ago|last news now"))
    expect(one.get_by_role("button", name="Copy the provider's job")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        wait_for_end(tab)
        expect(tab).to_have_title(re.compile("^✓ Develop: 3 pictures"))
        expect(tab.locator(".chip-ok", has_text="done")).to_have_count(3)
        expect(tab.locator("#announcement")).to_contain_text("all 3 pictures done")
    expect(one).to_contain_text("took")
    thumbnail = one.locator("img")
    compare = one.get_by_role("link", name="Compare a.jpg")
    assert str(compare.get_attribute("href")) in str(thumbnail.get_attribute("src"))
    assert page.evaluate("window.kept")
    page.reload()
    expect(page.locator("#summary")).to_contain_text("all 3 pictures done")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_failures_with_one_reason_are_done_again_with_changes(
    open_page: Open, device: dict[str, Any]
) -> None:
    page = open_page(**device)
    develop(page, mode="reject")
    attention = page.locator("#attention")
    expect(attention.locator(".work-row")).to_have_count(1, timeout=LONG)
    expect(attention).to_contain_text("3 pictures", timeout=LONG)
    expect(attention).to_contain_text("The laboratory does not take this picture.")
    expect(page).to_have_title(re.compile("^! Develop"))
    expect(attention.get_by_role("button", name="Retry all (3)")).to_be_visible()
    page.get_by_role("link", name="Retry all with changes").click()
    expect(page.locator("h1")).to_have_text("Process 3 pictures")
    expect(page.get_by_role("radio", name="Develop")).to_be_checked()
    mode = page.locator("[name='lab:develop-mode']")
    expect(mode).to_have_value("reject")
    mode.fill("ok")
    page.get_by_role("checkbox", name="b.jpg").uncheck()
    expect(page.locator("#sum")).to_have_text("2 pictures")
    begin(page)
    wait_for_end(page)
    expect(page.locator("#summary")).to_contain_text("all 2 pictures done")


def test_retry_all_begins_them_again_on_the_same_page(open_page: Open) -> None:
    page = open_page()
    develop(page, mode="fail", seconds="2")
    retry = page.get_by_role("button", name="Retry all (3)")
    expect(retry).to_be_visible(timeout=LONG)
    retry.click()
    expect(page.locator("#attention")).to_be_hidden()
    # They fail once more.
    expect(retry).to_be_visible(timeout=LONG)


def test_what_is_at_the_provider_is_cancelled_when_asked_twice(
    open_page: Open, lab: Lab
) -> None:
    page = open_page()
    develop(page, mode="never")
    expect(page.locator(".work-row", has_text="at the provider")).to_have_count(
        3, timeout=LONG
    )
    page.get_by_role("button", name="Cancel a.jpg").click()
    expect(row(page, "a.jpg")).to_contain_text("cancelled", timeout=LONG)
    every = page.get_by_role("button", name="Cancel what is left")
    page.once("dialog", lambda dialog: dialog.dismiss())
    every.click()
    expect(row(page, "b.jpg")).to_contain_text("at the provider")
    asked: list[str] = []
    page.once("dialog", lambda box: (asked.append(box.message), box.accept()))
    every.click()
    expect(page.locator("#summary")).to_contain_text("Cancelled", timeout=LONG)
    assert "may be charged" in asked[0]
    assert len(lab.cancelled) >= 3


def test_the_focus_stays_where_it_is_while_rows_change(open_page: Open) -> None:
    page = open_page()
    develop(page, seconds="3")
    cancel = page.get_by_role("button", name="Cancel b.jpg")
    cancel.focus()
    changed = re.compile(r"at the provider · [5-9]\d %")
    expect(row(page, "b.jpg")).to_contain_text(changed, timeout=LONG)
    expect(cancel).to_be_focused()


def test_the_list_of_batches_follows_by_itself(open_page: Open) -> None:
    page = open_page()
    develop(page, seconds="3")
    page.goto("/batches/?show=running")
    expect(page.locator(".work-row").first).to_contain_text("0 of 3")
    expect(page.locator("#batches")).to_contain_text("Nothing is running", timeout=LONG)


# So tall that no row is out of sight: the colours of what is not drawn are not known.
TALL = {**NARROW, "viewport": {"width": 360, "height": 2400}}


@pytest.mark.parametrize("device", [DESKTOP, TALL], ids=["desk", "phone"])
def test_trouble_and_what_is_done_about_it_offend_no_rule(
    open_page: Open, device: dict[str, Any]
) -> None:
    page = open_page(**device, reduced_motion="reduce")
    develop(page, mode="never")
    at_work = page.locator(".work-row", has_text="at the provider")
    expect(at_work).to_have_count(3, timeout=LONG)
    assert_fine(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel what is left").click()
    develop(page, mode="reject")
    retry = page.get_by_role("link", name="Retry all with changes")
    expect(retry).to_be_visible(timeout=LONG)
    page.get_by_text("Which pictures").click()
    assert_fine(page)
    retry.click()
    expect(page.locator("#sum")).to_have_text("3 pictures")
    assert_fine(page)


def assert_fine(page: Page) -> None:
    """See that the page fits, can be pressed, and offends no rule, light and dark."""
    width = page.viewport_size or {"width": 0}
    assert page.evaluate("document.documentElement.scrollWidth") == width["width"]
    assert not page.evaluate(TOO_SMALL)
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), scheme
