"""People in pictures: named and asked about before they are measured."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import begin, choose, measure, upload
from tests.services import eventually


@pytest.mark.parametrize("script", [True, False])
def test_consent_is_recorded_before_the_first_analysis_and_once(
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    problems: list[str],
    script: bool,
) -> None:
    page = new_page(storage_state=session_of_owner, java_script_enabled=script)
    name = f"Anna {script}"
    picture = {"face.jpg": drawing.jpeg(300, 300, seed=50 + script)}
    if script:
        upload(page, picture)
    else:
        page.goto("/upload/")
        choose(page, picture)
    measure(page, name, agreed=False)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_contain_text(f"no subject “{name}” yet")
    expect(page.get_by_label("Person in the pictures")).to_have_value(name)
    expect(page.locator(".work-row")).to_contain_text("face.jpg")
    [problem] = problems
    assert "422" in problem
    problems.clear()
    measure(page, name)
    begin(page)
    page.goto("/upload/")
    choose(page, picture)
    if script:
        expect(page.locator("[data-count=duplicate]")).to_have_text("1")
    measure(page, name, agreed=False)
    begin(page)
    expect(page.locator("h1")).to_have_text(re.compile("Skin analysis"))


@pytest.mark.parametrize("script", [True, False])
def test_a_person_can_withdraw_and_be_deleted(
    new_page: Callable[..., Page], session_of_owner: dict[str, Any], script: bool
) -> None:
    page = new_page(storage_state=session_of_owner, java_script_enabled=script)
    name = f"Berta {script}"
    page.goto("/upload/")
    choose(page, {"face.jpg": drawing.jpeg(300, 300, seed=60 + script)})
    if script:
        expect(page.locator("[data-count=left]")).to_have_text("0")
    measure(page, name)
    begin(page)
    eventually("the analysis has ended", lambda: has_ended(page), 60)
    page.goto("/subjects/")
    page.get_by_role("link", name=name).click()
    page.wait_for_url(re.compile("/subjects/[0-9a-f-]{36}/$"))
    # A drawing is no face: an issue, no score, and so nothing is drawn.
    expect(page.locator(".work-row")).to_contain_text("No score:")
    expect(page.locator("main")).to_contain_text("No analysis has given a score yet.")
    page.get_by_role("button", name="Withdraw the consent").click()
    expect(page.locator(".page-head")).to_contain_text("consent withdrawn")
    page.get_by_label("This cannot be undone").check()
    page.get_by_role("button", name="Delete this subject").click()
    page.wait_for_url(re.compile("/subjects/$"))
    expect(page.locator("#messages")).to_contain_text("The subject is deleted")
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def has_ended(page: Page) -> bool:
    page.reload()
    return "Finished" in page.locator("#summary").inner_text()
