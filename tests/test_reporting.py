"""Errors are told to a Sentry only where there is one, and without what is private."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.services import ROOT

TOKEN = "t0k3nt0k3nt0k3n"
FAILS = f"""
import os, sys, django; django.setup()
if not os.environ.get("SENTRY_DSN"):
    print("sentry_sdk" in sys.modules)
    raise SystemExit
import io, logging, sentry_sdk
from wsgiref.util import setup_testing_defaults
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from config import urls
@csrf_exempt
def breaks(request):
    secret = "local-{TOKEN}"
    raise LookupError("nothing at /s/{TOKEN}/ for anna")
urls.urlpatterns.insert(0, path("s/{TOKEN}/", breaks))
form = b"password=pa55word"
asked = {{
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/s/{TOKEN}/",
    "QUERY_STRING": "q=anna",
    "CONTENT_TYPE": "application/x-www-form-urlencoded",
    "CONTENT_LENGTH": str(len(form)),
    "HTTP_HOST": "localhost",
    "HTTP_COOKIE": "sessionid=c00kie",
    "HTTP_AUTHORIZATION": "Bearer b34r3r",
    "REMOTE_ADDR": "203.0.113.7",
    "wsgi.input": io.BytesIO(form),
}}
setup_testing_defaults(asked)
said = []
list(get_wsgi_application()(asked, lambda status, headers, *_: said.append(status)))
assert said[0].startswith("500"), said
logging.getLogger("imaging.x").error("a letter to %s failed", "task 7")
sentry_sdk.flush(10)
"""


class Ingest(BaseHTTPRequestHandler):
    """What a Sentry takes in."""

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.got.append(body.decode())  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def ingest() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Ingest)
    server.got = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(**variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FAILS],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_loaded_where_nothing_is_reported() -> None:
    assert run(SENTRY_DSN="").strip() == "False"


def test_a_report_says_what_broke_and_nothing_of_anybody(ingest: HTTPServer) -> None:
    run(SENTRY_DSN=f"http://key@127.0.0.1:{ingest.server_port}/1")
    bodies: list[str] = ingest.got  # type: ignore[attr-defined]
    events = [
        said
        for body in bodies
        for line in body.splitlines()
        if "level" in (said := json.loads(line))
    ]
    broke, logged = events
    assert broke["exception"]["values"][-1]["type"] == "LookupError"
    assert set(broke["request"]) == {"method", "url"}
    assert broke["request"]["url"].endswith("/s/…/")
    assert broke["tags"]["request_id"]
    assert logged["level"] == "error"
    sent = "\n".join(bodies)
    for secret in (TOKEN, "c00kie", "b34r3r", "pa55word", "q=anna", "203.0.113.7"):
        assert secret not in sent, secret
