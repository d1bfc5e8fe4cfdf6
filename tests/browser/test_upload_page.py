"""The upload page: every way in, and what it says when something goes wrong."""

import itertools
import re
from base64 import b64encode

import pytest
from playwright.sync_api import Page, Route, expect

from tests import drawing
from tests.application import PASSWORD, Application
from tests.browser.steps import begin, choose, count, row, upload, wait_for_end

seeds = itertools.count(50_000)
BRING = """([kind, names, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const transfer = new DataTransfer();
  for (const name of names) {
    // What follows the end of a JPEG makes each one another.
    transfer.items.add(new File([bytes, name], name, { type: "image/jpeg" }));
  }
  const how = { bubbles: true, cancelable: true };
  const paste = new ClipboardEvent("paste", { ...how, clipboardData: transfer });
  const drag = (type) => new DragEvent(type, { ...how, dataTransfer: transfer });
  document.body.dispatchEvent(kind === "paste" ? paste : drag(kind));
}"""


def small() -> dict[str, bytes]:
    """Draw two pictures that nobody has seen before."""
    return {
        "a.jpg": drawing.jpeg(80, 64, seed=next(seeds)),
        "b.jpg": drawing.jpeg(64, 80, seed=next(seeds)),
    }


def bring(page: Page, kind: str, *names: str) -> None:
    """Paste files, or hold or drop them over the page."""
    page.evaluate(BRING, [kind, names, b64encode(small()["a.jpg"]).decode()])


def test_pictures_are_dropped_anywhere_and_pasted(owner_page: Page) -> None:
    owner_page.goto("/upload/")
    bring(owner_page, "dragover", "x.jpg")
    expect(owner_page.get_by_text("Let go to upload")).to_be_visible()
    bring(owner_page, "drop", "x.jpg", "y.jpg")
    expect(owner_page.get_by_text("Let go to upload")).to_be_hidden()
    bring(owner_page, "paste", "z.jpg")
    expect(count(owner_page, "stored")).to_have_text("3")
    for name in ("x.jpg", "y.jpg", "z.jpg"):
        expect(row(owner_page, name)).to_contain_text("80 × 64")


def test_a_folder_is_sent_without_what_a_system_keeps_in_it(
    owner_page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("wedding")
    (folder / "first dance").mkdir()
    files = small()
    (folder / "a.jpg").write_bytes(files["a.jpg"])
    (folder / "first dance/b.jpg").write_bytes(files["b.jpg"])
    (folder / ".DS_Store").write_bytes(b"something")
    owner_page.goto("/upload/")
    owner_page.locator("#folder").set_input_files(folder)
    expect(count(owner_page, "stored")).to_have_text("2")
    expect(count(owner_page, "chosen")).to_have_text("2")


def test_the_files_are_chosen_by_keyboard(owner_page: Page) -> None:
    # A key pressed before the scripts have run may meet a page not yet in use.
    owner_page.goto("/upload/", wait_until="networkidle")
    owner_page.locator("#files").focus()
    expect(owner_page.locator("#files")).to_be_focused()
    with owner_page.expect_file_chooser() as chooser:
        owner_page.keyboard.press("Space")
    assert chooser.value.is_multiple()


def test_a_row_is_left_out_and_the_focus_moves_on(owner_page: Page) -> None:
    upload(owner_page, small())
    owner_page.get_by_role("button", name="Leave out a.jpg").press("Enter")
    expect(count(owner_page, "chosen")).to_have_text("1")
    last = owner_page.get_by_role("button", name="Leave out b.jpg")
    expect(last).to_be_focused()
    begin(owner_page)
    expect(owner_page.locator("h1")).to_have_text("Upscale: b.jpg")


def test_a_server_in_trouble_is_asked_again_by_itself(
    owner_page: Page, problems: list[str]
) -> None:
    answers = [500, 429, 503]

    def stumble(route: Route) -> None:
        route.fulfill(status=answers.pop(0)) if answers else route.continue_()

    owner_page.route("**/upload/file/", stumble)
    upload(owner_page, {"a.jpg": small()["a.jpg"]})
    expect(count(owner_page, "stored")).to_have_text("1")
    assert not answers
    assert all("/upload/file/" in problem for problem in problems)
    problems.clear()


def test_a_session_that_has_ended_is_said_and_signing_in_again_helps(
    owner_page: Page, server: Application
) -> None:
    server.add_person("late@example.com")
    owner_page.goto("/upload/")
    owner_page.context.clear_cookies(name="sessionid")
    choose(owner_page, {"a.jpg": small()["a.jpg"]})
    lost = row(owner_page, "a.jpg")
    expect(lost).to_contain_text("You have been signed out")
    with owner_page.context.expect_page() as opened:
        lost.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.locator("[name=login]").fill("late@example.com")
    other.locator("[name=password]").fill(PASSWORD)
    other.locator("[name=password]").press("Enter")
    other.wait_for_url(lambda url: "/accounts/login/" not in url)
    lost.get_by_role("button", name="Retry").click()
    expect(count(owner_page, "stored")).to_have_text("1")
    begin(owner_page)
    wait_for_end(owner_page)


def test_leaving_while_pictures_are_on_their_way_warns(owner_page: Page) -> None:
    owner_page.goto("/upload/")
    owner_page.route("**/upload/file/", lambda _route: None)
    choose(owner_page, small())
    expect(count(owner_page, "left")).to_have_text("2")
    expect(owner_page.get_by_role("button", name="Begin")).to_be_disabled()
    asked: list[str] = []
    owner_page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    owner_page.locator("h1").click()
    owner_page.goto("/batches/")
    assert asked == ["beforeunload"]


def test_pressing_twice_begins_one_batch(owner_page: Page) -> None:
    upload(owner_page, {"twice.jpg": small()["a.jpg"]})
    owner_page.get_by_role("button", name="Begin").dblclick()
    owner_page.wait_for_url(re.compile("/batches/."))
    owner_page.go_back()
    owner_page.goto("/batches/")
    expect(owner_page.get_by_text("Upscale: twice.jpg")).to_have_count(1)
