"""When to leave a provider alone: a breaker shared by all processes, and a pace."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import ClassVar

from django.core.cache import cache
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

FAILURES = 5
PAUSE, LONGEST = 30.0, 300.0
# How long a probe may take before another one is let through.
PROBE = 30.0
# How long a process goes by what it read last.
MEMORY = 1.0
KEPT = 3_600
# What says that a provider is down, or wants to be left alone.
OUTAGES = frozenset(
    {"unreachable", "timeout", "outcome_unknown", "server_error", "rate_limited"}
)
CACHE_AWAY = (DatabaseError, RedisError, OSError)

log = logging.getLogger(__name__)
Clock = Callable[[], float]


@dataclass(frozen=True)
class State:
    """What all processes know of one key; by default that all is well.

    `pause` is 0 while calls are let through, else the seconds up to `until`, which is
    in the clock time of the process that wrote it.
    """

    failures: int = 0
    openings: int = 0
    until: float = 0.0
    pause: float = 0.0


WELL = State()


@dataclass
class Memo:
    """What one process remembers of a key; times are by its own steady clock."""

    state: State = WELL
    look: float = 0.0
    closed_to: float = 0.0
    probed_to: float = 0.0


class Circuit:
    """The breaker for one key, as a provider's name with its account.

    Five outages in a row open it for 30 s, each failed probe for twice as long, up to
    five minutes; a Retry-After for as long as it says. After that a single call is let
    through as a probe, and its success closes the circuit for everybody. While the
    cache is away each process goes by what it knows itself.
    """

    _memos: ClassVar[dict[str, Memo]] = {}
    _lock: ClassVar = threading.Lock()

    def __init__(
        self,
        key: str,
        *,
        memos: dict[str, Memo] | None = None,
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self.key = f"circuit:{key}"
        self.clock, self.wall = clock, wall
        found = self._memos if memos is None else memos
        self.memo = found.setdefault(self.key, Memo())

    def check(self) -> float | None:
        """Return None if one call may go, else the seconds to wait.

        None from an open circuit is the probe: a call must follow, and be reported.
        """
        self._look()
        now, memo = self.clock(), self.memo
        if not memo.state.pause:
            return None
        if now < memo.closed_to:
            return memo.closed_to - now
        if now < memo.probed_to:
            return min(memo.probed_to - now, MEMORY)
        # A new name each time: adding is only atomic where nothing was before.
        turn = int((now - memo.closed_to) // PROBE)
        ours = self._add(f"{self.key}:{memo.state.until}:{turn}")
        memo.probed_to = now + (PROBE if ours else MEMORY)
        return None if ours else MEMORY

    @property
    def is_open(self) -> bool:
        """Say whether no call may go now; asking is no probe."""
        self._look()
        return bool(self.memo.state.pause) and self.clock() < self.memo.closed_to

    def grant(self, wanted: int) -> int:
        """Return how many of the wanted calls may go now: all, one as a probe, none."""
        self._look()
        if not self.memo.state.pause:
            return wanted
        return int(wanted > 0 and self.check() is None)

    def success(self) -> None:
        """Report an answer; costs nothing while all is well."""
        self._look()
        # What was sent before the circuit opened proves nothing.
        if self.memo.state != WELL and self.clock() >= self.memo.closed_to:
            self._write(WELL)

    def close(self) -> None:
        """Let calls go again, whatever has happened: somebody knows better."""
        self._write(WELL)

    def failure(self, retry_after: float | None = None) -> None:
        """Report an outage, with the seconds that the provider asked for, if it did."""
        self._remember(self._read())
        state, asked = self.memo.state, retry_after or 0.0
        if (left := self.memo.closed_to - self.clock()) > 0:
            if asked > left:
                self._open(state.failures, state.openings, asked)
            return
        failures, openings, pause = state.failures + 1, state.openings, 0.0
        if failures >= FAILURES:
            pause = min(PAUSE * 2**openings, LONGEST)
            openings = min(openings + 1, 9)
        self._open(failures, openings, max(pause, asked))

    def _open(self, failures: int, openings: int, pause: float) -> None:
        until = self.wall() + pause if pause else 0.0
        self._write(State(failures, openings, until, pause))
        if pause:
            log.warning("%s: no calls for %d s", self.key, pause)

    def _look(self) -> None:
        """Read what the others know, once a second at most."""
        now = self.clock()
        with self._lock:
            if now < self.memo.look:
                return
            self.memo.look = now + MEMORY
        self._remember(self._read())

    def _remember(self, state: State) -> None:
        with self._lock:
            if state.until != self.memo.state.until:
                # Another machine's clock may be wrong; its pause is not.
                left = min(state.until - self.wall(), state.pause)
                self.memo.closed_to = self.clock() + left
                self.memo.probed_to = 0.0
            self.memo.state = state

    def _read(self) -> State:
        try:
            known = cache.get(self.key)
        except CACHE_AWAY:
            log.warning("%s: the cache cannot be read", self.key, exc_info=True)
            return self.memo.state
        return State(*known) if known else WELL

    def _write(self, state: State) -> None:
        self._remember(state)
        try:
            if state == WELL:
                cache.delete(self.key)
            else:
                cache.set(self.key, astuple(state), state.pause + KEPT)
        except CACHE_AWAY:
            log.warning("%s: the cache cannot be written", self.key, exc_info=True)

    def _add(self, name: str) -> bool:
        try:
            return cache.add(name, True, KEPT)
        except CACHE_AWAY:
            log.warning("%s: the cache cannot be written", self.key, exc_info=True)
            return True


class Pace:
    """A bucket of permissions, `rate` a second; full, it holds `burst` of them."""

    def __init__(
        self, rate: float, burst: float | None = None, *, clock: Clock = time.monotonic
    ) -> None:
        self.rate = rate
        self.burst = max(rate if burst is None else burst, 1.0)
        self.clock = clock
        self._held, self._since = self.burst, clock()
        self._lock = threading.Lock()

    def keep(self, rate: float) -> None:
        """Go on at another rate; costs nothing where it is the same."""
        if rate != self.rate:
            with self._lock:
                self.rate, self.burst = rate, max(rate, 1.0)

    def take(self, wanted: int = 1) -> int:
        """Take as many permissions as there are, up to `wanted`; return how many."""
        with self._lock:
            now = self.clock()
            self._held += (now - self._since) * self.rate
            self._held, self._since = min(self._held, self.burst), now
            taken = max(min(wanted, int(self._held)), 0)
            self._held -= taken
            return taken


class Quota:
    """Calls that all processes may make together: so many in any so many seconds.

    `calls` is two or more. Time goes in short windows, each with so many places that
    no run of them holds too many; a call takes a place by its name, which only one can
    add. The clocks of all machines should agree. While the cache is away, the
    provider's own refusals serve.
    """

    def __init__(
        self,
        key: str,
        calls: int,
        seconds: float,
        *,
        clock: Clock = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.key = f"quota:{key}"
        # Short, but long enough for one place at least.
        self.window = max(min(seconds / 5, 1.0), seconds / (calls - 1))
        self.seconds = seconds
        # As many windows as a span of these seconds can touch share the calls.
        self.places = int(calls * self.window / (seconds + self.window) + 1e-9)
        self.clock, self.sleep = clock, sleep

    def take(self) -> float:
        """Take a place now and return 0, or return the seconds to the next window."""
        now = self.clock()
        number = int(now // self.window)
        names = [f"{self.key}:{number}:{place}" for place in range(self.places)]
        try:
            taken = cache.get_many(names)
            free = [name for name in names if name not in taken]
            random.shuffle(free)  # so that not all reach for the same
            if any(cache.add(name, True, self.seconds + 60) for name in free[:3]):
                return 0.0
        except CACHE_AWAY:
            log.warning("%s: the cache is away", self.key, exc_info=True)
            return 0.0
        return max((number + 1) * self.window - now, 0.0) + 0.001

    def wait(self, longest: float = 60.0) -> bool:
        """Wait for a place, and take it; False when none came free for so long."""
        until = self.clock() + longest
        while left := self.take():
            if self.clock() + left > until:
                return False
            # Not all at once when the window opens.
            self.sleep(left + random.uniform(0, self.window / 2))  # noqa: S311  # nosec B311
        return True
