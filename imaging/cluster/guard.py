"""The guarded cluster: a generation of workers, and another when one is killed."""

import gc
import logging
import math
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from django_q.conf import Conf

from imaging.cluster.generation import (
    GRACE,
    LAST_WORDS,
    Beat,
    close_connections,
    epitaph,
    fork,
    run_generation,
)

PAUSE, LONGEST_PAUSE = 0.5, 5.0
STEADY = 30.0  # a generation that lived this long did not fall in a crash loop

logger = logging.getLogger(__name__)


def run(queue: str, beat: Beat) -> None:
    """Work on a queue until SIGTERM or SIGINT; call `beat(queue)` every 5 s meanwhile.

    Returns within GRACE and a few seconds, whatever state the workers are in.
    """
    # Ignored by whoever started us, it would hide how our children end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # What is frozen is not touched by the collector: forked pages stay shared.
    gc.collect()
    gc.freeze()
    Guard(queue, beat).run()


@dataclass
class Shift:
    """A generation as the guard sees it."""

    process: Any
    link: Connection
    born: float
    fault: str = ""
    until: float = math.inf

    def dismiss(self) -> None:
        """Tell it to leave, and give it a limited time."""
        with suppress(OSError):
            self.link.send("leave")
        self.until = min(self.until, monotonic() + GRACE + 2 * LAST_WORDS)

    def has_ended(self) -> bool:
        """Hear what it says, end it when its time is up, and clear up behind it."""
        if not self.fault and self.link.poll():
            with suppress(EOFError, OSError):
                self.fault = self.link.recv()
                self.dismiss()
        if monotonic() > self.until:
            self.process.kill()
        if self.process.is_alive():
            return False
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.fault = self.fault or epitaph(self.process)
        self.link.close()
        return True


class Guard:
    """The top process: it waits, forks and kills, and can therefore not hang itself."""

    def __init__(self, queue: str, beat: Beat) -> None:
        self.queue, self.beat = queue, beat
        self.shifts: list[Shift] = []
        self.stopping = False
        self.pause = PAUSE

    def halt(self, *_: object) -> None:
        self.stopping = True

    def run(self) -> None:
        """Keep one generation at work; while an old one leaves, a new one begins."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.halt)
        reason = ""
        while not self.stopping:
            shift = self.begin(reason)
            while not (self.stopping or shift.fault):
                self.tend()
            reason = shift.fault
            self.rest(shift)
        for shift in self.shifts:
            shift.dismiss()
        while self.shifts:
            self.tend()
        logger.info("Queue %s: stopped.", self.queue)

    def begin(self, reason: str) -> Shift:
        """Fork a generation."""
        close_connections()
        link, far_end = fork.Pipe()
        args = (os.getpid(), self.queue, self.beat, far_end)
        process = fork.Process(target=run_generation, name="sentinel", args=args)
        process.start()
        far_end.close()
        shift = Shift(process, link, monotonic())
        self.shifts.append(shift)
        if reason:
            message = "Queue %s: %d workers started again: %s."
            logger.warning(message, self.queue, Conf.WORKERS, reason)
        else:
            logger.info("Queue %s: %d workers started.", self.queue, Conf.WORKERS)
        return shift

    def tend(self) -> None:
        """Wait a moment for something to happen, and see who has ended."""
        doors: list[Any] = [shift.process.sentinel for shift in self.shifts]
        doors += [shift.link for shift in self.shifts if shift.until == math.inf]
        wait(doors, 0.2)
        self.shifts = [shift for shift in self.shifts if not shift.has_ended()]

    def rest(self, shift: Shift) -> None:
        """Pause before the next begins: longer each time in a crash loop."""
        if monotonic() - shift.born > STEADY:
            self.pause = PAUSE
        until = monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        while not self.stopping and monotonic() < until:
            self.tend()
