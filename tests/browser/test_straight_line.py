"""From the set-up link of a fresh installation to the first counted download."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.application import PASSWORD, Application, application
from tests.browser.conftest import DESKTOP, listen, sign_in
from tests.browser.steps import begin, count, photographs, row, upload, wait_for_end
from tests.services import eventually

EMAIL = "anna@studio.example"


@pytest.fixture(scope="module")
def fresh() -> Iterator[Application]:
    """A place of its own, in which nobody has been yet."""
    with application() as site:
        yield site


@pytest.fixture
def visitor(
    browser: Browser, fresh: Application, problems: list[str]
) -> Iterator[Page]:
    context = browser.new_context(base_url=fresh.url, **DESKTOP)
    context.on("page", lambda page: listen(page, problems))
    yield context.new_page()
    context.close()


def test_the_straight_line(
    visitor: Page, fresh: Application, problems: list[str]
) -> None:
    become_the_first(visitor, fresh)
    send(visitor, problems)
    fresh.end("engine")
    begin(visitor)
    look_again(visitor)
    visitor.evaluate("document.title = 'never reloaded'; window.kept = true")
    fresh.begin("engine")
    wait_for_end(visitor)
    assert visitor.evaluate("window.kept"), "The page was reloaded."
    assert "✓ Upscale: 6 pictures" in visitor.title()
    expect(visitor.locator(".chip-ok", has_text="done")).to_have_count(6)
    compare(visitor)
    keep(visitor)


def become_the_first(page: Page, site: Application) -> None:
    """Open the link that the server has printed, and sign in once more."""
    link = eventually(
        "the set-up link is printed",
        lambda: re.search(r"http\S+/setup/\S+", site.log("web").read_text()),
    )
    page.goto(link[0])
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Your name").fill("Anna")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("[name=password2]").press("Enter")
    page.wait_for_url("**/upload/")
    page.context.clear_cookies()
    sign_in(page, EMAIL)


def send(page: Page, problems: list[str]) -> None:
    upload(page, {**photographs(), "letter.jpg": b"Dear Sir, this is no picture."})
    expect(count(page, "stored")).to_have_text("6")
    expect(count(page, "refused")).to_have_text("1")
    refused = row(page, "letter.jpg")
    expect(refused).to_contain_text("not a picture that can be taken here")
    # A camera held upright: stored lying, shown standing.
    expect(row(page, "turned.jpg")).to_contain_text("480 × 320")
    # What its first bytes tell is refused without being sent.
    assert not problems


def look_again(page: Page) -> None:
    """Close the page midway, open it again: it shows the same numbers."""
    summary = page.locator("#summary")
    expect(summary).to_contain_text("6 waiting")
    before, address = summary.inner_text(), page.url
    page.goto("about:blank")
    page.goto(address)
    expect(summary).to_have_text(before, use_inner_text=True)
    assert page.title().startswith("(0/6) ")


def compare(page: Page) -> None:
    """Move the slider by the keyboard, by a click anywhere, and by the buttons."""
    row(page, "beach.jpg").get_by_role("link", name="Compare").click()
    page.wait_for_url("**/images/**")
    slider = page.get_by_role("slider", name="How much of the original is shown")
    slider.focus()
    slider.press("ArrowLeft")
    expect(slider).to_have_value("49")
    slider.press("End")
    expect(page.get_by_label("Original", exact=True)).to_be_checked()
    picture = page.locator(".plate-after img").first.bounding_box()
    assert picture
    across, down = picture["width"] / 4, picture["height"] / 3
    page.mouse.click(picture["x"] + across, picture["y"] + down)
    expect(slider).to_have_value(re.compile(r"2[456](\.\d+)?$"))
    page.get_by_text("50/50").click()
    expect(slider).to_have_value("50")


def keep(page: Page) -> None:
    """Download the result: it is the file that is stored, and it is counted once."""
    expect(page.locator("#downloads")).to_have_text("Downloaded 0 times.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    data = download.value.path().read_bytes()
    assert download.value.suggested_filename == "beach.jpg"
    assert data == page.request.get(f"{page.url}original").body()
    assert Image.open(io.BytesIO(data)).size == (640, 480)
    # Without a reload, a moment after the click.
    expect(page.locator("#downloads")).to_have_text("Downloaded 1 time.")
    page.reload()
    expect(page.locator("#downloads")).to_have_text("Downloaded 1 time.")
