"""The same way with JavaScript off: plain forms and links."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import choose
from tests.services import eventually


@pytest.fixture
def plain_page(new_page: Callable[..., Page], session_of_owner: dict[str, Any]) -> Page:
    return new_page(storage_state=session_of_owner, java_script_enabled=False)


def test_the_plain_form_does_the_whole_job(plain_page: Page) -> None:
    plain_page.goto("/upload/")
    files = {"first.jpg": drawing.jpeg(120, 90), "no.txt": b"words", "last.png": b""}
    choose(plain_page, files)
    plain_page.get_by_role("button", name="Begin").click()
    plain_page.wait_for_url(re.compile("/batches/."))
    expect(plain_page.locator("#messages")).to_contain_text("no.txt: The content of")
    expect(plain_page.locator("#messages")).to_contain_text("last.png: The file is emp")
    eventually("the batch has ended", lambda: has_ended(plain_page), 60)
    plain_page.get_by_role("link", name="Compare first.jpg").click()
    # Nothing drives a slider here: both pictures are shown, one below the other.
    tops = [one.bounding_box() for one in plain_page.locator("#compare img").all()]
    assert tops[0] and tops[1] and tops[1]["y"] >= tops[0]["y"] + tops[0]["height"]
    with plain_page.expect_download() as download:
        plain_page.get_by_role("link", name="Download", exact=True).click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.size == (240, 180)
    plain_page.get_by_role("button", name="Move to trash").click()
    expect(plain_page.locator("#messages")).to_contain_text("1 picture is in the trash")
    plain_page.get_by_role("button", name="Undo").click()
    expect(plain_page.locator("#messages")).to_contain_text("1 picture is back.")


def has_ended(page: Page) -> bool:
    page.reload()
    return "Finished" in page.locator("#summary").inner_text()


def test_a_wrong_option_is_named_and_nothing_is_sent_twice(
    plain_page: Page, problems: list[str]
) -> None:
    plain_page.goto("/upload/")
    choose(plain_page, {"kept.jpg": drawing.jpeg(120, 90)})
    plain_page.get_by_role("radio", name="Convert").check()
    side = plain_page.get_by_label("Long side in pixels")
    side.fill("5")
    side.evaluate("field => field.form.setAttribute('novalidate', '')")
    plain_page.get_by_role("button", name="Begin").click()
    expect(plain_page.get_by_role("alert")).to_contain_text("look at the options again")
    expect(side).to_have_value("5")
    expect(plain_page.get_by_role("radio", name="Convert")).to_be_checked()
    expect(plain_page.locator(".work-row")).to_contain_text("kept.jpg")
    refused(problems)
    side.fill("100")
    plain_page.get_by_role("button", name="Begin").click()
    plain_page.wait_for_url(re.compile("/batches/."))
    expect(plain_page.locator("h1")).to_have_text("Convert: kept.jpg")


def test_nothing_chosen_is_a_sentence(plain_page: Page, problems: list[str]) -> None:
    plain_page.goto("/upload/")
    plain_page.get_by_role("button", name="Begin").click()
    said = plain_page.get_by_role("alert")
    expect(said).to_contain_text("Choose at least one picture first.")
    refused(problems)


def refused(problems: list[str]) -> None:
    """Take out what the browser notes when a form is answered with 422."""
    [problem] = problems
    assert "422" in problem
    problems.clear()
