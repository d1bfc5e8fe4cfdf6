"""A copied address shows the same view; it goes along from picture to picture."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.viewing import (
    box,
    middle,
    pictures_at,
    query,
    same,
    settle,
    shown,
    split,
    stage,
    visit,
    wait_for_query,
    zoom,
)


def test_an_address_shows_a_colleague_the_same_view(
    owner_page: Page,
    pictures: dict[str, str],
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
) -> None:
    visit(owner_page, pictures["large"])
    entries = owner_page.evaluate("history.length")
    owner_page.keyboard.press("z")
    owner_page.get_by_role("slider").press("PageUp")
    owner_page.mouse.move(*middle(owner_page))
    owner_page.keyboard.press("ArrowRight")
    owner_page.get_by_role("radio", name="Difference").check(force=True)
    owner_page.get_by_role("radio", name="16 ×").check(force=True)
    settle(owner_page)
    owner_page.wait_for_url(re.compile("gain=16"))
    said = query(owner_page)
    assert {"mode", "split", "gain", "zoom"} <= set(said)
    assert owner_page.evaluate("history.length") == entries
    other = new_page(storage_state=session_of_owner)
    visit(other, owner_page.url.partition("?")[0], **said)
    assert zoom(other) == zoom(owner_page) == 100
    assert split(other) == split(owner_page) != 50
    for one, two in zip(pictures_at(owner_page), pictures_at(other), strict=True):
        # The address has two decimals of a percent.
        assert all(abs(one[name] - two[name]) <= 1 for name in one)
    expect(other.get_by_role("radio", name="16 ×")).to_be_checked()


def test_what_is_as_ever_is_left_out_of_the_address(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="side", zoom=200, split=30)
    wait_for_query(owner_page, mode="side", zoom="200", split="30")
    owner_page.keyboard.press("s")
    owner_page.keyboard.press("f")
    owner_page.get_by_text("50/50").click()
    wait_for_query(owner_page)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"mode": "upside-down", "split": "much", "zoom": "NaN", "x": "", "y": "-1"},
        {"split": "101", "zoom": "0", "gain": "3", "full": "yes"},
        {"split": "-1", "zoom": "1e9", "x": "50", "with": "rubbish", "as": "<b>"},
    ],
)
def test_nonsense_shows_the_picture_as_ever(
    owner_page: Page, pictures: dict[str, str], nonsense: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"])
    usual = pictures_at(owner_page)
    visit(owner_page, pictures["small"], **nonsense)
    found = pictures_at(owner_page)
    assert all(same(one, two) for one, two in zip(usual, found, strict=True))
    assert split(owner_page) == 50
    expect(stage(owner_page)).to_have_attribute("data-mode", "slider")


def test_mode_split_and_zoom_go_along_to_the_next_picture(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="blink", zoom=200, x=40, split=30)
    owner_page.get_by_role("link", name="Next picture").click()
    owner_page.wait_for_url(re.compile("mode=blink"))
    expect(owner_page.locator("h1")).to_have_text("large.jpg")
    expect(stage(owner_page)).to_have_class(re.compile("is-live"))
    assert zoom(owner_page) == 200
    assert split(owner_page) == 30
    assert "with" not in query(owner_page)
    # By key too, as long as there is nothing to move about in; and back again.
    owner_page.keyboard.press("f")
    owner_page.keyboard.press("ArrowRight")
    owner_page.wait_for_url(re.compile("^((?!zoom).)*$"))
    expect(owner_page.locator("h1")).to_have_text("flat.bmp")
    expect(stage(owner_page)).to_have_class(re.compile("is-live"))
    owner_page.keyboard.press("ArrowLeft")
    expect(owner_page.locator("h1")).to_have_text("large.jpg")
    expect(stage(owner_page)).to_have_attribute("data-mode", "blink")
    owner_page.go_back()
    expect(owner_page.locator("h1")).to_have_text("flat.bmp")


def test_the_sides_are_changed_by_links_that_keep_the_view(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="side", zoom=100)
    rows = owner_page.locator(".pair > li")
    rows.first.get_by_role("link", name="After").click()
    owner_page.wait_for_url(re.compile("as=after"))
    expect(owner_page.locator(".plate-after figcaption")).to_have_text("Original")
    expect(owner_page.locator(".plate-before figcaption")).to_have_text("Upscale")
    expect(stage(owner_page)).to_have_attribute("data-mode", "side")
    assert zoom(owner_page) == 100
    # The percentages are those of what comes after.
    assert box(owner_page, ".plate-after > img")["width"] == 640


def test_the_pictures_can_fill_the_window_and_go_on_doing_so(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"])
    owner_page.get_by_role("button", name="Full screen").click()
    wait_for_query(owner_page, full="1")
    owner_page.keyboard.press("ArrowRight")
    expect(owner_page.locator("h1")).to_have_text("large.jpg")
    wait_for_query(owner_page, full="1")
    viewer = box(owner_page, ".viewer-main")
    assert (viewer["width"], viewer["height"]) == (1280, 800)
    # What is covered cannot be reached either.
    assert owner_page.locator(".viewer-side").evaluate("(one) => one.inert")
    owner_page.keyboard.press("Escape")
    wait_for_query(owner_page)
    expect(owner_page.get_by_role("link", name="Upload").first).to_be_visible()
    owner_page.keyboard.press("Escape")
    expect(owner_page.get_by_role("heading", name="Library")).to_be_visible()


def test_the_way_back_leads_to_the_place_in_the_library(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    owner_page.goto("/?show=all")
    owner_page.locator(f"a[href='{pictures['large']}']").first.click()
    expect(stage(owner_page)).to_have_class(re.compile("is-live"))
    here = owner_page.url
    owner_page.locator("a[rel=next], a[rel=prev]").first.click()
    owner_page.wait_for_url(lambda url: url != here)
    expect(stage(owner_page)).to_have_class(re.compile("is-live"))
    owner_page.keyboard.press("Escape")
    # With its place, where it had been scrolled.
    owner_page.wait_for_url(re.compile(r"/\?show=all(&after=[\w-]+)?$"))


def test_two_lie_beside_or_below_each_other_whichever_is_larger(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    pictures: dict[str, str],
) -> None:
    page = new_page(storage_state=session_of_owner, **PHONE)
    for name, below in (("large", True), ("third", False)):
        visit(page, pictures[name], mode="side")
        before, after = pictures_at(page)
        assert (before["top"] < after["top"]) == below
        assert (before["left"] < after["left"]) == (not below)
        assert before["width"] == after["width"]


def test_all_of_it_goes_by_single_taps(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    pictures: dict[str, str],
) -> None:
    page = new_page(storage_state=session_of_owner, **PHONE)
    visit(page, pictures["large"])
    for mode in ("Side by side", "Difference", "Slider"):
        page.locator(".tools-modes label", has_text=mode).tap()
        expect(page.get_by_role("radio", name=mode)).to_be_checked()
    picture = box(page, ".plate-after > img")
    across = picture["left"] + picture["width"] * 0.7
    page.touchscreen.tap(across, picture["top"] + 60)
    assert split(page) == pytest.approx(70, abs=1)
    page.get_by_role("button", name="Hold for the original").tap()
    assert shown(page) == "before"
    page.get_by_role("button", name="Hold for the original").tap()
    page.get_by_role("button", name="100 %").tap()
    assert zoom(page) == 100
    before = pictures_at(page)[0]
    where = box(page, ".navigator")
    page.touchscreen.tap(where["left"] + 5, where["top"] + 5)
    assert pictures_at(page)[0]["left"] > before["left"]
    page.locator(".tools-modes label", has_text="Blink").tap()
    page.get_by_role("button", name="Pause").tap()
    one = shown(page)
    page.get_by_role("button", name="Swap").tap()
    assert shown(page) != one
    page.get_by_role("link", name="Next picture").tap()
    expect(page.locator("h1")).to_have_text("flat.bmp")
    # The picture comes first, and the tools come before a thumb has to scroll.
    page.get_by_role("button", name="Fit").tap()
    tools = box(page, ".viewer-tools")
    assert tools["top"] + tools["height"] <= 844 - 56


def test_without_script_both_are_shown_and_links_choose_them(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    pictures: dict[str, str],
) -> None:
    page = new_page(storage_state=session_of_owner, java_script_enabled=False)
    page.goto(f"{pictures['small']}?mode=blink&zoom=400")
    tops = [one.bounding_box() for one in page.locator(".plate > img").all()]
    assert tops[0] and tops[1]
    assert tops[1]["y"] >= tops[0]["y"] + tops[0]["height"]
    captions = page.locator("figcaption")
    expect(captions).to_have_text(["Original", "Upscale"])
    page.locator(".pair > li").last.get_by_role("link", name="Before").click()
    expect(captions).to_have_text(["Upscale", "Original"])
    for one in ("Slider", "Fit", "Full screen", "Hold"):
        expect(page.get_by_text(one, exact=True)).to_be_hidden()
    page.get_by_role("link", name="Next picture").click()
    expect(page.locator("h1")).to_have_text("large.jpg")
