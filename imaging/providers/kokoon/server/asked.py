"""What programs ask for, judged as by a validator of JSON schemas: first error only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest

from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server.door import invalid

# A validator's words on one value; "" where it is right.
Check = Callable[[Any], str]

STEPS = (
    *("ready", "preparing", "prepared", "running"),
    *("done", "cancel", "unknown", "error"),
)
LEAST = 64
LONG_MOST, SHORT_MOST = 7680, 4320
MOST_ROWS = 10_000
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NO_CHOICE = "must be equal to one of the allowed values"


def one_of(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            return "must be string"
        return "" if value in allowed else NO_CHOICE

    return check


def of_type(kind: type, name: str) -> Check:
    return lambda value: "" if isinstance(value, kind) else f"must be {name}"


def whole(value: Any) -> str:
    """Judge a side: 1920.0 is as good as 1920, as it is to every such validator."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or value != value or value in (float("inf"), float("-inf")):
        return "must be integer"
    if value != int(value):
        return "must be integer"
    if value < LEAST:
        return f"must be >= {LEAST}"
    return f"must be <= {LONG_MOST}" if value > LONG_MOST else ""


def switches(value: Any) -> str:
    if not isinstance(value, dict):
        return "must be object"
    wrong = (not isinstance(value.get(name, False), bool) for name in wire.SWITCHES)
    return "must be boolean" if any(wrong) else ""


WANTED: dict[str, Check] = {
    "task_type": one_of(wire.FULL, wire.PREVIEW),
    "category": one_of(*wire.CATEGORIES),
    "use_sr": of_type(bool, "boolean"),
    "input_quality": one_of(*wire.QUALITIES),
    "option": switches,
    "vid": of_type(str, "string"),
    "width": whole,
    "height": whole,
}
FORMAT = one_of(*wire.FORMATS)


def read_wanted(body: bytes, *types: str) -> wire.Wanted:
    """Read the body of "calc credit" and "create task". Raises NotAllowed."""
    said = read_object(body)
    for name in WANTED:
        if name not in said:
            raise invalid(f"must have required property '{name}'")
    rules = {**WANTED, "format": FORMAT}
    if types:
        rules["task_type"] = one_of(*types)
    for name, check in rules.items():
        if name in said and (wrong := check(said[name])):
            raise invalid(wrong)
    width, height = int(said["width"]), int(said["height"])
    if min(width, height) > SHORT_MOST:
        raise invalid(f"must be <= {SHORT_MOST}")
    return wire.Wanted(
        vid=said["vid"],
        width=width,
        height=height,
        category=said["category"],
        use_sr=said["use_sr"],
        input_quality=said["input_quality"],
        switches=said["option"],
        format=said.get("format", wire.FORMATS[0]),
        task_type=said["task_type"],
    )


def read_object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise invalid("must be object")
    return said


def query_of(request: HttpRequest) -> dict[str, str]:
    """Return the query, without what no database takes as text."""
    return {name: str(request.GET[name]).replace("\0", "") for name in request.GET}


def choice_in(query: Mapping[str, str], name: str, *allowed: str) -> str:
    """Return what is chosen of these; "" where nothing is. Raises NotAllowed."""
    said = query.get(name, "")
    if said and said not in allowed:
        raise invalid(NO_CHOICE)
    return said


def steps_in(query: Mapping[str, str]) -> list[str]:
    """Read a list of steps with commas between them. Raises NotAllowed."""
    steps = [one.strip() for one in query.get("step", "").split(",") if one.strip()]
    if not set(steps) <= set(STEPS):
        raise invalid(NO_CHOICE)
    return steps


def page_in(query: Mapping[str, str]) -> slice:
    """Return which rows are asked for: one page, or all. Raises NotAllowed."""
    for name, other in (("page_size", "page_num"), ("page_num", "page_size")):
        if name in query and other not in query:
            raise invalid(f"must have required property '{other}'")
    if "page_size" not in query:
        return slice(0, MOST_ROWS)
    size = number_in(query, "page_size", 1, MOST_ROWS)
    first = size * number_in(query, "page_num", 0, 10**9)
    return slice(first, first + size)


def number_in(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = query[name]
    if not (text.isascii() and text.isdecimal()):
        raise invalid("must be integer")
    if len(text) > len(str(most)) or int(text) > most:
        raise invalid(f"must be <= {most}")
    if int(text) < least:
        raise invalid(f"must be >= {least}")
    return int(text)


def days_in(query: Mapping[str, str]) -> dict[str, datetime]:
    """Read the days from and to which rows are listed, as look-ups of a moment."""
    found = {}
    if begin := day_in(query, "start_date"):
        found["gte"] = datetime.combine(begin, time(), UTC)
    if (end := day_in(query, "end_date")) and end < date.max:
        found["lt"] = datetime.combine(end + timedelta(days=1), time(), UTC)
    return found


def day_in(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name, "")
    try:
        # `fromisoformat` also reads weeks, and days without hyphens.
        if text and not DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid('must match format "date"') from None


def echoed(query: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return the filters that were given, as they came."""
    return {name: query[name] for name in names if name in query}
