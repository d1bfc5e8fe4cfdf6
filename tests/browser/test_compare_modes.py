"""The four ways to compare, and the first picture alone while it is held."""

import re

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import row, upload
from tests.browser.viewing import (
    box,
    look,
    middle,
    pictures_at,
    same,
    shown,
    split,
    stage,
    visit,
    zoom,
)

# In seconds.
HOUR = 3_600
NAMES = {
    "slider": "Slider",
    "side": "Side by side",
    "blink": "Blink",
    "difference": "Difference",
}


@pytest.mark.parametrize("mode", NAMES)
def test_both_pictures_are_laid_on_each_other_exactly(
    owner_page: Page, pictures: dict[str, str], mode: str
) -> None:
    visit(owner_page, pictures["small"])
    owner_page.get_by_role("radio", name=NAMES[mode]).check(force=True)
    expect(stage(owner_page)).to_have_attribute("data-mode", mode)
    for _ in range(2):
        before, after = pictures_at(owner_page)
        if mode == "side":
            plates = [box(owner_page, f".plate-{one}") for one in ("before", "after")]
            for picture, plate in zip((before, after), plates, strict=True):
                picture["left"] -= plate["left"]
                picture["top"] -= plate["top"]
            assert plates[0] != plates[1]
        assert same(before, after)
        owner_page.keyboard.press("z")


def test_the_slider_follows_a_drag_and_its_keys(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"])
    picture = box(owner_page, ".plate-after > img")
    at = [picture["left"] + part * picture["width"] for part in (0.5, 0.6, 0.8)]
    down = picture["top"] + 40
    owner_page.mouse.move(at[0], down)
    owner_page.mouse.down()
    for across in at[1:]:
        owner_page.mouse.move(across, down)
    owner_page.mouse.up()
    assert split(owner_page) == pytest.approx(80, abs=0.5)
    # What is left of the line is the first picture, what is right of it the second.
    clip = "(one) => getComputedStyle(one).clipPath"
    edge = at[2] - box(owner_page, "#compare")["left"]
    cut = owner_page.locator(".plate-after").evaluate(clip)
    assert float(cut.split()[-1].removesuffix("px)")) == pytest.approx(edge, abs=1)
    slider = owner_page.get_by_role("slider")
    slider.press("ArrowLeft")
    assert split(owner_page) == pytest.approx(79, abs=0.5)
    expect(slider).to_have_attribute("aria-valuetext", "79 % Original")
    expect(owner_page.locator("#said")).to_have_text("Slider, 79 % Original")


def test_blinking_changes_once_in_half_a_second(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    owner_page.clock.install(time=0)
    visit(owner_page, pictures["small"], mode="blink")
    # From here on time passes only as it is told to.
    owner_page.clock.pause_at(HOUR)
    owner_page.evaluate(
        """() => {
          window.changes = 0;
          const count = new MutationObserver((all) => (changes += all.length));
          const attributeFilter = ["data-shown"];
          count.observe(document.getElementById("compare"), { attributeFilter });
        }"""
    )
    owner_page.clock.run_for(10_000)
    # Ten flashes in ten seconds: three a second would be too many.
    assert owner_page.evaluate("changes") == 20
    owner_page.get_by_role("button", name="Pause").click()
    owner_page.clock.run_for(5_000)
    assert owner_page.evaluate("changes") == 20
    other = {"before": "after", "after": "before"}[shown(owner_page)]
    owner_page.get_by_role("button", name="Swap").click()
    assert shown(owner_page) == other


def test_with_reduced_motion_it_changes_by_hand_alone(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    owner_page.emulate_media(reduced_motion="reduce")
    owner_page.clock.install()
    visit(owner_page, pictures["small"], mode="blink")
    owner_page.clock.run_for(5_000)
    assert shown(owner_page) == "after"
    expect(owner_page.locator("[data-do=blink]")).to_be_hidden()
    owner_page.keyboard.press("b")
    assert shown(owner_page) == "before"
    owner_page.mouse.click(*middle(owner_page))
    assert shown(owner_page) == "after"


def test_a_difference_is_seen_and_can_be_amplified(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="difference")
    light = []
    for name in ("1 ×", "4 ×", "16 ×"):
        owner_page.get_by_role("radio", name=name, exact=True).check(force=True)
        light.append(sum(ImageStat.Stat(difference(owner_page)).mean))
    assert light[0] * 2 < light[1]
    assert light[1] * 2 < light[2]
    # The two are nearly alike: what differs is their noise.
    assert light[0] < 20


def difference(page: Page) -> Image.Image:
    """Return the stage without its round corners, below the note at its upper edge."""
    seen = look(page)
    return seen.crop((20, 48, seen.width - 20, seen.height - 20))


def test_a_picture_does_not_differ_from_itself(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="difference", gain=16)
    owner_page.evaluate(
        """() => {
          const all = [...document.querySelectorAll(".plate > img")];
          for (const one of all) one.src = all.at(-1).src;
          return Promise.all(all.map((one) => one.decode()));
        }"""
    )
    assert max(high for _low, high in difference(owner_page).getextrema()) < 3


def test_the_original_is_shown_as_long_as_it_is_held(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    page = owner_page
    page.clock.install()
    visit(page, pictures["small"], split=0)
    spot = box(page, "[data-do=hold]")
    page.mouse.move(spot["left"] + 9, spot["top"] + 9)
    page.mouse.down()
    assert shown(page) == "before"
    page.clock.run_for(1_000)
    page.mouse.up()
    assert shown(page) == "before after"
    page.keyboard.down("Space")
    assert shown(page) == "before"
    page.keyboard.up("Space")
    assert shown(page) == "before after"
    page.mouse.move(*middle(page))
    page.keyboard.down("Shift")
    page.mouse.down()
    assert shown(page) == "before"
    page.mouse.up()
    page.keyboard.up("Shift")
    assert shown(page) == "before after"
    assert split(page) == 0


def test_who_cannot_hold_presses_once_and_once_more(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"])
    hold = owner_page.get_by_role("button", name="Hold for the original")
    for press in (hold.click, lambda: hold.press("Enter")):
        press()
        assert shown(owner_page) == "before"
        expect(hold).to_have_attribute("aria-pressed", "true")
        expect(owner_page.locator("#said")).to_have_text("Original")
        press()
        assert shown(owner_page) == "before after"
        expect(hold).to_have_attribute("aria-pressed", "false")


def test_a_long_press_shows_the_original(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"], mode="blink")
    owner_page.get_by_role("button", name="Pause").click()
    before_it = shown(owner_page)
    owner_page.mouse.move(*middle(owner_page))
    owner_page.mouse.down()
    expect(stage(owner_page)).to_have_class(re.compile("is-held"))
    assert shown(owner_page) == "before"
    owner_page.mouse.up()
    expect(stage(owner_page)).not_to_have_class(re.compile("is-held"))
    assert shown(owner_page) == before_it


def test_a_picture_alone_has_no_modes_but_the_same_zoom(owner_page: Page) -> None:
    upload(owner_page, {"alone.jpg": drawing.jpeg(500, 400, seed=9)})
    link = row(owner_page, "alone.jpg").get_by_role("link", name="alone.jpg")
    visit(owner_page, str(link.get_attribute("href")), mode="blink", split=3)
    for key in ("s", "m", "b", "Space", "z"):
        owner_page.keyboard.press(key)
    assert zoom(owner_page) == 100
    expect(owner_page.get_by_role("radio", name="Blink")).to_have_count(0)
    assert box(owner_page, ".plate-after > img")["width"] == 500
