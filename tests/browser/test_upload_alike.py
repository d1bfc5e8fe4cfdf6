"""What looks like a picture of the library is pointed out, and nothing waits for it."""

import re

from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import begin, choose, count, row
from tests.browser.uploading import adds_up, either_fixture, seeds  # noqa: F401


def twins(first: str, second: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Draw a picture that nobody has seen before, and the same one smaller."""
    picture = drawing.photo(seed=next(seeds))
    smaller = picture.resize((320, 240))
    return {first: drawing.save(picture, "JPEG")}, {
        second: drawing.save(smaller, "PNG")
    }


def test_what_looks_like_a_picture_that_is_here_says_so(either: Page) -> None:
    large, small = twins("harbour.jpg", "quay.png")
    choose(either, large)
    expect(count(either, "stored")).to_have_text("1")
    expect(row(either, "harbour.jpg").locator(".work-alike")).to_be_hidden()
    choose(either, small)
    said = row(either, "quay.png").locator(".work-alike")
    expect(said).to_have_text("Looks like harbour.jpg")
    expect(count(either, "stored")).to_have_text("2")
    adds_up(either)
    said.get_by_role("link", name="harbour.jpg").click()
    either.wait_for_url(re.compile("/images/"))
    expect(either.get_by_role("heading", level=1)).to_have_text("harbour.jpg")


def test_work_begins_before_it_is_known_what_looks_alike(either: Page) -> None:
    either.route("**/alike/", lambda _route: None)
    for files in twins("dune.jpg", "beach.png"):
        choose(either, files)
    expect(count(either, "stored")).to_have_text("2")
    expect(either.locator(".work-alike").first).to_be_hidden()
    either.get_by_label("Engine").select_option("classical")
    begin(either)
