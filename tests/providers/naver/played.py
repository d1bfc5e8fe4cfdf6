"""Naver Cloud, played: the documented answers to the documented calls, on a socket.

`python -m tests.providers.naver.played PORT` serves until it is ended.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pillow_heif
from PIL import Image

from tests.providers.playing import Heard, Steps, answer
from tests.providers.vendor import Vendor, Work, call, golden, serve

pillow_heif.register_heif_opener()
ACCESS, SECRET = "TESTACCESSKEY0000001", "TestSecretKey00000000000000000000000001"
WORKSPACE = "my-workspace"
KEY, FOUND = "images/.../query_image.jpg", "JtWJKTDCKknMHP8Id4Gt"
ISSUED = "images/6f1c2a90b7d84e5f9a3c1d2e4b5a6978/query_image.heic"
STORE = "https://kr.object.ncloudstorage.com"
SIGNATURE = "0123456789abcdef"


def said(name: str, *changes: tuple[str, str]) -> bytes:
    """Return a documented answer, with these words instead of the page's own."""
    return golden(f"naver/{name}.http", **dict(changes))


@dataclass
class Stored(Work):
    """One file that was put at its address, and the key it goes by once it counts."""

    body: bytes = b""

    @property
    def final_key(self) -> str:
        heic = self.body[4:8] == b"ftyp" and b"heic" in self.body[8:32]
        return f"{self.key.rpartition('.')[0]}.jpg" if heic else self.key


class Played(Vendor):
    """Takes signed calls, hands out addresses for one file each, judges the files."""

    job = Stored

    def __init__(self, port: int = 0) -> None:
        super().__init__(port=port)
        self.addresses: dict[str, str] = {}
        self.searches: list[Any] = []
        # The seconds by which this vendor's clock is ahead of everybody's.
        self.ahead = 0.0

    def respond(self, heard: Heard) -> Steps:
        refused = heard.path.startswith("/api/") and self.kept_out(heard)
        return refused or super().respond(heard)

    def kept_out(self, heard: Heard) -> bytes | None:
        """Check the signature as the vendor's page says, from the raw request."""
        stamp = heard.headers.get("x-ncp-apigw-timestamp", "")
        access = heard.headers.get("x-ncp-iam-access-key", "")
        message = f"{heard.method} {heard.target}\n{stamp}\n{access}".encode()
        digest = hmac.digest(SECRET.encode(), message, hashlib.sha256)
        good = base64.b64encode(digest).decode()
        now = time.time() + self.ahead
        late = not stamp.isdigit() or abs(now - int(stamp) / 1000) > 300
        if late or access != ACCESS:
            return dated(said("unauthorised"), now)
        if heard.headers.get("x-ncp-apigw-signature-v2") != good:
            return dated(said("unauthorised"), now)
        return None

    @call("POST /api/v1/query-assets/uploads/presigned-url", act="submit")
    def presign(self, heard: Heard) -> Steps:
        asked = heard.json()
        assert asked["assetType"] == "IMAGE"
        with self._lock:
            number = f"{len(self.addresses) + 1:032x}"
        key = f"images/{number}/{asked['assetFileName']}"
        secret = f"secret-signature-{number}"
        self.whispered.add(secret)
        self.addresses[key] = secret
        changes = ((ISSUED, key), (STORE, self.url), (SIGNATURE, secret))
        return said("address", *changes)

    @call("PUT /mi-query/images/{number}/{name}", act="submit")
    def put(self, heard: Heard, number: str, name: str) -> Steps:
        key = f"images/{number}/{name}"
        assert "chunked" not in heard.headers.get("transfer-encoding", "")
        assert int(heard.headers["content-length"]) == len(heard.body)
        assert not [one for one in heard.headers if one.startswith("x-ncp")]
        signature = parse_qs(urlsplit(heard.target).query)["X-Amz-Signature"][0]
        if self.addresses.get(key) != signature:
            return said("store-tampered")
        if key in self.stored:
            return said("store-expired")
        self.take(key, body=heard.body)
        return answer(b"", ETag='"0"')

    @property
    def stored(self) -> dict[str, Stored]:
        return {one.key: one for one in self.jobs.values()}

    @call("POST /api/v1/query-assets/uploads/complete", act="poll")
    def complete(self, heard: Heard) -> Steps:
        key = heard.json()["assetKey"]
        stored = self.stored.get(key)
        if not stored:
            return said("absent", (KEY, key))
        if len(stored.body) > 5 * 1024 * 1024:
            return said("over-size", (KEY, key))
        with Image.open(io.BytesIO(stored.body)) as picture:
            small = min(picture.size) < 224
        if small:
            return said("resolution", (KEY, key))
        return said("completed", (KEY, stored.final_key))

    @call("POST /api/v1/workspaces/{workspace}/assets/search")
    def search(self, heard: Heard, workspace: str) -> Steps:
        asked = heard.json()
        if workspace != WORKSPACE:
            return said("unknown")
        keys = [one.final_key for one in self.jobs.values()]
        if asked["query"].get("imageQuery") not in keys:
            return said("parameter")
        self.searches.append(asked)
        return said("search")

    @call("GET /api/v1/workspaces/{workspace}/assets/search/{search}")
    def hits(self, heard: Heard, workspace: str, search: str) -> Steps:
        assert (workspace, search) == (WORKSPACE, FOUND)
        running = self.share(next(iter(self.jobs.values()))) < 1
        return said("running" if running else "found")

    @call("GET /api/v1/workspaces", act="inquire")
    def workspaces(self, heard: Heard) -> Steps:
        asked = parse_qs(urlsplit(heard.target).query)
        return said("workspaces" if "pageNum" in asked else "parameter")

    @call("GET /api/v1/workspaces/{workspace}", act="inquire")
    def workspace(self, heard: Heard, workspace: str) -> Steps:
        return said("workspace" if workspace == WORKSPACE else "unknown")


class Searched(Played):
    """The same vendor for an account that searches: the calls belong to its polls."""

    @call("POST /api/v1/workspaces/{workspace}/assets/search", act="poll")
    def search(self, heard: Heard, workspace: str) -> Steps:
        return super().search(heard, workspace)

    @call("GET /api/v1/workspaces/{workspace}/assets/search/{search}", act="poll")
    def hits(self, heard: Heard, workspace: str, search: str) -> Steps:
        return super().hits(heard, workspace, search)


def dated(reply: bytes, at: float) -> bytes:
    """Return an answer with the date that the vendor's clock shows."""
    line, _, rest = reply.partition(b"\r\n")
    date = formatdate(at, usegmt=True).encode()
    return line + b"\r\nDate: " + date + b"\r\n" + rest


if __name__ == "__main__":
    serve(Played)
