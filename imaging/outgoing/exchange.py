"""What is written down of each request, and for which act it was made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

# A client that went round and round is not to fill the memory.
MOST = 500


@dataclass(frozen=True)
class Exchange:
    """One request that was made, fit for a timeline: no query, no ids, no secrets."""

    at: float
    method: str
    endpoint: str
    status: int | None
    seconds: float
    error: str = ""
    # For what it was made, where somebody collects them.
    act: str = ""


_act: ContextVar[str] = ContextVar("act", default="")
_heard: ContextVar[list[Exchange] | None] = ContextVar("heard", default=None)


@contextmanager
def overhearing(act: str) -> Iterator[list[Exchange]]:
    """Collect the requests made in this block, in this thread, for an act.

    Within another such block they go to its list, under this act's name.
    """
    heard = _heard.get()
    heard = [] if heard is None else heard
    named, listening = _act.set(act), _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(listening)
        _act.reset(named)


def hear(exchange: Exchange) -> None:
    """Hand a request to whoever collects those of this thread."""
    heard = _heard.get()
    if heard is not None and len(heard) < MOST:
        heard.append(replace(exchange, act=_act.get()))
