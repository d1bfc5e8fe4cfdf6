"""What all processes share of one account: kept in the cache, made by one for all."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.cache import cache
from django.utils.translation import gettext as _

from imaging.failures import ProviderError
from imaging.providers.circuit import CACHE_AWAY

# How long one process makes what all need, while the others wait for it.
TURN = 30
LOOK = 0.2
Made = TypeVar("Made")


class Shared:
    """Values under one name, which tells nothing of what it is made of."""

    def __init__(self, *name: str) -> None:
        digest = hashlib.sha256(json.dumps(name).encode()).hexdigest()
        self.name = f"haut:{digest}"

    def get(self, what: str) -> Any:
        with needed():
            return cache.get(f"{self.name}:{what}")

    def set(self, what: str, value: str, seconds: int) -> None:
        with needed():
            cache.set(f"{self.name}:{what}", value, seconds)

    def claim(self, what: str, seconds: int) -> bool:
        """Say whether nobody has claimed this in so many seconds; now we have."""
        with needed():
            return bool(cache.add(f"{self.name}:{what}", 1, seconds))

    def drop(self, what: str) -> None:
        try:
            cache.delete(f"{self.name}:{what}")
        except CACHE_AWAY:
            # It ends by itself.
            return

    def made(self, look: Callable[[], Made | None], make: Callable[[], Made]) -> Made:
        """Return what there is; else make it, while all others wait for it."""
        until = time.monotonic() + TURN
        while True:
            if (found := look()) is not None:
                return found
            if self.claim("turn", TURN):
                try:
                    found = look()
                    return make() if found is None else found
                finally:
                    self.drop("turn")
            if time.monotonic() > until:
                said = _("Haut.AI takes long to answer another process of ours.")
                raise ProviderError(said, "busy", retry_after=5)
            time.sleep(LOOK)


@contextmanager
def needed() -> Iterator[None]:
    """Without the shared cache each picture would sign in by itself: better wait."""
    try:
        yield
    except CACHE_AWAY as error:
        said = _("The shared cache is away, and without it Haut.AI is not entered.")
        raise ProviderError(said, "cache_away") from error
