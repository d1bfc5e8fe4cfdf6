"""Do pages come as soon as ever while 200 clients send a byte a second?"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from tests.bench.figures import Figure, percentile
from tests.bench.sending import COOKIE, HEADERS, OPENING
from tests.bench.taking import get
from tests.delivery_site import Site, serving

CLIENTS, PAGES, ROUNDS, PAUSE = 200, 60, 5, 1.0


def measure() -> list[Figure]:
    """Ask for a library of some pictures in turns, with them and without."""
    alone, beside = [], []
    with serving() as site:
        alice = site.call("person")
        for _ in range(30):
            site.call("image", 1_000)
        asked(site, alice)
        for _ in range(ROUNDS):
            alone.append(asked(site, alice))
            with stuck(site, alice):
                # Once all of them have come as far as they will.
                asked(site, alice)
                beside.append(asked(site, alice))
    ratio = median(two / one for one, two in zip(alone, beside, strict=True))
    name = f"page, p95, beside {CLIENTS} stuck clients"
    return [
        Figure(name, ratio, "x", 2, peer="without them"),
        Figure(f"{name}: with them", 1000 * median(beside), "ms"),
        Figure(f"{name}: without them", 1000 * median(alone), "ms"),
    ]


def asked(site: Site, cookie: str) -> float:
    """Ask for the page again and again, each time anew; return the p95 in seconds."""
    return percentile([get(site.port, "/", cookie) for _ in range(PAGES)], 95)


@contextmanager
def stuck(site: Site, cookie: str) -> Iterator[None]:
    """Keep clients in the midst of a header or an upload, a byte a second."""
    beginnings = [header(), upload(cookie)]
    over = threading.Event()
    with ExitStack() as clients:
        lines = []
        for number in range(CLIENTS):
            line = socket.create_connection(("127.0.0.1", site.port))
            clients.enter_context(line)
            line.sendall(beginnings[number % 2])
            lines.append(line)
        slow = threading.Thread(target=drip, args=(lines, over))
        slow.start()
        try:
            yield
        finally:
            over.set()
            slow.join()


def drip(lines: list[socket.socket], over: threading.Event) -> None:
    """Send a byte on each of them every second; none of them may be answered."""
    while not over.wait(PAUSE):
        for line in lines:
            line.sendall(b"x")


def header() -> bytes:
    return b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "


def upload(cookie: str) -> bytes:
    """Return the beginning of an upload by somebody who is signed in."""
    named = HEADERS | {"Cookie": cookie + COOKIE, "Content-Length": "1000000"}
    lines = "".join(f"{name}: {said}\r\n" for name, said in named.items())
    asked = f"POST /upload/file/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n"
    return asked.encode() + OPENING
