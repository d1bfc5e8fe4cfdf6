"""What people do on the page of one picture, and what they see there."""

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from PIL import Image
from playwright.sync_api import Locator, Page, expect

Box = dict[str, float]
ARRIVED = """() => Promise.allSettled(
  document.getElementById("compare").getAnimations({ subtree: true })
    .map((one) => one.finished))"""


def visit(page: Page, address: str, **query: object) -> None:
    """Open the page of a picture, and wait until it is drawn."""
    page.goto(f"{address}?{urlencode(query)}")
    expect(page.locator("#compare")).to_have_class(re.compile("is-live"))
    page.wait_for_function(
        "[...document.querySelectorAll('.plate > img')].every((one) => one.complete)"
    )


def stage(page: Page) -> Locator:
    return page.locator("#compare")


def settle(page: Page) -> None:
    """Wait until the view is drawn, and what glides has arrived."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
    page.evaluate(ARRIVED)


def box(page: Page, selector: str) -> Box:
    """Return where something is on the screen, to the fraction of a pixel."""
    script = """(one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      return { left, top, width, height };
    }"""
    return dict(page.locator(selector).first.evaluate(script))


def pictures_at(page: Page) -> tuple[Box, Box]:
    """Return where the two pictures are."""
    settle(page)
    return box(page, ".plate-before > img"), box(page, ".plate-after > img")


def same(one: Box, other: Box) -> bool:
    return all(abs(one[name] - other[name]) < 0.01 for name in one)


def middle(page: Page) -> tuple[float, float]:
    where = box(page, "#compare")
    return where["left"] + where["width"] / 2, where["top"] + where["height"] / 2


def zoom(page: Page) -> int:
    """Return the zoom that the page says, in percent."""
    settle(page)
    return int(page.locator("output[data-zoom]").inner_text().removesuffix(" %"))


def split(page: Page) -> float:
    return float(page.locator(".stage-range").input_value())


def shown(page: Page) -> str:
    """Say which picture is to be seen alone: "before", "after" or both."""
    script = """(one) => getComputedStyle(one).visibility === "visible" """
    page.evaluate(ARRIVED)
    sides = [
        side
        for side in ("before", "after")
        if page.locator(f".plate-{side}").evaluate(script)
    ]
    return " ".join(sides)


def query(page: Page) -> dict[str, str]:
    """Return what the address says of the view."""
    found = parse_qs(urlsplit(page.url).query)
    return {name: values[0] for name, values in found.items()}


def wait_for_query(page: Page, **wanted: str) -> None:
    """Wait until the address says exactly this."""
    page.wait_for_function(
        """(wanted) => {
          const said = [...new URLSearchParams(location.search)].map(String);
          return String(said.sort()) === String(wanted.sort());
        }""",
        arg=[f"{name},{value}" for name, value in wanted.items()],
    )


def look(page: Page) -> Image.Image:
    """Return what the stage looks like."""
    return Image.open(io.BytesIO(stage(page).screenshot())).convert("RGB")


class Fingers:
    """Touches of one or two fingers, as the screen reports them."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches: list[dict[str, Any]] = [
            {"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)
        ]
        self.session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches}
        )

    def pinch(self, at: tuple[float, float], start: float, end: float) -> None:
        """Move two fingers from `start` to `end` pixels apart, around a point."""

        def points(apart: float) -> list[tuple[float, float]]:
            return [(at[0] - apart / 2, at[1]), (at[0] + apart / 2, at[1])]

        self.send("touchStart", points(start)[0])
        self.send("touchStart", *points(start))
        for step in range(1, 11):
            self.send("touchMove", *points(start + (end - start) * step / 10))
        self.send("touchEnd")
