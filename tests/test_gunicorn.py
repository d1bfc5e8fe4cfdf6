"""The web server bears clients that stop halfway."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.application import Application

HEADER = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
BODY = (
    b"POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
)


@pytest.fixture(params=[b"", HEADER, BODY], ids=["silent", "half header", "half body"])
def stuck(server: Application, request: pytest.FixtureRequest) -> Iterator[None]:
    """Two hundred clients that begin and never go on."""
    with ExitStack() as clients:
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", server.port))
            clients.enter_context(client)
            client.sendall(request.param)
        yield


@pytest.mark.usefixtures("stuck")
def test_a_page_is_answered_beside_stuck_clients(server: Application) -> None:
    for _ in range(20):
        # A connection of its own each time, so that every process is met.
        answer = requests.get(f"{server.url}/accounts/login/", timeout=10)
        assert answer.status_code == 200


def test_a_header_that_is_too_long_is_refused(server: Application) -> None:
    headers = {"X-Long": "x" * 10_000}
    answer = requests.get(server.url, headers=headers, timeout=10)
    assert answer.status_code == 431


def test_what_a_stranger_says_about_the_scheme_is_not_believed(
    server: Application,
) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = requests.get(
        f"{server.url}/", headers=headers, timeout=10, allow_redirects=False
    )
    assert "evil.example" not in answer.headers.get("Location", "")
    assert not answer.headers.get("Location", "").startswith("https:")
