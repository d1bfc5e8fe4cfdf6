"""Every key that the page of a picture lists, pressed; and all of it by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.viewing import middle, shown, split, stage, visit, zoom

# The keys that every page has are tried elsewhere.
EVERYWHERE = {"u", "/", "?"}


def mode_is(mode: str) -> Callable[[Page], None]:
    return lambda page: expect(stage(page)).to_have_attribute("data-mode", mode)


def title_is(name: str) -> Callable[[Page], None]:
    return lambda page: expect(page.locator("h1")).to_have_text(name)


def is_larger(page: Page) -> None:
    page.wait_for_url(re.compile("zoom=25"))
    assert zoom(page) == 25


def is_smaller(page: Page) -> None:
    assert zoom(page) < 200


def is_whole(page: Page) -> None:
    assert zoom(page) == 100


def is_fitted(page: Page) -> None:
    expect(page.get_by_role("button", name="Fit")).to_have_attribute(
        "aria-pressed", "true"
    )


def fills_the_window(page: Page) -> None:
    expect(page.locator(".viewer-main")).to_have_class(re.compile("is-full"))


def is_pressed(name: str) -> Callable[[Page], None]:
    return lambda page: expect(
        page.get_by_role("button", name=name, pressed=True)
    ).to_be_visible()


def moved(page: Page) -> None:
    page.wait_for_url(re.compile("[?&]y="))
    title_is("large.jpg")(page)


# Key -> how the page is opened, what must be so after the key.
KEYS: dict[str, tuple[dict[str, object], Callable[[Page], None]]] = {
    "s": ({"mode": "side"}, mode_is("slider")),
    "t": ({}, mode_is("side")),
    "e": ({}, mode_is("difference")),
    "b": ({}, mode_is("blink")),
    "m": ({}, mode_is("side")),
    "+": ({}, is_larger),
    "-": ({"zoom": 200}, is_smaller),
    "f": ({"zoom": 200}, is_fitted),
    "z": ({}, is_whole),
    "ArrowLeft": ({}, title_is("small.jpg")),
    "ArrowRight": ({}, title_is("flat.bmp")),
    "ArrowUp": ({"zoom": 100}, moved),
    "ArrowDown": ({"zoom": 100}, moved),
    "w": ({}, fills_the_window),
    "h": ({}, is_pressed("Favourite")),
    "c": ({}, is_pressed("Choose this one")),
    "Escape": (
        {},
        lambda page: expect(
            page.get_by_role("heading", name="Library")
        ).to_be_visible(),
    ),
}
NAMES = {
    "←": "ArrowLeft",
    "→": "ArrowRight",
    "↑": "ArrowUp",
    "↓": "ArrowDown",
    "Esc": "Escape",
}


def test_the_page_lists_the_keys_that_are_tried_here(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    owner_page.keyboard.press("?")
    keys = owner_page.locator("dialog#keys kbd").all_inner_texts()
    listed = {NAMES.get(one, one) for one in keys}
    assert listed - EVERYWHERE == set(KEYS) | {"d", "Space"}


@pytest.mark.parametrize("key", KEYS)
def test_a_listed_key_does_what_it_says(
    owner_page: Page, pictures: dict[str, str], key: str
) -> None:
    opened, is_done = KEYS[key]
    visit(owner_page, pictures["large"], **opened)
    owner_page.keyboard.press(key)
    is_done(owner_page)


def test_the_key_for_downloads_and_the_one_that_holds(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    with owner_page.expect_download() as download:
        owner_page.keyboard.press("d")
    assert download.value.suggested_filename == "large.jpg"
    owner_page.keyboard.down("Space")
    assert shown(owner_page) == "before"
    owner_page.keyboard.up("Space")
    assert shown(owner_page) == "before after"


def test_the_keyboard_alone_reaches_everything(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    owner_page.get_by_role("radio", name="Slider").focus()
    owner_page.keyboard.press("ArrowRight")
    mode_is("side")(owner_page)
    # Arrows that choose a mode neither leave the page nor move the picture.
    title_is("large.jpg")(owner_page)
    owner_page.keyboard.press("ArrowLeft")
    mode_is("slider")(owner_page)
    slider = owner_page.get_by_role("slider")
    slider.focus()
    owner_page.keyboard.press("ArrowLeft")
    assert split(owner_page) == pytest.approx(49)
    # On the slider the letters still work.
    owner_page.keyboard.press("z")
    assert zoom(owner_page) == 100
    for name in ("Smaller", "Larger", "Fit", "100 %", "Hold for the original"):
        button = owner_page.get_by_role("button", name=name)
        button.focus()
        expect(button).to_be_focused()
    tabbed = set()
    owner_page.locator("[data-back]").focus()
    for _ in range(25):
        name = "document.activeElement.ariaLabel ?? document.activeElement.innerText"
        tabbed.add(owner_page.evaluate(name))
        owner_page.keyboard.press("Tab")
    assert {"Next picture", "Full screen", "Smaller", "Larger", "Before"} <= tabbed


def test_a_control_that_was_clicked_does_not_keep_the_arrows(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    owner_page.locator(".tools-modes label", has_text="Blink").click()
    owner_page.keyboard.press("ArrowRight")
    title_is("flat.bmp")(owner_page)
    mode_is("blink")(owner_page)


def test_a_key_that_is_held_while_the_window_loses_sight_is_let_go(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    owner_page.mouse.move(*middle(owner_page))
    owner_page.keyboard.down("Space")
    assert shown(owner_page) == "before"
    owner_page.evaluate("dispatchEvent(new Event('blur'))")
    assert shown(owner_page) == "before after"
