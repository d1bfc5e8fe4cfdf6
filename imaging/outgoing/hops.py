"""Which installations an order has passed, so that none gets its own work back.

Each call to a provider names them in one header. A Darkroom that finds itself in it
refuses: without that, two that are each other's provider would go round for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.conf import settings

HEADER = "Darkroom-Hops"
# No honest order passes so many.
MOST = 8

_passed: ContextVar[str] = ContextVar("passed", default="")


@cache
def _name_of(secret: str) -> str:
    return hashlib.sha256(f"darkroom hops {secret}".encode()).hexdigest()[:16]


def own_name() -> str:
    """Return what this installation is called here: the same in all its processes."""
    return _name_of(settings.SECRET_KEY)


@contextmanager
def carried_on(hops: str) -> Iterator[None]:
    """Name these installations, too, in every call that is made in the block."""
    token = _passed.set(hops)
    try:
        yield
    finally:
        _passed.reset(token)


def passed() -> str:
    """Return the value of the header for a call that is made now."""
    return ",".join(filter(None, [_passed.get(), own_name()]))


def is_loop(hops: str) -> bool:
    """Say whether an order with this header has been here, or has gone too far."""
    names = [name.strip() for name in hops.split(",") if name.strip()]
    return own_name() in names or len(names) > MOST
