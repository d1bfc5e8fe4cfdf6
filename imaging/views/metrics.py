"""`/metrics`: figures for Prometheus, for whoever may know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from imaging.operating import gauges
from imaging.reporting.metrics import of_all_processes
from imaging.targets import LOOPBACK

Family = Callable[..., Any]
GAUGE: Family = GaugeMetricFamily
COUNTER: Family = CounterMetricFamily
# What `gauges.read` returns, as Prometheus is to be told of it.
FAMILIES: dict[str, tuple[Family, str, str, list[str]]] = {
    "tasks": (
        GAUGE,
        "darkroom_tasks",
        "Open tasks, by state, provider and the process that acts next.",
        ["state", "provider", "queue"],
    ),
    "oldest_waiting": (
        GAUGE,
        "darkroom_oldest_waiting_seconds",
        "How long the task has waited that has waited longest.",
        ["queue"],
    ),
    "outcomes": (
        COUNTER,
        "darkroom_task_outcomes",
        "Tasks that ended, by provider and state, since this was first asked.",
        ["provider", "state"],
    ),
    "downloads": (
        COUNTER,
        "darkroom_downloads",
        "Downloads that counted, since this was first asked.",
        [],
    ),
    "provider_requests": (
        GAUGE,
        "darkroom_provider_requests_10m",
        "Requests to providers that began in the last 10 minutes, by answer.",
        ["provider", "answer"],
    ),
    "provider_seconds": (
        GAUGE,
        "darkroom_provider_request_seconds_10m",
        "Seconds that these requests took, all together.",
        ["provider", "answer"],
    ),
    "heartbeat_age": (
        GAUGE,
        "darkroom_heartbeat_age_seconds",
        "How long ago a process was heard of.",
        ["kind", "host"],
    ),
    "storage_bytes": (
        GAUGE,
        "darkroom_storage_bytes",
        "Bytes that the pictures of all teams take.",
        [],
    ),
    "webhooks_owed": (
        GAUGE,
        "darkroom_webhooks_owed",
        "Messages to webhooks that are still to be delivered.",
        [],
    ),
    "circuit_open": (
        GAUGE,
        "darkroom_circuit_open",
        "Accounts of a provider that are left alone after failures.",
        ["provider"],
    ),
}


class Figures(Collector):
    """What the database knows and the processes of the web server have counted."""

    def collect(self) -> Iterator[Metric]:
        rows = gauges.read()
        for key, (kind, name, words, labels) in FAMILIES.items():
            family = kind(name, words, labels=labels)
            for values, number in rows.get(key, []):
                family.add_metric(values, number)
            yield family
        yield from of_all_processes().collect()


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show all figures; to anybody else there is no such page."""
    if not may_know(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Figures())
    encode, kind = exposition.choose_encoder(request.headers.get("Accept", ""))
    answer = HttpResponse(encode(registry), content_type=kind)
    answer["Cache-Control"] = "no-store"
    return answer


def may_know(request: HttpRequest) -> bool:
    """Let in whoever has the token, the operator, and an unguarded machine itself."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(given.strip(), settings.METRICS_TOKEN)
    if request.user.is_superuser:
        return True
    return not settings.METRICS_TOKEN and is_this_machine(request)


def is_this_machine(request: HttpRequest) -> bool:
    """Say whether a program here asks a site that is only for this machine.

    Behind a proxy everybody would seem to be here.
    """
    names = (settings.BASE_URL, f"//{request.get_host()}")
    local = all(urlsplit(name).hostname in LOOPBACK for name in names)
    if settings.TRUSTED_PROXIES or not local or not request.is_direct:  # type: ignore[attr-defined]
        return False
    return ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback  # noqa: S104  # nosec B104
