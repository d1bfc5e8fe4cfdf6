"""Requests whose Content-Length is not that of their body, on sockets of their own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests

Ask = Callable[..., requests.Response]
# So many bytes a body has that brings a file.
FILE = 1_000
LIES: dict[str, Callable[[bytes], tuple[list[str], bytes]]] = {
    "longer than it is": lambda body: ([f"Content-Length: {len(body) + 999}"], body),
    "shorter than it is": lambda body: ([f"Content-Length: {len(body) // 2}"], body),
    "nothing": lambda body: (["Content-Length: 0"], body),
    "not said": lambda body: ([], body),
    "no number": lambda body: (["Content-Length: 12 bytes"], body),
    "below nothing": lambda body: (["Content-Length: -1"], body),
    "beyond all": lambda body: ([f"Content-Length: {10**30}"], body),
    "two of them": lambda body: (
        [f"Content-Length: {len(body)}", f"Content-Length: {len(body) // 2}"],
        body,
    ),
    "in chunks": lambda body: (["Transfer-Encoding: chunked"], chunked(body)),
    "in chunks that lie": lambda body: (["Transfer-Encoding: chunked"], body),
    "both": lambda body: (
        [f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"],
        chunked(body),
    ),
}


def chunked(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


class Liar:
    """Makes calls as a client does, but lies of the length where a file is sent.

    `bare` says that the last answer was the web server's own, which has no words.
    """

    def __init__(self, truth: Ask) -> None:
        self.truth, self.bare = truth, False

    def tell(self, lie: str) -> Ask:
        def ask(method: str, url: str, **how: Any) -> requests.Response:
            body = how.get("data")
            if not isinstance(body, bytes) or len(body) < FILE:
                return self.truth(method, url, **how)
            how.pop("timeout")
            how.pop("allow_redirects")
            whole = requests.Request(method, url, **how).prepare()
            return self.send(whole, *LIES[lie](body))

        self.bare = False
        return ask

    def send(
        self, whole: requests.PreparedRequest, said: list[str], body: bytes
    ) -> requests.Response:
        parts = urlsplit(str(whole.url))
        headers = {**whole.headers, "Host": parts.netloc, "Connection": "close"}
        headers.pop("Content-Length", None)
        lines = [f"{whole.method} {whole.path_url} HTTP/1.1", *said]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        with socket.create_connection((str(parts.hostname), parts.port), 30) as to:
            try:
                to.sendall("\r\n".join([*lines, "", ""]).encode() + body)
                to.shutdown(socket.SHUT_WR)
                return self.hear(to, str(whole.method))
            except (OSError, HTTPException) as error:
                raise requests.ConnectionError(error) from error

    def hear(self, to: socket.socket, method: str) -> requests.Response:
        reply = HTTPResponse(to, method=method)
        reply.begin()
        answer = requests.Response()
        answer.status_code, answer._content = reply.status, reply.read()
        answer.headers.update(reply.getheaders())
        self.bare = "Content-Security-Policy" not in answer.headers
        return answer
