"""A gallery from the selection to a guest's phone, and back as a count."""

import io
import re
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.conftest import PHONE
from tests.browser.rules import TOO_SMALL, offences
from tests.browser.steps import upload
from tests.services import eventually

FILES = {
    "lake.jpg": drawing.jpeg(900, 600, seed=41),
    "hill.jpg": drawing.jpeg(600, 900, seed=42),
    "wood.jpg": drawing.jpeg(900, 700, seed=43),
}
GALLERY = re.compile("/galleries/[0-9a-f-]{36}/$")


def make_gallery(page: Page, name: str) -> None:
    """Select the newest three in the library, and collect them in a new gallery."""
    upload(page, FILES)
    page.goto("/")
    tiles = page.locator(".tile")
    tiles.nth(0).hover()
    tiles.nth(0).locator("input").check()
    tiles.nth(2).locator(".tile-link").click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3 selected")
    page.get_by_role("button", name="Add to gallery").click()
    expect(page.locator("h1")).to_have_text("Add 3 pictures to a gallery")
    page.get_by_label("Name of the gallery").fill(name)
    page.get_by_role("button", name="Add to the new gallery").click()
    page.wait_for_url(GALLERY)
    expect(page.locator("#messages")).to_contain_text("3 pictures were added")
    expect(page.locator("#count")).to_have_text("3 pictures")


def share(page: Page, password: str) -> str:
    """Make a link by the page's form; return the address that it shows."""
    page.get_by_role("link", name="Share").click()
    page.wait_for_url(re.compile("/links/$"))
    page.locator("[name=name]").fill("For Anna")
    page.get_by_label("Guests may", exact=True).select_option("web")
    page.get_by_label("Password").fill(password)
    page.get_by_label("Download limit").fill("5")
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#messages")).to_contain_text("The link is open")
    return page.locator(".links code").inner_text()


def enter(guest: Page, address: str, problems: list[str]) -> None:
    """Come with a wrong password, then with the right one."""
    guest.goto(address)
    guest.get_by_label("Password").fill("guess")
    guest.get_by_role("button", name="Show the pictures").click()
    expect(guest.get_by_role("alert")).to_contain_text("not the password")
    assert all("422" in one for one in problems)
    problems.clear()
    guest.get_by_label("Password").fill("open sesame")
    guest.get_by_role("button", name="Show the pictures").click()
    expect(guest.locator("h1")).to_have_text("Anna by the lake")
    expect(guest.locator("main")).to_contain_text("(your time)")


def look_and_take(guest: Page) -> None:
    """Open a picture, go on to the next, take it home."""
    expect(guest.locator(".tile")).to_have_count(3)
    assert guest.evaluate("document.documentElement.scrollWidth") == 390
    assert not guest.evaluate(TOO_SMALL)
    assert not offences(guest)
    guest.locator(".tile-link").first.click()
    expect(guest.locator("h1")).to_contain_text("Picture 1")
    guest.get_by_role("link", name="Next picture").click()
    expect(guest.locator("h1")).to_contain_text("Picture 2")
    shown = guest.locator("#stage [data-shown]")
    expect(shown).to_have_js_property("complete", value=True)
    assert shown.evaluate("image => image.naturalWidth") > 500
    with guest.expect_download() as download:
        guest.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "anna-by-the-lake-002.jpg"
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.format == "JPEG"
    assert max(picture.size) == 900


def told(page: Page) -> str:
    """Return what the list says of the link now."""
    page.reload()
    return page.locator(".links > li").inner_text().replace("\n", " ")


def test_from_the_selection_to_a_guests_phone_and_back_as_a_count(
    owner_page: Page, new_page: Callable[..., Page], problems: list[str]
) -> None:
    make_gallery(owner_page, "Anna by the lake")
    address = share(owner_page, "open sesame")
    guest = new_page(**PHONE)
    enter(guest, address, problems)
    look_and_take(guest)
    row = owner_page.locator(".links > li")
    eventually("it has counted", lambda: "1 · 4 of 5 left" in told(owner_page), 20)
    expect(row).to_contain_text("1 time")
    owner_page.get_by_role("button", name="Switch off the link").click()
    expect(row).to_contain_text("switched off")
    picture = guest.locator("#stage [data-shown]").get_attribute("src")
    for gone in (address, str(picture)):
        answer = guest.goto(gone)
        assert answer
        assert answer.status == 410
    expect(guest.locator("main")).to_contain_text("It was switched off.")
    problems.clear()


def test_in_a_gallery_keys_and_selection_work_as_in_the_library(
    owner_page: Page,
) -> None:
    make_gallery(owner_page, "Keys")
    owner_page.keyboard.press("ArrowRight")
    owner_page.keyboard.press("ArrowRight")
    owner_page.keyboard.press("x")
    expect(owner_page.locator("[data-count]")).to_have_text("1 selected")
    owner_page.locator(".selbar summary", has_text="Gallery").click()
    owner_page.get_by_role("button", name="Use as cover").click()
    expect(owner_page.locator("#messages")).to_contain_text("The cover is chosen")
    owner_page.locator(".tile").nth(1).hover()
    owner_page.locator(".tile-pick input").nth(1).check()
    owner_page.locator(".selbar summary", has_text="Gallery").click()
    owner_page.get_by_role("button", name="Take out").click()
    expect(owner_page.locator("#messages")).to_contain_text("It stays in the library")
    expect(owner_page.locator("#count")).to_have_text("2 pictures")
