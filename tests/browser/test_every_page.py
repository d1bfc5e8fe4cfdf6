"""All pages: narrow, light, dark; wide enough to press; nothing the axe rules mind."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import URLPattern
from playwright.sync_api import Browser, Page, Response, expect

from imaging.urls import urlpatterns
from tests import drawing
from tests.application import Application
from tests.browser.conftest import DESKTOP
from tests.browser.rules import (
    LONG_NAME,
    NARROW,
    SCHEMES,
    TOO_SMALL,
    offences,
    paint,
)
from tests.browser.steps import (
    begin,
    choose,
    count,
    measure,
    row,
    upload,
    upscaled,
    wait_for_end,
)

# No pages: files, fragments, what only takes a form, what needs a secret or a vendor.
OTHER = (
    "upload_|process|delete|rendition|original|download|changes|cancel|retry|switch|"
    "facts|restore|pause|inquire|matches|alike|revoke|share_pick$|_qr$|logo|accent|accept|"
    "leave|hand_over|zip"
)
SECRET = {"setup", "invitation", "notice_open", "mail_stop", "metrics", "state"}
# Style sheets and scripts together, as they are before compression.
OUR_BYTES = 150_000


def page_names() -> list[str]:
    """Name the pages of the site, as its addresses list them."""
    names = [
        one.name for one in urlpatterns if isinstance(one, URLPattern) and one.name
    ]
    pages = [one for one in names if not re.search(OTHER, one) and one not in SECRET]
    return [
        one for one in pages if not one.endswith(("_remove", "_close", "_add", "_set"))
    ]


@pytest.fixture(scope="module")
def addresses(
    browser: Browser, server: Application, session_of_owner: dict[str, Any]
) -> dict[str, str]:
    """Have something on every page, with a name that does not fit, and one failure."""
    context = browser.new_context(
        base_url=server.url, storage_state=session_of_owner, **DESKTOP
    )
    page = context.new_page()
    page.goto("/upload/")
    upscaled(page, {LONG_NAME: drawing.jpeg(640, 100), "b.jpg": drawing.jpeg(80, 64)})
    batch = page.url
    row(page, "b.jpg").get_by_role("link", name="Compare").click()
    page.wait_for_url(re.compile("/images/"))
    found = {"batch": batch, "image": page.url, "library": "/"}
    found["image_similar"] = page.url.partition("?")[0] + "similar/"
    upload(page, {"c.jpg": drawing.jpeg(300, 300)})
    measure(page, LONG_NAME[:100])
    begin(page)
    wait_for_end(page)
    row(page, "c.jpg").get_by_role("link", name="Report").click()
    page.wait_for_url(re.compile("/reports/"))
    found["report"] = page.url
    page.get_by_role("link", name=LONG_NAME[:100]).click()
    page.wait_for_url(re.compile("/subjects/"))
    found["subject"] = page.url
    found["webhook"] = webhook(page)
    found |= gallery_pages(page)
    context.close()
    found["provider_accounts"] = "/team/accounts/"
    found["team_settings"] = "/team/settings/"
    found["tokens"] = "/settings/tokens/"
    found["api"] = "/api/v1/docs"
    return found | {one: f"/{one}/" for one in page_names() if one not in found}


def webhook(page: Page) -> str:
    """Add a webhook, which is refused when it is called; return its page."""
    page.goto("/webhooks/")
    page.get_by_label("Address").fill(f"https://localhost:9/{'long' * 30}")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Open the webhook").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test is on its way.")).to_be_visible()
    expect(page.get_by_text("not delivered")).to_be_visible()
    return page.url


def gallery_pages(page: Page) -> dict[str, str]:
    """Share a gallery; return the addresses of its pages, and of the guests'."""
    page.goto("/")
    page.locator(".tile-pick input").first.check()
    page.get_by_role("button", name="Add to gallery").click()
    page.get_by_label("Name of the gallery").fill("unbroken" * 18)
    page.get_by_role("button", name="Add to the new gallery").click()
    page.wait_for_url(re.compile("/galleries/[0-9a-f-]{36}/$"))
    found = {"gallery": page.url, "gallery_edit": f"{page.url}edit/"}
    found |= {one: f"{page.url}{one}/" for one in ("picks", "uploads")}
    found["guest_uploads"] = found.pop("uploads")
    page.get_by_role("link", name="Share").click()
    page.get_by_label("Guests may", exact=True).select_option("full")
    page.get_by_label("Guests may pick").check()
    page.get_by_label("Guests may add pictures").check()
    page.get_by_role("button", name="Make the link").click()
    found |= {"links": page.url, "links_of_team": "/links/"}
    found["share"] = page.locator(".links code").inner_text()
    found["share_uploads"] = f"{found['share']}/uploads/"
    found["share_picks_send"] = f"{found['share']}/picks/"
    page.get_by_role("link", name="Change the link").click()
    page.wait_for_url(re.compile("/links/[0-9a-f-]{36}/$"))
    found["link"] = page.url
    page.goto(found["share"])
    page.locator(".tile-link").click()
    page.wait_for_url(re.compile("/s/[^/]+/[0-9a-f-]{36}/$"))
    return found | {"share_image": page.url}


