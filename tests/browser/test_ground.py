"""What every page stands on: files by their hash, and nothing the browser minds."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Response

HASHED = re.compile(r"\.[0-9a-f]{12}\.(?:css|js|svg)$")


def test_the_first_page_loads_hashed_files_for_ever(page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/accounts/login/", wait_until="networkidle")
    files = [answer for answer in answers if "/static/" in answer.url]
    assert files
    for file in files:
        assert HASHED.search(file.url), file.url
        assert file.status == 200
        assert "immutable" in file.headers["cache-control"]


def test_the_first_page_fits_a_phone(phone: Page) -> None:
    phone.goto("/accounts/login/")
    wide, screen = phone.evaluate("[document.body.scrollWidth, innerWidth]")
    assert wide <= screen


def test_a_complaint_of_the_browser_is_noticed(page: Page, problems: list[str]) -> None:
    page.goto("/accounts/login/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('style'),"
        " {textContent: 'b{}'}))"
    )
    page.evaluate("console.error('broken')")
    assert [text for text in problems if "broken" in text]
    assert [text for text in problems if "Content Security Policy" in text]
    problems.clear()


def test_the_owner_is_signed_in(owner_page: Page) -> None:
    owner_page.goto("/accounts/login/")
    assert "/accounts/login/" not in owner_page.url


def test_two_visitors_do_not_share_a_session(
    owner_page: Page, new_page: Callable[..., Page]
) -> None:
    stranger = new_page()
    stranger.goto("/settings/")
    assert "/accounts/login/" in stranger.url
