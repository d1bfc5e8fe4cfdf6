"""What counts as a download, and what does not, as the page says it."""

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.application import Application
from tests.browser.steps import row, upload
from tests.services import eventually


@pytest.fixture
def image(owner_page: Page) -> Page:
    """Open the page of a picture of 2 MB that nobody has downloaded."""
    upload(owner_page, {"large.png": drawing.png(1200, 800)})
    row(owner_page, "large.png").get_by_role("link", name="large.png").click()
    owner_page.wait_for_url(re.compile("/images/"))
    expect(owner_page.locator("#downloads")).to_have_text("Downloaded 0 times.")
    return owner_page


def downloads(page: Page) -> str:
    page.reload()
    return page.locator("#downloads").inner_text()


def ask(page: Page, method: str = "GET") -> socket.socket:
    """Ask for the download by hand, with the session of the page."""
    cookies = page.context.cookies()
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in cookies)
    address = urlsplit(page.url)
    client = socket.socket()
    # As little as possible lies between the two.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((address.hostname, address.port))
    head = f"{method} {address.path}download/ HTTP/1.1\r\nHost: {address.netloc}\r\n"
    client.sendall(f"{head}Cookie: {cookie}\r\nConnection: close\r\n\r\n".encode())
    return client


def leave(client: socket.socket, site: Application) -> None:
    """Hang up, and wait until the server has noticed it."""
    port = client.getsockname()[1]
    client.close()
    eventually("the server has let go", lambda: port not in peers(site))


def peers(site: Application) -> set[int]:
    found = set()
    for process in site.members():
        with suppress(psutil.Error):
            for one in process.net_connections("tcp"):
                if one.raddr and one.status != psutil.CONN_TIME_WAIT:
                    found.add(one.raddr.port)
    return found


def after_a_part(page: Page) -> socket.socket:
    client = ask(page)
    assert client.recv(1024).startswith(b"HTTP/1.1 200")
    return client


def without_reading(page: Page) -> socket.socket:
    client = ask(page)
    assert client.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
    return client


def only_the_head(page: Page) -> socket.socket:
    client = ask(page, "HEAD")
    while client.recv(4096):
        pass
    return client


@pytest.mark.parametrize("way", [after_a_part, without_reading, only_the_head])
def test_what_was_not_taken_to_its_end_does_not_count(
    image: Page, server: Application, way: Callable[[Page], socket.socket]
) -> None:
    leave(way(image), server)
    assert downloads(image) == "Downloaded 0 times."


def test_a_preview_does_not_count(image: Page) -> None:
    for name in ("320", "640", "1600", "original"):
        assert image.request.get(f"{image.url}{name}").ok
    assert downloads(image) == "Downloaded 0 times."


def test_a_download_counts_once(image: Page, server: Application) -> None:
    for _ in range(2):
        client = ask(image)
        taken = 0
        while data := client.recv(1 << 16):
            taken += len(data)
        assert taken > 1_500_000
        leave(client, server)
        assert downloads(image) == "Downloaded 1 time."