@pytest.mark.parametrize("name", [*page_names(), "accounts/login", "api"])
def test_a_page_fits_a_phone_and_offends_no_rule(
    name: str,
    addresses: dict[str, str],
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
) -> None:
    signed_in = {} if "login" in name else {"storage_state": session_of_owner}
    page = new_page(**signed_in, **NARROW)
    page.goto(addresses.get(name, f"/{name}/"), wait_until="networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 360, f"{name} is {wide} px wide."
    assert not page.evaluate(TOO_SMALL)
    for scheme in SCHEMES:
        paint(page, scheme)
        assert not offences(page), f"{name}, {scheme}"


def test_in_korean_every_page_fits_a_phone_too(
    addresses: dict[str, str],
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
) -> None:
    page = new_page(storage_state=session_of_owner, locale="ko-KR", **NARROW)
    for name in addresses.keys() - {"api"}:
        page.goto(addresses[name])
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == 360, f"{name} is {wide} px wide."
        assert not page.evaluate(TOO_SMALL), name


@pytest.mark.parametrize("name", ["upload", "library", "image", "batch", "batches"])
def test_a_page_offends_no_rule_on_a_desk(
    name: str, addresses: dict[str, str], owner_page: Page
) -> None:
    owner_page.goto(addresses[name], wait_until="networkidle")
    for scheme in SCHEMES:
        paint(owner_page, scheme)
        assert not offences(owner_page), scheme


@pytest.mark.parametrize("name", page_names())
def test_a_page_loads_little_of_our_own(
    name: str, addresses: dict[str, str], owner_page: Page
) -> None:
    loaded: list[Response] = []
    owner_page.on("response", lambda one: loaded.append(one))
    owner_page.goto(addresses[name], wait_until="networkidle")
    ours = [one for one in loaded if re.search("/static/(css|js)/", one.url)]
    assert {one.url.rsplit(".", 1)[1] for one in ours} == {"css", "js"}
    assert sum(len(one.body()) for one in ours) < OUR_BYTES


def test_pages_in_use_fit_a_phone_and_offend_no_rule(
    addresses: dict[str, str],
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    problems: list[str],
) -> None:
    page = new_page(storage_state=session_of_owner, **NARROW)
    page.goto("/upload/")
    choose(page, {LONG_NAME: drawing.jpeg(100, 80), "no.txt": b"words"})
    expect(count(page, "left")).to_have_text("0")
    assert all("/upload/file/" in one for one in problems)
    problems.clear()
    for address, opened in (("", ""), (addresses["image"], "details:not(.menu)")):
        if address:
            page.goto(address, wait_until="networkidle")
        for one in page.locator(f"{opened} > summary").all() if opened else []:
            one.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert not page.evaluate(TOO_SMALL)
        assert not offences(page)


def test_the_rules_find_what_they_should(owner_page: Page) -> None:
    owner_page.goto("/batches/")
    owner_page.evaluate("document.body.append(new Image())")
    assert [one for one in offences(owner_page) if one.startswith("image-alt")]
