"""The nginx of deploy/ in front of Darkroom: it sends what Darkroom lets it send."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import urllib3

from tests.delivery_site import Site, serving
from tests.nginx import found, in_front, nginx
from tests.services import ROOT, eventually, free_port, scratch

pytestmark = pytest.mark.skipif(not found(), reason="nginx is not on this machine")
SIZE = 300_000


class Front:
    """A site, as it is seen through nginx."""

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.port = site, port
        self.alice = site.call("person")

    def get(self, path: str, cookie: str = "", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        named["Cookie"] = cookie or self.alice
        url = f"https://127.0.0.1:{self.port}{path}"
        # Its certificate is nobody's.
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            return requests.get(url, headers=named, verify=False, timeout=30)  # noqa: S501


@contextmanager
def fronted(site: Site) -> Iterator[int]:
    """Run nginx with what deploy/ has for it."""
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text()
    with scratch("nginx") as folder:
        certify(folder)
        text = text.replace("/etc/nginx/certificates", str(folder))
        text = in_front(text, port, site.port, site.files)
        with nginx(text, folder, port):
            yield port


def certify(folder: Path) -> None:
    """Make a key, and a certificate that nobody signed."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    make = ["openssl", "req", "-x509", "-nodes", *curve, "-subj", "/CN=localhost"]
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run([*make, *files, "-days", "1"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    trusted = {"ACCEL_PREFIX": "/stored/", "TRUSTED_PROXIES": "127.0.0.1"}
    with serving(**trusted) as site, fronted(site) as port:
        yield Front(site, port)


def test_it_sends_what_is_looked_at_itself(front: Front) -> None:
    address, _digest = front.site.image(SIZE)
    pk = address.split("/")[2]
    data = Path(front.site.call("path", pk)).read_bytes()
    whole = front.get(f"/images/{pk}/original")
    assert (whole.status_code, whole.content) == (200, data)
    assert whole.headers["Content-Type"] == "image/jpeg"
    assert whole.headers["Content-Disposition"] == 'inline; filename="a.jpg"'
    assert whole.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "X-Accel-Redirect" not in whole.headers
    small = front.get(f"/images/{pk}/320")
    assert (small.content, small.headers["Content-Type"]) == (b"small", "image/webp")


def test_it_sends_parts_and_says_when_nothing_changed(front: Front) -> None:
    pk = front.site.image(SIZE)[0].split("/")[2]
    data = Path(front.site.call("path", pk)).read_bytes()
    path = f"/images/{pk}/original"
    part = front.get(path, Range="bytes=100000-199999")
    assert (part.status_code, part.content) == (206, data[100_000:200_000])
    assert part.headers["Content-Range"] == f"bytes 100000-199999/{SIZE}"
    assert front.get(path, Range=f"bytes={SIZE}-").status_code == 416
    mark = part.headers["ETag"]
    assert front.get(path, If_None_Match=mark).status_code == 304


def test_nobody_gets_a_file_past_darkroom(front: Front) -> None:
    pk = front.site.image(SIZE)[0].split("/")[2]
    assert front.get(f"/stored/{front.site.key(pk)}").status_code == 404
    assert front.get(f"/images/{pk}/original", "sessionid=none").status_code == 404
    for inside in ("/healthz/", "/metrics"):
        assert front.get(inside).status_code == 404


def test_what_is_counted_still_comes_from_darkroom(front: Front) -> None:
    address, _digest = front.site.image(SIZE)
    taken = front.get(address)
    assert len(taken.content) == SIZE
    assert taken.headers["Content-Disposition"].startswith("attachment")
    # The count follows the last byte.
    eventually("it is counted", lambda: front.site.count(address) == 1)
