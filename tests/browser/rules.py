"""What every page must keep: sizes to press, and the axe rules in both schemes."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LONG_NAME = f"{'a very long name ' * 8}.jpg"
TOO_SMALL = """() => {
  // A box is ticked by its words, too.
  const words = (one) => one.matches("[type=checkbox], [type=radio]") && one.labels[0];
  const target = (one) => one.closest("label") ?? (words(one) || one);
  return [...document.querySelectorAll(
    "a[href], button, summary, select, input:not([type=hidden], .pick)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => getComputedStyle(one).display !== "inline" && !one.matches(".skip"))
  .map((one) => [target(one), one.outerHTML.slice(0, 120)])
  .map(([one, html]) => [one.getBoundingClientRect(), html])
  .filter(([box]) => box.width < 24 || box.height < 24)
  .map(([box, html]) => `${box.width} × ${box.height}: ${html}`); }"""
PAINTED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (const row of document.querySelectorAll("main li")) {
    row.scrollIntoView({ block: "center", behavior: "instant" });
    await frame();
  }
  scrollTo({ top: 0, behavior: "instant" });
  for (let i = 0; i < 2; i++) await frame();
  const ends = (one) => one.effect.getComputedTiming().endTime < Infinity;
  const changing = document.getAnimations().filter(ends);
  await Promise.allSettled(changing.map((one) => one.finished));
}"""


def paint(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Show the page in this scheme; a colour that still changes is not looked at.

    Rows out of view are painted once they come into it. A page that watches work may
    take away what changes: that has ended, too.
    """
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(PAINTED)


def offences(page: Page) -> list[str]:
    """Return what the axe rules find that is serious or critical.

    axe need not fetch the style sheets again: no such rule asks for them.
    """
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{one['id']}: {one['help']}\n"
        + "\n".join(str(node["html"]) for node in one["nodes"])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
