"""What is being done right now, and by whom: what every note of it bears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver


@dataclass
class Act:
    """One request, or one command, from its beginning to its end.

    `facts` tells what is known of it by now: user, who, token, address, data.
    """

    facts: Callable[[], dict[str, Any]]
    noted: bool = False
    made: dict[str, models.Model] = field(default_factory=dict)


_acting: ContextVar[Act | None] = ContextVar("acting", default=None)


def acting() -> Act | None:
    """Return what is being done in this thread; None outside of both."""
    return _acting.get()


@contextmanager
def act(facts: Callable[[], dict[str, Any]]) -> Iterator[Act]:
    """Let what is noted meanwhile bear these facts."""
    token = _acting.set(one := Act(facts))
    try:
        yield one
    finally:
        _acting.reset(token)


@receiver(post_save, dispatch_uid="imaging.acts")
def remember_made(instance: models.Model, created: bool, **_how: Any) -> None:
    """Keep the first thing of each kind that an act has made: its subject."""
    if created and (now := acting()):
        now.made.setdefault(instance._meta.model_name or "", instance)
