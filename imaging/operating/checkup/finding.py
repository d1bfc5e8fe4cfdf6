"""One thing the doctor found: how bad, what, and the line that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True)
class Finding:
    """What was found; `mend` says what to do about it, and is empty where all is well.

    `act` is a line to type or to put into the environment, where there is one.
    """

    level: str
    said: str
    mend: str = ""
    act: str = ""
    title: str = ""


def ok(said: str) -> Finding:
    return Finding(OK, said)


def warning(said: str, mend: str, act: str = "") -> Finding:
    return Finding(WARNING, said, mend, act)


def error(said: str, mend: str, act: str = "") -> Finding:
    return Finding(ERROR, said, mend, act)


Check = Callable[[], Iterator[Finding]]
