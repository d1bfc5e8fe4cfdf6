"""Every key that the library lists does what the list says."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP


@pytest.fixture
def wall(
    new_page: Callable[..., Page], session_of_wall: dict[str, Any]
) -> Iterator[Page]:
    page = new_page(storage_state=session_of_wall, **DESKTOP)
    page.goto("/")
    yield page


def tile(page: Page, at: int) -> Locator:
    return page.locator("#grid > .tile").nth(at)


def focused(page: Page) -> int:
    """Return which picture has the focus, counted from 0; -1 for none."""
    return int(
        page.evaluate(
            "[...document.querySelectorAll('#grid > .tile')]"
            ".indexOf(document.activeElement.closest('.tile'))"
        )
    )


def selected(page: Page) -> int:
    return page.locator("#grid :checked").count()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_list_names_every_key_of_these_tests(wall: Page) -> None:
    listed = wall.locator("#keys kbd").all_inner_texts()
    wall.keyboard.press("?")
    expect(wall.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    assert set(wall.locator("#keys kbd").all_inner_texts()) == {
        *"←→↑↓xihn150u/?",
        "Enter",
        "Space",
        "Shift",
        "Ctrl",
        "a",
        "Esc",
        "Del",
    }, listed


def test_arrows_go_by_row_and_column(wall: Page) -> None:
    press(wall, "ArrowRight")
    assert focused(wall) == 0
    press(wall, "ArrowRight", "ArrowRight", "ArrowLeft")
    assert focused(wall) == 1
    press(wall, "ArrowDown")
    below = focused(wall)
    one, other = tile(wall, 1).bounding_box(), tile(wall, below).bounding_box()
    assert one and other
    assert other["y"] > one["y"] + one["height"]
    # Its middle is within half a picture of the one above.
    middle = one["x"] + one["width"] / 2
    assert abs(other["x"] + other["width"] / 2 - middle) < other["width"]
    press(wall, "ArrowUp")
    assert tile(wall, focused(wall)).bounding_box()["y"] == one["y"]  # type: ignore[index]
    press(wall, "ArrowUp")
    assert focused(wall) >= 0


def test_enter_opens_and_back_returns_to_the_picture(wall: Page) -> None:
    press(wall, "ArrowRight", "ArrowRight", "Enter")
    wall.wait_for_url(re.compile("/images/"))
    wall.go_back()
    expect(tile(wall, 1)).to_be_visible()


def test_x_and_space_select_and_escape_clears(wall: Page) -> None:
    press(wall, "ArrowRight", "x")
    expect(wall.locator(".selbar")).to_be_visible()
    expect(wall.locator("#selected-said")).to_have_text("1 selected")
    press(wall, "ArrowRight", "Space")
    assert selected(wall) == 2
    press(wall, "x")
    assert selected(wall) == 1
    press(wall, "Escape")
    assert selected(wall) == 0
    expect(wall.locator(".selbar")).to_be_hidden()
    expect(wall.locator("#selected-said")).to_have_text("Nothing is selected")


def test_a_circle_with_the_focus_takes_the_keys_too(wall: Page) -> None:
    circle = tile(wall, 2).get_by_role("checkbox")
    circle.focus()
    press(wall, "Space")
    assert selected(wall) == 1
    press(wall, "Space")
    assert selected(wall) == 0
    press(wall, "Enter")
    wall.wait_for_url(re.compile("/images/"))


@pytest.mark.parametrize("key", ["Control+a", "Meta+a"])
def test_all_that_is_loaded_is_selected(wall: Page, key: str) -> None:
    press(wall, key)
    count = wall.locator("#grid > .tile").count()
    assert count > 20
    assert selected(wall) == count
    expect(wall.locator(".selbar-count")).to_contain_text(f"{count} selected")


def test_shift_and_a_click_select_a_range(wall: Page) -> None:
    tile(wall, 1).hover()
    tile(wall, 1).get_by_role("checkbox").click()
    tile(wall, 4).get_by_role("checkbox").click(modifiers=["Shift"])
    assert selected(wall) == 4
    # Once something is selected, a click on a picture selects it, too.
    tile(wall, 6).locator(".tile-link").click()
    assert selected(wall) == 5
    tile(wall, 8).locator(".tile-link").click(modifiers=["Shift"])
    assert selected(wall) == 7


def test_numbers_label_the_picture_or_the_selection(wall: Page) -> None:
    press(wall, "ArrowRight", "3")
    expect(tile(wall, 0).locator(".label-3")).to_be_visible()
    expect(wall.locator("#selected-said")).to_have_text("1 picture: Green.")
    press(wall, "x", "ArrowRight", "x", "5")
    for at in (0, 1):
        expect(tile(wall, at).locator(".label-5")).to_be_visible()
    expect(wall.locator("#grid .label-3")).to_have_count(0)
    wall.reload()
    expect(wall.locator("#grid .label-5")).to_have_count(2)
    press(wall, "Control+a", "0")
    expect(wall.locator("#grid .label")).to_have_count(0)
    for value in (1, 2, 4):
        press(wall, "Escape", "ArrowRight", str(value))
        expect(wall.locator(f"#grid .label-{value}")).to_have_count(1)
        press(wall, "0")
        expect(wall.locator("#grid .label")).to_have_count(0)


def test_i_tells_about_the_picture(wall: Page) -> None:
    press(wall, "ArrowRight", "i")
    dialog = wall.get_by_role("dialog", name="About this picture")
    expect(dialog).to_contain_text("JPEG")
    press(wall, "Escape")
    expect(dialog).to_be_hidden()
    assert focused(wall) == 0


def test_delete_moves_to_the_trash_and_undo_brings_back(wall: Page) -> None:
    names = wall.locator("#grid .tile-img")
    before = [one.get_attribute("alt") for one in names.all()[:4]]
    total = wall.locator("#count").inner_text()
    press(wall, "ArrowRight", "x", "ArrowRight", "x", "Delete")
    expect(wall.locator(".toast")).to_contain_text("2 pictures are in the trash.")
    expect(names.first).to_have_attribute("alt", str(before[2]))
    expect(wall.locator(".selbar")).to_be_hidden()
    expect(wall.locator("#count")).not_to_have_text(total)
    assert focused(wall) == 0
    wall.get_by_role("button", name="Undo").click()
    expect(names.first).to_have_attribute("alt", str(before[0]))
    expect(wall.locator("#count")).to_have_text(total)
    expect(wall.locator(".selbar")).to_be_hidden()
    assert [one.get_attribute("alt") for one in names.all()[:4]] == before
    wall.reload()
    assert [one.get_attribute("alt") for one in names.all()[:4]] == before


def test_the_slash_leads_to_the_search_from_everywhere(wall: Page) -> None:
    field = wall.get_by_role("searchbox")
    press(wall, "/")
    expect(field).to_be_focused()
    wall.goto("/batches/")
    press(wall, "/")
    wall.wait_for_url(re.compile("/$"))
    expect(field).to_be_focused()
    field.fill("00003")
    press(wall, "Enter")
    wall.wait_for_url(re.compile("q=00003"))
    expect(wall.locator("#grid > .tile")).to_have_count(1)
    wall.get_by_role("link", name="“00003”").click()
    wall.wait_for_url(re.compile(r"/\??$"))


def test_u_leads_to_the_upload(wall: Page) -> None:
    press(wall, "u")
    wall.wait_for_url("**/upload/")
