"""The whole story of one task: its events, its requests, and the waits between them."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import django
from django import forms
from django.db import connection

from imaging import providers
from imaging.models import Task, TaskEvent, TaskRequest
from imaging.models.states import State
from imaging.operating.versions import darkroom
from imaging.reporting.masking import masked

# The first of each kind that are shown; hardly any task has so many.
MOST = 500
# A pause of fewer seconds is none.
PAUSE = 1.0
LEFT_OUT = "[…]"


@dataclass(frozen=True)
class Line:
    """One line of the story: an event, a request (or a run of them), or a wait."""

    kind: str
    at: datetime
    until: datetime
    what: str
    said: str = ""
    status: str = ""
    seconds: float | None = None
    longest: float | None = None
    times: int = 1

    @property
    def is_good(self) -> bool:
        """Say whether a request was answered as one wishes."""
        return self.status[:1] in {"2", "3"}

    @property
    def utc(self) -> str:
        return in_utc(self.at)

    @property
    def until_utc(self) -> str:
        return in_utc(self.until)


@dataclass(frozen=True)
class Timeline:
    lines: list[Line]
    # Whether there is more than is shown.
    cut: bool


def timeline_of(task: Task) -> Timeline:
    """Return the story of a task, in the order of time, in two queries."""
    events = list(task.events.all()[: MOST + 1])
    requests = list(task.requests.order_by("at", "id")[: MOST + 1])
    cut = max(len(events), len(requests)) > MOST
    both = chain(map(of_event, events[:MOST]), map(of_request, requests[:MOST]))
    return Timeline(list(with_waits(sorted(both, key=lambda line: line.at))), cut)


def of_event(event: TaskEvent) -> Line:
    return Line("event", event.at, event.at, event.kind, event.message)


def of_request(request: TaskRequest) -> Line:
    return Line(
        "request",
        request.at,
        request.until,
        f"{request.act}: {request.method} {request.endpoint}",
        status=request.error or str(request.status or ""),
        seconds=request.seconds,
        longest=request.longest if request.times > 1 else None,
        times=request.times,
    )


def with_waits(lines: list[Line]) -> Iterator[Line]:
    """Put a line wherever nothing was done for a while."""
    until: datetime | None = None
    for line in lines:
        if until and (quiet := (line.at - until).total_seconds()) >= PAUSE:
            yield Line("wait", until, line.at, "waiting", seconds=quiet)
        yield line
        until = max(until or line.until, line.until)


def in_plain_text(task: Task, story: Timeline) -> str:
    """Return all of it for support: ids and UTC; no names, no pictures, no secrets."""
    facts = "\n".join(f"{name}: {value}" for name, value in facts_of(task) if value)
    lines = "\n".join(as_text(line) for line in story.lines)
    more = f"\n(only the first {MOST} of each kind are shown)" if story.cut else ""
    text = f"{facts}\n\nTimeline (UTC)\n{lines}{more}\n"
    return without_names(task, text)


def facts_of(task: Task) -> Iterator[tuple[str, object]]:
    """Name what is known of a task, as far as it says nothing of anybody."""
    yield "darkroom", darkroom()
    yield "python", platform.python_version()
    yield "django", django.get_version()
    yield "database", connection.vendor
    yield "task", task.pk
    yield "batch", task.batch_id
    yield "team", task.team_id
    yield "provider", task.provider
    yield "operation", task.operation
    yield "options", options_of(task)
    yield "job at the provider", job_of(task)
    yield "attempt", task.attempt
    yield "polls", task.polls
    yield "state", State(task.state).value
    yield "stage", task.stage
    yield "code", task.code
    yield "message", masked(task.message)
    yield "hint", masked(task.hint)
    yield "results", task.results.count()
    for name in ("created", "began", "finished", "deadline", "dismissed"):
        at = getattr(task, name)
        yield name, at and in_utc(at)


def job_of(task: Task) -> str:
    """Return the provider's name of the job; the end of one that opens the result."""
    provider = task.known_provider()
    opens = provider is not None and provider.job_id_opens
    return f"…{task.job_id[-4:]}" if opens and task.job_id else task.job_id


def options_of(task: Task) -> str:
    """Return what was chosen; of what was written freely, only that there is some."""
    try:
        fields = providers.operation(task.provider, task.operation).form.base_fields
    except KeyError:
        fields = {}
    said = []
    for name, value in sorted(task.options.items()):
        offered = isinstance(fields.get(name), forms.ChoiceField)
        plain = offered or isinstance(value, bool | int | float)
        said.append(f"{name}={value if plain else LEFT_OUT}")
    return ", ".join(said)


def as_text(line: Line) -> str:
    """Return one line of plain text."""
    parts = [in_utc(line.at), line.kind.ljust(7), line.what]
    parts += [masked(line.said)] if line.said else []
    parts += [f"-> {line.status}"] if line.status else []
    parts += [f"{line.times} times until {in_utc(line.until)}"] * (line.times > 1)
    parts += [f"{line.seconds:.3f} s"] if line.seconds is not None else []
    parts += [f"longest {line.longest:.3f} s"] if line.longest is not None else []
    return "  ".join(parts)


def in_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")[:-6] + "Z"


def without_names(task: Task, text: str) -> str:
    """Leave out what people, their teams and their pictures are called."""
    called = {task.image_name, task.image_name.rpartition(".")[0], task.team.name}
    if task.owner:
        called |= {task.owner.name, task.owner.email}
    if task.subject:
        called |= {task.subject.name}
    names = sorted((one for one in called if len(one) > 1), key=len, reverse=True)
    if not names:
        return text
    either = "|".join(map(re.escape, names))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", LEFT_OUT, text)
