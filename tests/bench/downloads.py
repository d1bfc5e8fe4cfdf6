"""How fast files are handed out, beside nginx with the very same files.

Also with nginx in front, which then sends what is not counted. What is small is slower
here by what it costs to ask who may see it, and nginx asks nobody: that ratio is shown
without a goal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.figures import Figure, NotRunError
from tests.bench.taking import get, rate
from tests.bench.turns import Ways, compared
from tests.delivery_site import Site, serving
from tests.nginx import found, nginx
from tests.services import free_port, scratch

LARGE, HALF = 400_000_000, "bytes=200000000-"
# As a 320 px WebP and a 1600 px JPEG are.
SMALL, SCREEN = 20_000, 400_000
PREFIX = "/stored/"
CONFIGURATION = """
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    default_type application/octet-stream;
    keepalive_requests 1000000;
    upstream darkroom {{ server 127.0.0.1:{site}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://darkroom;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_buffering off;
        }}
        location /plain/ {{ alias {files}/; }}
        location {prefix} {{ internal; alias {files}/; }}
    }}
}}
"""


def measure() -> list[Figure]:
    if not found():
        raise NotRunError("nginx is not installed: apt install nginx-light")
    with serving() as site, beside(site) as port:
        figures = straight(site, port)
    with serving(ACCEL_PREFIX=PREFIX) as site, beside(site) as port:
        return figures + in_front(site, port)


@contextmanager
def beside(site: Site) -> Iterator[int]:
    """Run an nginx that has a site's files, and asks it for all else."""
    port = free_port()
    named = {"port": port, "site": site.port, "prefix": PREFIX}
    text = CONFIGURATION.format(files=site.files, **named)
    with scratch("nginx") as folder, nginx(text, folder, port):
        yield port


def straight(site: Site, nginx: int) -> list[Figure]:
    """Take files from the site itself."""
    alice = site.call("person")
    large, plain = stored(site, LARGE)
    # The first ones load what all of them need.
    get(site.port, f"{large}download/", alice)
    rate(site.port, f"{stored(site, SMALL)[0]}original", alice)
    before = site.memory()
    ways: dict[str, Ways] = {
        "large file": (
            lambda: LARGE / get(site.port, f"{large}original", alice) / 1e6,
            lambda: LARGE / get(nginx, plain) / 1e6,
        ),
        "half of a large file (Range)": (
            lambda: LARGE / 2e6 / get(site.port, f"{large}original", alice, HALF),
            lambda: LARGE / 2e6 / get(nginx, plain, part=HALF),
        ),
        "counted download": (
            lambda: LARGE / get(site.port, f"{large}download/", alice) / 1e6,
            lambda: LARGE / get(nginx, plain) / 1e6,
        ),
    }
    goals = dict.fromkeys(ways, 0.75) | {"counted download": 0.5}
    figures = compared(ways, "nginx", "MB/s", goals)
    figures += many(site, nginx, site.port, alice)
    grown = (site.memory() - before) / 1e6
    return [*figures, Figure("web server grew over all of it by", grown, "MB", 10)]


def in_front(site: Site, nginx: int) -> list[Figure]:
    """Take files from nginx in front of the site, which tells it to send them."""
    alice = site.call("person")
    large, plain = stored(site, LARGE)
    name = "large file by nginx in front"
    ways: dict[str, Ways] = {
        name: (
            lambda: LARGE / get(nginx, f"{large}original", alice) / 1e6,
            lambda: LARGE / get(nginx, plain) / 1e6,
        )
    }
    figures = compared(ways, "nginx", "MB/s", {name: 0.75})
    return figures + many(site, nginx, nginx, alice, " by nginx in front")


def many(site: Site, nginx: int, port: int, cookie: str, how: str = "") -> list[Figure]:
    """Take files of the size that screens show, as many a second as may be."""
    ways: dict[str, Ways] = {}
    for size in (SMALL, SCREEN):
        ours, plain = stored(site, size)
        ways[f"file of {size // 1000} KB{how}"] = (
            partial(rate, port, f"{ours}original", cookie),
            partial(rate, nginx, plain),
        )
    return compared(ways, "nginx", "a second", dict.fromkeys(ways))


def stored(site: Site, size: int) -> tuple[str, str]:
    """Make an image; return its addresses here and at nginx."""
    pk, _digest = site.call("image", size)
    return f"/images/{pk}/", f"/plain/{site.key(pk)}"
