"""How fast a ZIP is handed out, beside `cat` of the same files."""

import http.client
import subprocess
import time
from statistics import median
from typing import IO

from tests.bench.figures import Figure
from tests.delivery_site import Site, serving

SIZE, FILES, ROUNDS = 50_000_000, 8, 5
BLOCK = 1 << 18


def measure() -> list[Figure]:
    with serving() as site:
        alice = site.call("person")
        pks = [site.call("image", SIZE)[0] for _ in range(FILES)]
        paths = [site.call("path", pk) for pk in pks]
        zipped, plain, alone = [], [], []
        for _ in range(ROUNDS):
            plain.append(cat(paths))
            zipped.append(get(site, alice, f"/zip/?image={','.join(pks)}"))
            alone.append(get(site, alice, f"/images/{pks[0]}/download/") * FILES)
        return [
            Figure(
                "archive beside cat",
                median(one / two for one, two in zip(plain, zipped, strict=True)),
                "x",
                0.7,
                at_least=True,
            ),
            Figure(
                "counted download beside cat",
                median(one / two for one, two in zip(plain, alone, strict=True)),
                "x",
            ),
            Figure("archive", SIZE * FILES / median(zipped) / 1e6, "MB/s"),
            Figure("memory of the web server", site.memory() / 1e6, "MB"),
        ]


def cat(paths: list[str]) -> float:
    """Return how many seconds `cat` takes for these files."""
    began = time.monotonic()
    with subprocess.Popen(["cat", *paths], stdout=subprocess.PIPE) as process:
        assert process.stdout
        drain(process.stdout)
    return time.monotonic() - began


def get(site: Site, cookie: str, path: str) -> float:
    """Return how many seconds the site takes to hand this out."""
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    began = time.monotonic()
    line.request("GET", path, headers={"Cookie": cookie})
    drain(line.getresponse())
    took = time.monotonic() - began
    line.close()
    return took


def drain(source: IO[bytes] | http.client.HTTPResponse) -> None:
    block = bytearray(BLOCK)
    while source.readinto(block):  # type: ignore[union-attr]
        pass
