"""The start page: whether it works, at a glance; each number leads to its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from imaging import providers
from imaging.console.charts import HEIGHT, WIDTH, bars, share
from imaging.console.site import page
from imaging.models.states import State
from imaging.operating import figures
from imaging.operating.figures import ENDS, MOST, Figures


@dataclass(frozen=True)
class Tile:
    """A number with its name, and where what it counts is listed."""

    label: str
    number: str
    url: str = ""
    warn: str = ""


@page("refresh/", "refresh")
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    figures.refresh()
    return redirect("admin:index")


def context() -> dict[str, Any]:
    """Return what the template shows."""
    found = figures.current()
    labels = {one.key: str(one.label) for one in providers.providers()}
    cards = f"{reverse('admin:providers')}#provider-"
    return {
        "figures": found,
        "tiles": tiles(found),
        "oldest": found.oldest and listed("task", found.oldest["pk"]),
        "last": found.last and listed("task", found.last["pk"]),
        "pulses": [(one, listed("heartbeat", kind=one.kind)) for one in found.pulses],
        "lights": [
            (labels[one.provider], one, cards + one.provider) for one in found.lights
        ],
        "chart": {"width": WIDTH, "height": HEIGHT},
        "hours": hours(found),
        "days": days(found),
        "paces": paces(found, labels),
    }


def listed(model: str, pk: object = None, **asked: object) -> str:
    """Return where the rows of a model are listed, or one of them is shown."""
    if pk:
        return reverse(f"admin:imaging_{model}_change", args=[pk])
    where = reverse(f"admin:imaging_{model}_changelist")
    return f"{where}?{urlencode(asked)}" if asked else where


def tiles(found: Figures) -> list[Tile]:
    """Return the numbers of tasks."""
    since = stamp(found.since)
    return [
        Tile(_("Waiting"), at_most(found.waiting), listed("task", state="pending")),
        Tile(_("Running"), at_most(found.running), listed("task", state="processing")),
        Tile(
            _("Failed in 24 hours"),
            f"{found.failed:,}",
            listed("task", state="error", ended=since),
            warn="bad" if found.failed else "",
        ),
    ]


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def at_most(number: int) -> str:
    if number > MOST:
        return _("more than %(most)s") % {"most": f"{MOST:,}"}
    return f"{number:,}"


def hours(found: Figures) -> dict[str, Any]:
    """Return the chart of what ended in each hour, with its table."""
    kinds = [kind.value for kind in ENDS]
    columns = [
        [(kind, hour.counts.get(kind, 0)) for kind in kinds] for hour in found.hours
    ]
    rows = [
        (hour, [number for _kind, number in column])
        for hour, column in zip(found.hours, columns, strict=True)
    ]
    totals = [
        (State(kind).label, kind, sum(c[at][1] for c in columns))
        for at, kind in enumerate(kinds)
    ]
    return {"parts": bars(columns), "rows": rows, "totals": totals}


def days(found: Figures) -> dict[str, Any]:
    """Return the chart of the bytes that came in each day, with its table."""
    numbers = [day.counts.get("bytes", 0) for day in found.days]
    rows = list(zip(found.days, numbers, strict=True))
    columns = [[("bytes", number)] for number in numbers]
    return {"parts": bars(columns), "rows": rows, "total": sum(numbers)}


def paces(found: Figures, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Return how long tasks take at each provider, with the widths of its bars."""
    most = max((one.most for one in found.paces), default=0.0)
    return [
        {
            "label": labels.get(one.provider, one.provider),
            "pace": one,
            "median": share(one.median, most),
            "most": share(one.most, most),
            "url": listed("task", provider=one.provider, state="completed"),
        }
        for one in found.paces
    ]
