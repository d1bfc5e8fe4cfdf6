"""How log lines look: with the ids of request and task, and without secrets.

`LOG_FORMAT=json` makes each line an object for programs.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from pythonjsonlogger.json import JsonFormatter

from imaging.reporting.masking import masked

GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")
Result = TypeVar("Result")
# What a record has that is no news; a request shows itself with its whole path.
RESERVED = [*vars(logging.makeLogRecord({})), "ids", "request", "message"]
PLAIN = (bool, int, float, datetime)


def begin_request(given: str) -> str:
    """Give what is logged from now on the id of a request; one of its own if none."""
    said = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
    request_id.set(said)
    return said


def of_task(act: Callable[..., Result]) -> Callable[..., Result]:
    """Give what an act logs the id of the task that is its first argument."""

    @wraps(act)
    def named(pk: object, *rest: Any, **options: Any) -> Result:
        before = task_id.set(str(pk))
        try:
            return act(pk, *rest, **options)
        finally:
            task_id.reset(before)

    return named


class Stamped(logging.Filter):
    """Add the ids of the request and of the task that a line is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        names = {"request": request_id.get(), "task": task_id.get()}
        ids = " ".join(f"{name} {value}" for name, value in names.items() if value)
        said = {f"{name}_id": value for name, value in names.items()}
        vars(record).update(said, ids=f" [{ids}]" if ids else "")
        # A form that cannot be read is its sender's fault: a line is enough.
        if record.name == "django.request" and record.levelno < logging.ERROR:
            record.exc_info = None
        return True


class Line(logging.Formatter):
    """A line for people, its traceback below."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return masked(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return masked(super().formatStack(stack_info))


class Json(JsonFormatter):
    """An object on one line, for programs."""

    def __init__(self) -> None:
        super().__init__(
            ["message", "levelname", "name", "request_id", "task_id"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="at",
            reserved_attrs=RESERVED,
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Leave out ids that there are none of, and what opens something."""
        return {
            name: value if isinstance(value, PLAIN) else masked(str(value))
            for name, value in super().process_log_record(log_data).items()
            if value not in ("", None)
        }
