"""What this process of the web server counts; `/metrics` adds up all of them.

The library keeps the numbers of several processes in the folder that config/gunicorn.py
names before this is loaded; anywhere else they are this process's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
OWN = CollectorRegistry()
ANSWERS = Counter(
    "darkroom_requests",
    "Requests answered, by the name of the route and by status.",
    ["route", "method", "status"],
    registry=OWN,
)
DURATIONS = Histogram(
    "darkroom_request_seconds",
    "How long requests took until their answer began.",
    ["route"],
    buckets=SECONDS,
    registry=OWN,
)


def timed(
    request: HttpRequest, answer: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    """Answer a request and count it."""
    began = time.perf_counter()
    response = answer(request)
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    ANSWERS.labels(route, method, response.status_code).inc()
    DURATIONS.labels(route).observe(time.perf_counter() - began)
    return response


def route_of(request: HttpRequest) -> str:
    """Name the route of a request: never its path, which may name people and files."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "none"


def of_all_processes() -> CollectorRegistry:
    """Return what all processes of this web server have counted."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return OWN
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
