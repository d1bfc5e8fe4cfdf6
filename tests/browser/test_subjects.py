"""People in pictures: named and asked about before they are measured."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import begin, choose, measure, upload


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
