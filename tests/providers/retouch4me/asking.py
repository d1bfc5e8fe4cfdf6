"""Calls of Retouch4me's own API as literal bytes, and what is answered to them."""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tests.drawing import jpeg
from tests.providers.vendor import golden

START = "/api/v1/retoucher/start"
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
FLAT = (
    '{"mode":"professional","tasks":[{"Plugin":"Heal","Scale":0,"Alpha1":0.8},'
    '{"Plugin":"Eye Vessels","Scale":0,"Alpha1":0.35}]}'
)
LAYERED = (
    '{"mode":"professional","tasks":[{"Plugin":"Heal","Scale":0,"Layer":1,"Alpha1":1},'
    '{"Plugin":"Dodge Burn","Scale":0,"Layer":1,"Alpha1":1,"Alpha2":0},'
    '{"Plugin":"Portrait Volumes","Scale":0,"Layer":1,"Alpha1":0.5}]}'
)
PICTURE = jpeg()
Parts = list[tuple[str, bytes | str]]


def parts(
    token: str, payload: str = FLAT, file: bytes = PICTURE, late: bool = False
) -> Parts:
    """Return the documented parts, the token first or after the file."""
    around: Parts = [("token", token)] if token else []
    middle: Parts = [("file", file), ("payload", payload)]
    return [*middle, *around] if late else [*around, *middle]


def form_of(named: Parts, name: str = "portrait.jpg") -> bytes:
    """Write a multipart body; `file` is the part with a file name."""
    body = b""
    for field, said in named:
        head = f'Content-Disposition: form-data; name="{field}"'
        if field == "file":
            head += f'; filename="{name}"\r\nContent-Type: image/jpeg'
        data = said.encode() if isinstance(said, str) else said
        body += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the body to the byte."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """Return status and message; the body repeats the status, and has no more."""
        assert list(self.said) == ["status", "message"]
        assert self.said["status"] == self.status
        return self.status, self.said["message"]


def ask(url: str, head: str, body: bytes = b"", **headers: str) -> Answer:
    """Send a request written out in full to a server, and read all of its answer."""
    parts = urlsplit(url)
    lines = [f"{head} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name.replace('_', '-')}: {said}" for name, said in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    lines += ["Connection: close", "", ""]
    with socket.create_connection((str(parts.hostname), parts.port or 80), 60) as to:
        to.sendall("\r\n".join(lines).encode() + body)
        reply = HTTPResponse(to, method=head.split(" ")[0])
        reply.begin()
        named = {name.lower(): said for name, said in reply.getheaders()}
        return Answer(reply.status, named, reply.read())


def start(named: Parts, client: Client | None = None, **headers: str) -> Answer:
    """Begin a job without a socket."""
    reply = (client or Client()).post(
        START,
        form_of(named),
        content_type=FORM,
        headers={name.replace("_", "-"): said for name, said in headers.items()},
    )
    return Answer(reply.status_code, dict(reply.headers), reply.content)


def get(path: str) -> Answer:
    reply = Client().get(path)
    body = b"".join(reply) if reply.streaming else reply.content
    return Answer(reply.status_code, dict(reply.headers), body)


def shape(said: Any) -> Any:
    """Return names, in their order, and types of an answer: what clients rely on."""
    if isinstance(said, dict):
        return [(name, shape(value)) for name, value in said.items()]
    return type(said).__name__


def documented(name: str) -> Any:
    """Return the body of a documented answer."""
    return json.loads(golden(f"retouch4me/{name}.http").partition(b"\r\n\r\n")[2])
