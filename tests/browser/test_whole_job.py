"""A whole job of a studio: from an invitation to the pictures on the client's phone."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.application import PASSWORD, Application
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.browser.rules import TOO_SMALL, offences
from tests.browser.steps import begin, order, upscaled, wait_for_end
from tests.services import eventually

NewPage = Callable[..., Page]
WORD = "open sesame"


def photographs(seed: int) -> dict[str, bytes]:
    """Draw three pictures that nobody has yet."""
    shapes = {"lake.jpg": (480, 320), "hill.jpg": (320, 480), "wood.jpg": (480, 360)}
    return {
        name: drawing.jpeg(*size, seed=seed + number)
        for number, (name, size) in enumerate(shapes.items())
    }


def invite(owner: Page) -> str:
    """Invite a colleague; return the link that is shown this once."""
    owner.goto("/team/")
    owner.get_by_role("button", name="Invite", exact=True).click()
    return owner.locator("#invitation-link").inner_text()


def join(colleague: Page, link: str, email: str) -> None:
    """Make an account by the link, and be in the team."""
    colleague.goto(link)
    colleague.get_by_role("link", name="Create an account").click()
    colleague.locator("[name=email]").fill(email)
    colleague.get_by_label("Your name").fill("Bea")
    colleague.locator("[name=password1]").fill(PASSWORD)
    colleague.locator("[name=password2]").fill(PASSWORD)
    colleague.locator("[name=password2]").press("Enter")
    colleague.wait_for_url(lambda url: "/accounts/" not in url)


def hang(page: Page, name: str) -> None:
    """Collect the three originals of the library in a new gallery."""
    page.goto("/")
    tiles = page.locator("#grid .tile")
    expect(tiles).to_have_count(3)
    for number in range(3):
        tiles.nth(number).locator(".tile-pick input").check()
    expect(page.locator("[data-count]")).to_have_text("3 selected")
    page.get_by_role("button", name="Add to gallery").click()
    page.get_by_label("Name of the gallery").fill(name)
    page.get_by_role("button", name="Add to the new gallery").click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("#count")).to_have_text("3 pictures")


def share(page: Page) -> str:
    """Make a link with a password, by which guests pick; return its address."""
    page.get_by_role("link", name="Share", exact=True).click()
    page.wait_for_url("**/links/")
    page.locator("[name=name]").fill("For Anna")
    page.get_by_label("Guests may", exact=True).select_option("web")
    page.get_by_label("Password").fill(WORD)
    page.get_by_label("Download limit").fill("5")
    page.locator("[name=picks]").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#messages")).to_contain_text("The link is open")
    return page.locator(".links code").inner_text()


def pick(guest: Page, address: str) -> None:
    """Come by the link, pick the first two pictures and send them."""
    guest.goto(address)
    guest.get_by_label("Password").fill(WORD)
    guest.get_by_role("button", name="Show the pictures").click()
    expect(guest.locator("#grid .tile")).to_have_count(3)
    assert not guest.evaluate(TOO_SMALL)
    assert not offences(guest)
    for number in (1, 2):
        heart = guest.get_by_role("button", name=f"Pick picture {number}", exact=True)
        heart.tap()
        expect(heart).to_have_attribute("aria-pressed", "true")
        expect(guest.locator("[data-picks] [data-count]")).to_have_text(str(number))
    guest.get_by_role("link", name="Look and send").tap()
    expect(guest.locator("h1")).to_have_text("Your picks")
    guest.get_by_label("your name").fill("Anna")
    guest.get_by_role("button", name="Send 2 pictures").tap()
    expect(guest.locator("main")).to_contain_text("Your picks are with")


def process(owner: Page, gallery: str) -> None:
    """Process what was picked; what comes of it hangs beside its originals."""
    owner.goto(gallery)
    owner.get_by_role("link", name="Share", exact=True).click()
    owner.get_by_role("link", name="Picks", exact=True).click()
    expect(owner.get_by_role("heading", name="Anna", exact=True)).to_be_visible()
    owner.get_by_role("link", name="Process these 2 with …").click()
    expect(owner.locator("h1")).to_have_text("Process 2 pictures")
    order(owner, "local:upscale")
    owner.get_by_label("Engine").select_option("classical")
    begin(owner)
    wait_for_end(owner)
    owner.goto(gallery)
    expect(owner.locator("#count")).to_have_text("5 pictures")


def take_all(guest: Page, address: str) -> None:
    """Take all five pictures home in one ZIP, once their copies are made."""

    def ready() -> bool:
        guest.goto(address)
        return "5 files" in guest.locator("main").inner_text()

    eventually("all copies are made", ready, 60)
    with guest.expect_download() as download:
        guest.get_by_role("link", name="Download all").click()
    held = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    assert len(held.namelist()) == 5
    assert held.testzip() is None


def agree(owner: Page, gallery: str) -> None:
    """See the same numbers on the link, the picture's page and under activity."""

    def counted() -> bool:
        owner.goto(f"{gallery}links/")
        return "5 · 4 of 5 left" in owner.locator(".links").inner_text()

    eventually("the whole ZIP is counted", counted, 60)
    owner.goto(gallery)
    owner.locator("#grid .tile-link").first.click()
    expect(owner.locator("#downloads")).to_have_text("Downloaded 1 time.")
    owner.goto("/activity/?by=link")
    expect(owner.locator(".work-row", has_text="For Anna")).to_contain_text("5")
    owner.goto("/activity/")
    expect(owner.locator(".taken .work-row")).to_have_count(5)


@pytest.mark.parametrize(
    ("at", "seed"), [(DESKTOP, 710), (PHONE, 740)], ids=["desktop", "phone"]
)
def test_from_an_invitation_to_the_pictures_on_a_phone(
    new_page: NewPage, server: Application, at: dict[str, Any], seed: int
) -> None:
    email = f"studio-{seed}@example.com"
    server.add_person(email)
    owner, colleague = new_page(**at), new_page(**at)
    guest = new_page(**PHONE)
    sign_in(owner, email)
    join(colleague, invite(owner), f"bea-{seed}@example.com")
    upscaled(colleague, photographs(seed))
    hang(colleague, "Anna by the lake")
    gallery = colleague.url
    address = share(colleague)
    pick(guest, address)
    process(owner, gallery)
    take_all(guest, address)
    agree(owner, gallery)
