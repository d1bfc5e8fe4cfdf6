"""What load balancers ask, and what people are told when a process is dead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from imaging.operating import processes, readiness


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return kept_by_nobody(JsonResponse({"live": True}))


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether work is done here, and which part of it is not."""
    parts = readiness.memory.ask()
    well = all(said == readiness.OK for said in parts.values())
    said = {"ready": well, "parts": parts}
    return kept_by_nobody(JsonResponse(said, status=200 if well else 503))


def kept_by_nobody(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    # Why it is not ready was logged; the probes that hear of it are none of the log's.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


# Answered before anything else is looked at (`imaging.middleware`).
PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz/live": live,
    "/healthz/ready": ready,
}


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Answer a page that asks whether everything runs; with nothing while it knows."""
    if request.GET.get("told") == told(request):
        return HttpResponse(status=204)
    return render(request, "_state.html")


def trouble(request: HttpRequest) -> dict[str, Any]:
    """Let templates ask what lacks, and whether a team waits because of it."""
    return {
        "lack": processes.memory.look,
        "kept_waiting": lambda: waits(request),
        "told": lambda: told(request),
    }


def told(request: HttpRequest) -> str:
    """Return in a few letters what this person is told, to compare."""
    if not request.user.is_staff:
        return "waits" if waits(request) else ""
    lack = processes.memory.look()
    silent = [f"{one.kind}@{one.host}" for one in lack.elsewhere]
    return " ".join([*lack.missing, *silent])


def waits(request: HttpRequest) -> bool:
    from imaging.middleware import current_team

    if not processes.memory.look().missing:
        return False
    return processes.memory.keeps_waiting(current_team(request).pk)
