"""How fast a file is received and hashed, beside a raw server that only writes it.

From the first byte that is sent to the answer: by PUT the file is kept and noted in the
database; by form it is found to be no picture, so that nothing is decoded. How fast a
processor hashes alone stands beside it: one without instructions for SHA-256 is at that
longer than at all the rest.

As a module it is that raw server: PORT FOLDER.
"""

import hashlib
import http.client
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.bench.figures import Figure
from tests.bench.sending import COOKIE, ENDING, HEADERS, OPENING
from tests.bench.turns import Ways, compared
from tests.delivery_site import serving
from tests.services import free_port, is_open, running, scratch

SIZE, CHUNK = 50_000_000, 1 << 20


def measure() -> list[Figure]:
    with serving() as site, raw_server() as raw:
        data = secrets.token_bytes(SIZE)
        body = OPENING + data + ENDING
        signed = site.call("door", site.port)
        alice = site.call("person")
        form = partial(send, site.port, "POST", "/upload/file/", body, 415, alice)
        put = partial(send, site.port, "PUT", signed, data, 200)
        ways: dict[str, Ways] = {
            "received, hashed, kept by a signed PUT": (put, partial(to_raw, raw, data)),
            "received and hashed from a form": (form, partial(to_raw, raw, body)),
        }
        put(), form()
        before = site.memory()
        figures = compared(ways, "raw server", "MB/s", dict.fromkeys(ways, 0.8))
        alone: dict[str, Ways] = {"the same PUT": (put, partial(hashed, data))}
        figures += compared(alone, "SHA-256 alone", "MB/s", dict.fromkeys(alone))
        grown = (site.memory() - before) / 1e6
    return [*figures, Figure("web server grew over all of it by", grown, "MB", 10)]


def send(
    port: int, method: str, path: str, body: bytes, status: int, cookie: str = ""
) -> float:
    """Send this; return how many megabytes a second were taken and answered."""
    headers = HEADERS | {"Cookie": cookie + COOKIE} if cookie else {}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.monotonic()
    line.request(method, path, body, headers)
    answer = line.getresponse()
    said = answer.read()
    took = time.monotonic() - began
    line.close()
    assert answer.status == status, (answer.status, said[:300])
    return len(body) / took / 1e6


def to_raw(port: int, body: bytes) -> float:
    return send(port, "PUT", "/", body, 204)


def hashed(data: bytes) -> float:
    """Return how many megabytes a second one core hashes."""
    began = time.monotonic()
    hashlib.sha256(data).digest()
    return len(data) / (time.monotonic() - began) / 1e6


@contextmanager
def raw_server() -> Iterator[int]:
    port = free_port()
    with scratch("raw") as folder:
        command = [sys.executable, "-m", __name__, str(port), str(folder)]
        log = folder / "log"
        with running("raw server", log, lambda: is_open(port), command=command):
            yield port


class Raw(BaseHTTPRequestHandler):
    """Writes what is PUT to the disk, and nothing else."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        with tempfile.TemporaryFile(dir=sys.argv[2]) as file:
            while left:
                data = self.rfile.read(min(CHUNK, left))
                file.write(data)
                left -= len(data)
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Raw).serve_forever()
