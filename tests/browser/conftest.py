"""A real browser on the running site: a desktop and a phone, watched for complaints."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from tests import drawing
from tests.application import PASSWORD, Application
from tests.browser.steps import row, upscaled
from tests.services import ROOT, chromium
from tests.wall import hang_in

# playwright's loop runs in this thread, and Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
OWNER = "owner@example.com"
# How long a page may take to come to what is expected of it, in milliseconds: a test
# that fails is to show a fault, and not that the machine was busy.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run a Chromium for all browser tests."""
    path = chromium()
    if not path:
        how = "Chromium is not installed; `make test` names the package."
        pytest.fail(how) if os.environ.get("CI") == "true" else pytest.skip(how)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chrome
        chrome.close()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """Collect what the browser complains of; a test takes out what it provoked."""
    found: list[str] = []
    yield found
    assert not found, "The browser complained:\n" + "\n".join(found)


@pytest.fixture
def new_page(
    browser: Browser,
    server: Application,
    problems: list[str],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Page]]:
    """Open pages, each of a visitor of its own; addresses are relative to the site."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=server.url, **{**DESKTOP, **options})
        contexts.append(context)
        context.on("page", lambda page: listen(page, problems))
        return context.new_page()

    yield open_page
    if getattr(request.node, "failed", False):
        keep_pictures(contexts, request.node.name)
    for context in contexts:
        context.close()


def listen(page: Page, problems: list[str]) -> None:
    """Note errors of scripts, of the console (policy violations too), of the server."""
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: (
            line.type == "error"
            and problems.append(
                f"{page.url}: {line.text} {line.location.get('url', '')}"
            )
        ),
    )
    page.on(
        "response",
        lambda answer: (
            answer.status >= 500 and problems.append(f"{answer.status} {answer.url}")
        ),
    )


def keep_pictures(contexts: list[BrowserContext], name: str) -> None:
    """Keep what the pages of a failed test looked like."""
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages):
        file = re.sub(r"\W+", "-", f"{name} {number}") + ".png"
        page.screenshot(path=ROOT / ".pytest_cache" / file, full_page=True)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Open a visitor's empty page on a desktop."""
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """Open a visitor's empty page on a phone."""
    return new_page(**PHONE)


@pytest.fixture(scope="session")
def owner(server: Application) -> str:
    """The e-mail address of somebody who may do everything."""
    server.add_person(OWNER)
    return OWNER


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in as a person does."""
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture(scope="session")
def session_of_owner(
    browser: Browser, server: Application, owner: str
) -> dict[str, Any]:
    """The owner's cookies, from one sign-in for all tests."""
    return cookies_of(owner, browser, server)


@pytest.fixture(scope="session")
def session_of_wall(browser: Browser, server: Application) -> dict[str, Any]:
    """The cookies of somebody with a wall of 30 pictures."""
    server.add_person("wall@example.com")
    hang_in(server, "wall@example.com", 30)
    return cookies_of("wall@example.com", browser, server)


def cookies_of(email: str, browser: Browser, server: Application) -> dict[str, Any]:
    """Sign somebody in, and return their cookies."""
    context = browser.new_context(base_url=server.url)
    sign_in(context.new_page(), email)
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def owner_page(new_page: Callable[..., Page], session_of_owner: dict[str, Any]) -> Page:
    """Open a page on which the owner is signed in."""
    return new_page(storage_state=session_of_owner)


@pytest.fixture(scope="session")
def pictures(
    browser: Browser, server: Application, session_of_owner: dict[str, Any]
) -> dict[str, str]:
    """Have pictures upscaled, once for all tests; return where each result is shown."""
    files = {
        "third.jpg": drawing.jpeg(300, 400, seed=3),
        "flat.bmp": drawing.bmp(1700, 1200, seed=4),
        "large.jpg": drawing.jpeg(2000, 1500, seed=2),
        "small.jpg": drawing.jpeg(640, 480, seed=1),
    }
    context = browser.new_context(
        base_url=server.url, storage_state=session_of_owner, **DESKTOP
    )
    page = context.new_page()
    found = {}
    for name, data in files.items():
        upscaled(page, {name: data})
        link = row(page, name).get_by_role("link", name="Compare")
        found[name.partition(".")[0]] = str(link.get_attribute("href"))
    context.close()
    return found
