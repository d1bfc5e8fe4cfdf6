"""Which processes lack, as every page wants to know it: looked up every few seconds."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from imaging import providers
from imaging.models import Heartbeat, Stage, Task
from imaging.models.states import ACTS

# So many seconds a process of the site goes by what it saw last.
MEMORY = 5.0
MOST_TEAMS = 1_000


@dataclass(frozen=True)
class Silent:
    """A process of which nothing was heard for too long."""

    kind: str
    host: str
    at: datetime


@dataclass(frozen=True)
class Lack:
    """The kinds of process that run nowhere, and what fell silent on some host."""

    missing: tuple[str, ...] = ()
    silent: tuple[Silent, ...] = ()

    @property
    def elsewhere(self) -> list[Silent]:
        """Return the silent ones whose work another host still does."""
        return [one for one in self.silent if one.kind not in self.missing]

    def __bool__(self) -> bool:
        return bool(self.missing or self.silent)


def lacking() -> Lack:
    """Look up what lacks now (two queries)."""
    rows = Heartbeat.objects.silent().order_by("kind", "host")[:100]
    silent = tuple(Silent(row.kind, row.host, row.at) for row in rows)
    return Lack(tuple(Heartbeat.objects.missing()), silent)


@dataclass
class Memory:
    """What this process of the site saw last; only one thread looks again."""

    lack: Lack = field(default_factory=Lack)
    teams: dict[uuid.UUID, bool] = field(default_factory=dict)
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> Lack:
        if time.monotonic() >= self.until and self.lock.acquire(blocking=False):
            try:
                self.remember(lacking())
            finally:
                self.lock.release()
        return self.lack

    def remember(self, lack: Lack, seconds: float | None = None) -> None:
        self.lack, self.teams = lack, {}
        self.until = time.monotonic() + (MEMORY if seconds is None else seconds)

    def keeps_waiting(self, team: uuid.UUID) -> bool:
        """Say whether a team has work that nobody does because a process lacks."""
        if not self.look().missing:
            return False
        if team not in self.teams and len(self.teams) < MOST_TEAMS:
            self.teams[team] = is_kept_waiting(team, self.lack.missing)
        return self.teams.get(team, False)


memory = Memory()


def is_kept_waiting(team: uuid.UUID, missing: tuple[str, ...]) -> bool:
    """Say whether a team has open tasks whose next act a missing process does."""
    engines = [one.key for one in providers.providers() if one.queue == "engine"]
    here = Q(provider__in=engines)
    acts = {
        "engine": here & Q(stage__in=ACTS["submit"]),
        "worker": (~here & Q(stage__in=ACTS["submit"])) | Q(stage__in=ACTS["fetch"]),
        "watch": Q(stage=Stage.REMOTE),
    }
    held = Q()
    for kind in missing:
        held |= acts[kind]
    return Task.objects.open().filter(held, team=team).exists()
