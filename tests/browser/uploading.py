"""What the tests of the upload page share: two devices, new pictures, sums."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests import drawing
from tests.browser.conftest import PHONE
from tests.browser.steps import count

seeds = itertools.count(70_000)
STATES = ("stored", "duplicate", "refused", "failed", "left")


@pytest.fixture(name="either", params=["desktop", "phone"])
def either_fixture(
    request: pytest.FixtureRequest,
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
) -> Page:
    """Open the upload page for somebody at a desk, then for somebody with a phone."""
    options = PHONE if request.param == "phone" else {}
    page = new_page(storage_state=session_of_owner, **options)
    page.goto("/upload/", wait_until="networkidle")
    return page


def new(*names: str) -> dict[str, bytes]:
    """Draw pictures that nobody has seen before."""
    return {name: drawing.jpeg(80, 64, seed=next(seeds)) for name in names}


def adds_up(page: Page) -> None:
    numbers = {name: int(count(page, name).inner_text()) for name in STATES}
    assert sum(numbers.values()) == int(count(page, "chosen").inner_text()), numbers


def sent_to(page: Page, what: str) -> list[str]:
    """Collect the requests that go to this address from now on."""
    found: list[str] = []
    page.on(
        "request",
        lambda request: what in request.url and found.append(request.method),
    )
    return found


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)
