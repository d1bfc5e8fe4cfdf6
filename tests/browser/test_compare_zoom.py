"""Zoom and pan: alike for both pictures, down to the pixels of the files."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.viewing import (
    Fingers,
    box,
    look,
    middle,
    pictures_at,
    same,
    settle,
    split,
    stage,
    visit,
    zoom,
)

PIXELATED = """() => getComputedStyle(
  document.querySelector(".plate-after.is-sharp > img:last-of-type")).imageRendering"""


@pytest.fixture
def phone_page(new_page: Callable[..., Page], session_of_owner: dict[str, Any]) -> Page:
    return new_page(storage_state=session_of_owner, **PHONE)


def point_under(page: Page, at: tuple[float, float]) -> tuple[float, float]:
    """Return which point of the picture lies at a point of the screen."""
    settle(page)
    picture = box(page, ".plate-after > img")
    across = (at[0] - picture["left"]) / picture["width"]
    return across, (at[1] - picture["top"]) / picture["height"]


def test_the_wheel_zooms_where_it_points(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    fit = zoom(owner_page)
    picture = box(owner_page, ".plate-after > img")
    at = picture["left"] + picture["width"] * 0.6, picture["top"] + 200
    before = point_under(owner_page, at)
    owner_page.mouse.move(*at)
    for _ in range(4):
        owner_page.mouse.wheel(0, -300)
    expect(stage(owner_page)).to_have_class(re.compile("is-zoomed"))
    owner_page.wait_for_function(
        "(fit) => parseInt(document.querySelector('[data-zoom]').value) > fit * 5",
        arg=fit,
    )
    assert point_under(owner_page, at) == pytest.approx(before, abs=0.002)
    assert same(*pictures_at(owner_page))


def test_at_100_percent_each_pixel_of_the_file_is_one_of_the_screen(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"], split=0, zoom=100, x=30, y=60)
    expect(owner_page.locator(".plate-after")).to_have_class(re.compile("is-sharp"))
    picture, window = box(owner_page, ".plate-after > img"), box(owner_page, "#compare")
    data = owner_page.request.get(f"{pictures['large']}original").body()
    left = round(window["left"] - picture["left"])
    top = round(window["top"] - picture["top"])
    # A part of the stage without the marks in its corners and at its edge.
    part = (200, 150, 500, 350)
    file = Image.open(io.BytesIO(data)).convert("RGB")
    wanted = file.crop((part[0] + left, part[1] + top, part[2] + left, part[3] + top))
    seen = look(owner_page).crop(part)
    apart = np.abs(np.asarray(wanted, int) - np.asarray(seen, int))
    assert apart.mean() < 1


def test_steps_go_to_800_percent_and_back_to_what_fits(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["small"])
    fit, seen = zoom(owner_page), []
    for _ in range(12):
        owner_page.keyboard.press("+")
        seen.append(zoom(owner_page))
    assert seen[-1] == 800
    assert {100, 200, 400} <= set(seen)
    assert sorted(seen) == seen
    expect(owner_page.locator(".plate-after")).to_have_class(re.compile("is-sharp"))
    assert owner_page.evaluate(PIXELATED) == "pixelated"
    owner_page.get_by_role("button", name="100 %").click()
    settle(owner_page)
    assert owner_page.evaluate(PIXELATED) == "auto"
    for _ in range(12):
        owner_page.get_by_role("button", name="Smaller").click()
    assert zoom(owner_page) == fit
    expect(owner_page.get_by_role("button", name="Fit")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_a_large_file_is_fetched_when_somebody_zooms_in_and_let_go_again(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    asked: list[str] = []
    owner_page.on("request", lambda one: asked.append(one.url))
    visit(owner_page, pictures["large"])
    owner_page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.endswith("/original")]
    owner_page.keyboard.press("z")
    for side in ("before", "after"):
        plate = owner_page.locator(f".plate-{side}")
        expect(plate).to_have_class(re.compile("is-sharp"))
        assert "/original" in str(plate.locator("img").last.get_attribute("src"))
    assert len([url for url in asked if url.endswith("/original")]) == 2
    expect(owner_page.locator(".stage-note")).to_be_hidden()
    owner_page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    expect(owner_page.locator(".plate img")).to_have_count(2)


def test_what_browsers_cannot_show_stays_a_preview_and_says_so(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["flat"])
    note = owner_page.locator(".stage-note")
    expect(note).to_be_hidden()
    owner_page.keyboard.press("z")
    expect(note).to_contain_text("This is a preview of 1600 pixels")
    expect(owner_page.locator(".plate-before img")).to_have_count(1)
    owner_page.keyboard.press("f")
    expect(note).to_be_hidden()


@pytest.mark.parametrize("mode", ["slider", "side", "blink", "difference"])
def test_a_drag_moves_both_pictures_as_far_as_they_go(
    owner_page: Page, pictures: dict[str, str], mode: str
) -> None:
    visit(owner_page, pictures["large"], mode=mode, zoom=100)
    plate = box(owner_page, ".plate-before")
    start = plate["left"] + plate["width"] * 0.25, plate["top"] + plate["height"] / 2
    before = point_under(owner_page, start)
    owner_page.mouse.move(*start)
    owner_page.mouse.down()
    owner_page.mouse.move(start[0] + 60, start[1] + 30, steps=3)
    owner_page.mouse.up()
    assert point_under(owner_page, (start[0] + 60, start[1] + 30)) == pytest.approx(
        before, abs=0.001
    )
    assert split(owner_page) == 50
    for _ in range(40):
        owner_page.keyboard.press("ArrowLeft")
        owner_page.keyboard.press("ArrowUp")
    one, other = pictures_at(owner_page)
    assert one["left"] == pytest.approx(plate["left"], abs=1)
    assert one["top"] == pytest.approx(plate["top"], abs=1)
    second = box(owner_page, ".plate-after")
    assert other["left"] - second["left"] == pytest.approx(one["left"] - plate["left"])
    assert other["top"] - second["top"] == pytest.approx(one["top"] - plate["top"])


def test_once_zoomed_a_click_moves_the_slider_and_its_line_can_be_dragged(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"], zoom=100)
    where = pictures_at(owner_page)[0]
    left, width = (box(owner_page, "#compare")[name] for name in ("left", "width"))
    down = middle(owner_page)[1]
    owner_page.mouse.click(left + width * 0.25, down)
    assert split(owner_page) == pytest.approx(25, abs=0.5)
    owner_page.mouse.move(left + width * 0.25 + 4, down)
    owner_page.mouse.down()
    owner_page.mouse.move(left + width * 0.6, down, steps=3)
    owner_page.mouse.up()
    assert split(owner_page) == pytest.approx(60, abs=1)
    assert same(where, pictures_at(owner_page)[0])


def test_a_double_click_goes_in_and_out(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"], mode="blink")
    fit = zoom(owner_page)
    owner_page.mouse.dblclick(*middle(owner_page))
    expect(owner_page.locator("[data-zoom]")).to_have_text("100 %")
    owner_page.mouse.dblclick(*middle(owner_page))
    expect(owner_page.locator("[data-zoom]")).to_have_text(f"{fit} %")


def test_the_overview_moves_what_is_in_view_by_one_tap(
    owner_page: Page, pictures: dict[str, str]
) -> None:
    visit(owner_page, pictures["large"])
    overview = owner_page.locator(".navigator")
    expect(overview).to_be_hidden()
    owner_page.keyboard.press("z")
    expect(overview).to_be_visible()
    overview.locator("img").evaluate("(picture) => picture.decode()")
    settle(owner_page)
    where = box(owner_page, ".navigator")
    at = where["left"] + where["width"] * 0.7, where["top"] + where["height"] * 0.3
    owner_page.mouse.click(*at)
    settle(owner_page)
    centre = point_under(owner_page, middle(owner_page))
    assert centre == pytest.approx((0.7, 0.3), abs=0.02)


def test_two_fingers_zoom_and_one_pans(
    phone_page: Page, pictures: dict[str, str]
) -> None:
    visit(phone_page, pictures["large"])
    fit, at = zoom(phone_page), middle(phone_page)
    before = point_under(phone_page, at)
    fingers = Fingers(phone_page)
    fingers.pinch(at, 60, 240)
    expect(stage(phone_page)).to_have_class(re.compile("is-zoomed"))
    assert zoom(phone_page) == pytest.approx(fit * 4, abs=2)
    assert point_under(phone_page, at) == pytest.approx(before, abs=0.01)
    assert split(phone_page) == 50
    assert phone_page.evaluate("visualViewport.scale") == 1
    start = at[0] - 80, at[1]
    seen = point_under(phone_page, start)
    fingers.send("touchStart", start)
    for step in range(1, 6):
        fingers.send("touchMove", (start[0] + 10 * step, start[1] - 8 * step))
    fingers.send("touchEnd")
    end = start[0] + 50, start[1] - 40
    assert point_under(phone_page, end) == pytest.approx(seen, abs=0.01)
    assert same(*pictures_at(phone_page))


def test_a_double_tap_goes_in(phone_page: Page, pictures: dict[str, str]) -> None:
    visit(phone_page, pictures["large"])
    at = middle(phone_page)
    phone_page.touchscreen.tap(*at)
    phone_page.touchscreen.tap(*at)
    expect(phone_page.locator("[data-zoom]")).to_have_text("100 %")
    assert phone_page.evaluate("visualViewport.scale") == 1
