"""How fast a ZIP is handed out, beside `cat` of the same files."""

import subprocess
import time
from statistics import median

from tests.bench.figures import Figure
from tests.bench.taking import drain, get
from tests.delivery_site import serving

SIZE, FILES, ROUNDS = 50_000_000, 8, 5


def measure() -> list[Figure]:
    with serving() as site:
        alice = site.call("person")
        pks = [site.call("image", SIZE)[0] for _ in range(FILES)]
        paths = [site.call("path", pk) for pk in pks]
        zipped, plain, alone = [], [], []
        for _ in range(ROUNDS):
            plain.append(cat(paths))
            zipped.append(get(site.port, f"/zip/?image={','.join(pks)}", alice))
            alone.append(get(site.port, f"/images/{pks[0]}/download/", alice) * FILES)
        return [
            Figure(
                "archive beside cat",
                median(one / two for one, two in zip(plain, zipped, strict=True)),
                "x",
                0.7,
                at_least=True,
                peer="cat",
            ),
            Figure(
                "counted download beside cat",
                median(one / two for one, two in zip(plain, alone, strict=True)),
                "x",
                peer="cat",
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
