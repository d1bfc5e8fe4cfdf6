"""One generation of django-q2's processes: those that share queues live together.

A process that dies by a signal may take a queue's lock with it, and the others would
wait for good. So they all leave: running tasks finish, what nobody began is returned.
"""

import ctypes
import logging
import math
import multiprocessing
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections
from django_q.cluster import Sentinel
from django_q.conf import Conf
from django_q.worker import worker
from redis.exceptions import RedisError

from imaging.cluster.inbox import Inbox, Leave, hand_back

Beat = Callable[[str], None]

GRACE = 10.0  # seconds in which running tasks may finish
LAST_WORDS = 2.0  # seconds in which a process that has no task left must end
BEAT = 5.0
ENDING = (0, -2)  # what a worker's timer says when it timed out or was recycled
OUTAGE = (OSError, DatabaseError, RedisError)
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15

logger = logging.getLogger("imaging.cluster")
fork = multiprocessing.get_context("fork")


def follow(parent: int, name: str, by: int) -> None:
    """Name this process, and have the kernel end it by a signal with its parent."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NAME, name.encode())
        libc.prctl(PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def close_connections() -> None:
    """Close what forked processes must not share: sockets, and a pool's threads."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def epitaph(process: Any) -> str:
    """Say which process ended, and how."""
    code = process.exitcode
    by = Conf.SIGNAL_NAMES.get(-code, f"signal {-code}")
    how = f"was ended by {by}" if code < 0 else f"ended with code {code}"
    return f"{process.name} process {process.pid} {how}"


def await_end(processes: Iterable[Any], seconds: float) -> None:
    """Tell all these to end, wait until they have, kill those that live longer."""
    until = monotonic() + seconds
    while living := [process for process in processes if process.is_alive()]:
        left = until - monotonic()
        for process in living:
            # Told more than once: a signal just before a blocking call is not heard.
            process.terminate() if left > 0 else process.kill()
        wait([process.sentinel for process in living], min(max(left, 0.05), 0.5))


def run_child(parent: int, target: Callable[..., None], *args: Any) -> None:
    """Be a worker, pusher or monitor: `target` is django-q2's function for it."""
    inbox = args[0] if isinstance(args[0], Inbox) else None
    signal.signal(signal.SIGTERM, inbox.leave if inbox else signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    follow(parent, target.__name__, signal.SIGKILL)
    with suppress(Leave):
        target(*args)


class Generation(Sentinel):
    """Workers, pusher and monitor that share queues, and so begin and end together.

    It runs in a process and a process group of its own. What the workers start
    (decoders, fork servers) belongs to the group too, and ends with it.
    """

    def __init__(self, queue: str, beat: Beat, link: Connection) -> None:
        super().__init__(None, None, uuid.uuid4(), start=False)
        self.task_queue = Inbox(self.broker, Conf.QUEUE_LIMIT or 0)
        self.queue, self.beat, self.link = queue, beat, link
        self.expired: dict[int, float] = {}
        self.looked = self.beaten = -math.inf
        self.silent = False

    def start(self) -> None:
        self.broker.ping()
        for _ in range(self.pool_size):
            self.spawn_worker()
        self.monitor = self.spawn_monitor()
        self.pusher = self.spawn_pusher()

    def spawn_process(self, target: Callable[..., None], *args: Any) -> Any:
        """Fork a child; not a daemonic one, for these may have no children."""
        close_connections()
        process: Any = fork.Process(
            target=run_child, name=target.__name__, args=(os.getpid(), target, *args)
        )
        if target is worker:
            process.timer = args[2]
            self.pool.append(process)
        # SIGTERM waits until the child has its own handler.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return process

    def guard(self) -> None:
        """Watch until something is amiss, or until the guard says to leave."""
        while not (fault := self.fault()):
            self.mourn()
            self.tell()
            family = [*self.pool, self.pusher, self.monitor]
            doors = [self.link, *(process.sentinel for process in family)]
            if self.link in wait(doors, Conf.GUARD_CYCLE):
                break
        self.link.send(fault)

    def mourn(self, *_: object) -> None:
        """End the whole group when the guard is dead."""
        if os.getppid() != self.parent_pid:
            os.killpg(0, signal.SIGKILL)

    def tell(self) -> None:
        """Send the heartbeat when it is due; an outage of its store stops nothing."""
        if monotonic() - self.beaten < BEAT:
            return
        self.beaten = monotonic()
        try:
            self.beat(self.queue)
            self.silent = False
        except OUTAGE as error:
            if not self.silent:
                logger.warning("Queue %s: no heartbeat: %s", self.queue, error)
            self.silent = True

    def fault(self) -> str:
        """Replace those who left as they should; name what ends this generation."""
        now = monotonic()
        elapsed, self.looked = min(now - self.looked, Conf.GUARD_CYCLE), now
        for process in [*self.pool, self.pusher, self.monitor]:
            if not process.is_alive():
                if not self.may_leave(process):
                    return epitaph(process)
                self.reincarnate(process)
            elif process in self.pool and self.is_overdue(process, elapsed):
                process.kill()
                return f"worker process {process.pid} hung past its task's time limit"
        return ""

    def may_leave(self, process: Any) -> bool:
        """Tell recycled and timed-out workers, and a pusher that lost its broker."""
        if process.exitcode or process is self.monitor:
            return False
        # Read without its lock, which the dead may hold.
        return process is self.pusher or process.timer.get_obj().value in ENDING

    def reincarnate(self, process: Any) -> None:
        if process is self.pusher:
            self.pusher = self.spawn_pusher()
        else:
            self.pool.remove(process)
            self.spawn_worker()
        self.expired.pop(process.pid, None)
        process.close()

    def is_overdue(self, process: Any, elapsed: float) -> bool:
        """Count a busy worker's time; say whether it should have ended by now."""
        timer = process.timer
        if not timer.get_lock().acquire(timeout=0.1):
            return False
        try:
            if timer.value > 0:
                timer.value = max(timer.value - elapsed, 0)
            if timer.value not in ENDING:
                self.expired.pop(process.pid, None)
                return False
        finally:
            timer.get_lock().release()
        since = self.expired.setdefault(process.pid, monotonic())
        return monotonic() - since > LAST_WORDS

    def stop(self) -> None:
        """Let running tasks finish, save their results, hand back what nobody began."""
        until = monotonic() + GRACE
        if self.pusher.is_alive():
            self.event_out.set()
        for process in self.pool:
            process.terminate()
        await_end([self.pusher], LAST_WORDS)
        await_end(self.pool, until - monotonic())
        self.result_queue.put("STOP")
        await_end([self.monitor], LAST_WORDS)
        # No other reader lives; the lock may have died with one of them.
        reader = self.task_queue._reader
        while reader.poll():
            hand_back(reader.recv(), self.broker)


def run_generation(parent: int, queue: str, beat: Beat, link: Connection) -> None:
    """Be the sentinel process: one generation, from its beginning to its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        generation = Generation(queue, beat, link)
        generation.parent_pid = parent
        signal.signal(signal.SIGTERM, generation.mourn)
        follow(parent, "sentinel", signal.SIGTERM)
        generation.start()
        generation.guard()
        generation.stop()
        code = 0
    except OUTAGE as error:
        with suppress(OSError):
            link.send(f"{type(error).__name__}: {error}")
    except Exception:
        logger.exception("Queue %s: its sentinel failed.", queue)
    finally:
        sys.stderr.flush()
        # Not sys.exit: multiprocessing would wait for every child that still lives.
        os._exit(code)
