"""How programs written for Kokoon call: requests as bytes, answers field by field."""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from tests.providers.vendor import golden

ROOT = "/kokoon/api/image/sr/v3"
NIL = "00000000-0000-0000-0000-000000000000"
BOUNDARY = "------------------------d74496d66958873e"


@dataclass(frozen=True)
class Said:
    """An answer as it came."""

    status: int
    body: bytes
    type: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, Any]:
        return self.status, self.json


@dataclass(frozen=True)
class Program:
    """Calls one address with one token, byte by byte over a socket."""

    url: str
    token: str

    def send(self, request: bytes) -> Said:
        host, port = urlsplit(self.url).hostname, urlsplit(self.url).port
        with socket.create_connection((host, port or 80), timeout=60) as wire:
            wire.sendall(request)
            answer = HTTPResponse(wire)
            answer.begin()
            return Said(answer.status, answer.read(), answer.headers["Content-Type"])

    def call(self, method: str, path: str, body: bytes = b"", *lines: str) -> Said:
        """Send a request with the lines that curl would send."""
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            "User-Agent: curl/8.5.0",
            "Accept: */*",
            *(lines or ("Content-Type:application/json",)),
            f"Authorization: {self.token}",
            *([f"Content-Length: {len(body)}"] if body or method == "POST" else []),
        ]
        return self.send("\r\n".join([*head, "", ""]).encode() + body)

    def get(self, path: str) -> Said:
        return self.call("GET", ROOT + path)

    def post(self, path: str, said: object = None) -> Said:
        body = b"" if said is None else json.dumps(said).encode()
        return self.call("POST", ROOT + path, body)

    def upload(
        self, data: bytes, name: str = "original.png", part: str = "file"
    ) -> Said:
        return self.call("POST", f"{ROOT}/image", form(data, name, part), MULTIPART)

    def fetch(self, url: str) -> Said:
        """Fetch a file as from a storage: without the token."""
        path = url.removeprefix(self.url)
        host = urlsplit(self.url).netloc
        return self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


MULTIPART = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


def form(data: bytes, name: str, part: str = "file") -> bytes:
    """Return the body that `curl -F "file=@original.png"` sends."""
    head = (
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def wanted(vid: str, **changes: Any) -> dict[str, Any]:
    """Return the documented request for a task."""
    return {
        "task_type": "SR_IMAGE",
        "category": "person",
        "use_sr": True,
        "input_quality": "medium",
        "option": {"face_enhance": False, "denoise": False, "add_noise": False},
        "vid": vid,
        "width": 160,
        "height": 90,
        **changes,
    }


def documented(name: str) -> dict[str, Any]:
    """Return the body of a documented answer, with its fields in order."""
    return dict(json.loads(golden(f"kokoon/{name}.http").partition(b"\r\n\r\n")[2]))


def shape(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names, order and types of an answer."""
    return [(name, type(value).__name__) for name, value in said.items()]
