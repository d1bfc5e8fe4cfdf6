"""The poll loop (`manage.py watch`): every task that is at a provider, no worker held.

One loop asks for all due tasks, each account at its provider's pace, in threads that
only talk to the provider; the database is written by the loop alone.
"""

from __future__ import annotations

import logging
import queue
import random
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F
from django_q.tasks import async_task
from redis.exceptions import RedisError

from imaging import clock, faults, providers
from imaging.background.acts import tell_cancelled
from imaging.background.jobs import entered, job_of, ticket_of
from imaging.background.lanes import ROOM, Lane, lane_of
from imaging.background.outcomes import change_quietly, end_quietly, fail, give_up
from imaging.background.runs import Runs
from imaging.background.sweeping import sweep
from imaging.background.turns import give_turns
from imaging.failures import ProviderError, Superseded
from imaging.models import ProviderAccount, ProviderControl, Stage, State, Task
from imaging.models.leases import LEASE, identity
from imaging.models.states import MAX_STARTS
from imaging.outgoing.exchange import Exchange, overhearing
from imaging.providers.accounts import Account
from imaging.providers.base import Progress, Provider
from imaging.providers.circuit import Circuit
from imaging.reporting.logs import task_id
from imaging.upkeep import beat, part
from imaging.wakeup import wake

log = logging.getLogger(__name__)
TICK = 0.2
SWEEP_EVERY = 5.0
PRUNE_EVERY = 3_600.0
BEAT_EVERY = 5.0
# What the operator sets counts after so many seconds.
STEER_EVERY = 1.0
# After an outage of the database or of Redis.
PAUSE = 2.0
AWAY = (InterfaceError, OperationalError, RedisError, OSError)
OUTAGE = (DatabaseError, *AWAY)


def wait_of(task: Task) -> timedelta:
    """Return how long to wait before asking again: the provider's pace, spread."""
    pace = providers.get(task.provider).pace_after(task.polls)
    return timedelta(seconds=pace * random.choice((0.9, 0.95, 1.0)))  # noqa: S311  # nosec B311


def shown(task: Task, progress: Progress) -> int | None:
    """Return the percentage to show: it never falls, and 100 is for what is here."""
    if progress.percent is None:
        return task.progress
    return max(min(progress.percent, 99), task.progress or 0)


Polled = tuple[Lane, Task, Account | None]


@dataclass(frozen=True)
class Answer:
    """What came of one poll."""

    task: Task
    account: Account | None
    progress: Progress | None = None
    error: BaseException | None = None
    heard: tuple[Exchange, ...] = ()

    @property
    def lane(self) -> str:
        return lane_of(self.task, self.account)


class Watcher:
    """Polls, sweeps and prunes until `stop` is set."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.lanes: dict[str, Lane] = {}
        self.runs = Runs()
        self.swept = self.pruned = self.beaten = self.steered = 0.0
        self.rates: dict[str, float] = {}
        self.scratch = Path(tempfile.gettempdir())

    def run(self) -> None:
        """Go round until told to stop; a store that is away is waited for."""
        while not self.stop.is_set():
            try:
                self.turn()
            except OUTAGE as error:
                log.exception("%s; trying again", error)
                close_old_connections()
                self.stop.wait(PAUSE)
            self.stop.wait(TICK)
        for lane in self.lanes.values():
            lane.close()
        self.runs.write(everything=True)
        part("watch")

    def turn(self) -> None:
        """Do once whatever is due."""
        clock.agree()
        self.take_answers()
        now = time.monotonic()
        if now - self.steered > STEER_EVERY:
            self.steered = now
            self.steer()
        self.ask()
        self.runs.write()
        if now - self.swept > SWEEP_EVERY:
            self.swept = now
            close_old_connections()
            self.keep_leases()
            sweep()
        if now - self.pruned > PRUNE_EVERY:
            self.pruned = now
            self.close_idle_lanes()
            async_task("imaging.upkeep.prune", cluster="worker")
        if now - self.beaten > BEAT_EVERY:
            self.beaten = now
            beat("watch")

    def steer(self) -> None:
        """Go by what the operator has set: the rates, and whose turn it is."""
        controls = list(ProviderControl.objects.all())
        self.rates = {one.provider: one.rate for one in controls if one.rate}
        for one in controls:
            if one.gives_turns:
                give_turns(one.provider)

    def ask(self) -> None:
        """Hand every due task to a thread, as far as pace and circuit allow."""
        claimed: list[Polled] = []
        # Mostly nothing is due, and of few providers: one question tells of all.
        due = set(Task.objects.due("poll").values_list("provider", flat=True))
        try:
            for provider in providers.providers():
                if provider.key in due:
                    claimed += self.claim_due(provider)
        finally:
            # Last of all, so that what they write meets no reading of ours.
            for lane, task, account in claimed:
                lane.pool.submit(self.poll, task, account)

    def claim_due(self, provider: providers.Provider) -> list[Polled]:
        """Claim what is due at one provider, each task in the lane of its account."""
        due = Task.objects.filter(provider=provider.key).due("poll")
        waiting = list(due.first_of_each_team(ROOM).select_related("team"))
        accounts = ProviderAccount.objects.at(provider, {one.team for one in waiting})
        asking = defaultdict(list)
        for task in waiting:
            asking[lane_of(task, accounts.get(task.team_id))].append(task.pk)
        granted: list[object] = []
        for key, pks in asking.items():
            granted += pks[: self.lane(key, provider).grant(len(pks))]
        found = []
        if claimed := self.claim(granted):
            faults.reach("poll-claimed")
        for task in claimed:
            account = accounts.get(task.team_id)
            lane = self.lane(lane_of(task, account), provider)
            lane.note(task.pk)
            found.append((lane, task, account))
        return found

    @staticmethod
    def claim(pks: list[object]) -> list[Task]:
        """Lease these tasks, in one statement; return the ones that are ours."""
        if not pks:
            return []
        chosen = Task.objects.filter(pk__in=pks)
        if not chosen.due("poll").take(polls=F("polls") + 1, starts=F("starts") + 1):
            return []
        ours = chosen.filter(lease_owner=identity(), stage=Stage.REMOTE).held()
        return list(ours.select_related("image__blob", "team", "subject"))

    def poll(self, task: Task, account: Account | None) -> None:
        """Ask the provider how one task is doing (in a thread)."""
        task_id.set(str(task.pk))
        with overhearing("poll") as heard:
            progress = error = None
            try:
                progress = self.progress_of(task, account)
            except BaseException as caught:  # noqa: BLE001
                error = caught
            finally:
                # A client may have saved its ticket; threads must not keep connections.
                connection.close()
            self.answers.put(Answer(task, account, progress, error, tuple(heard)))

    def progress_of(self, task: Task, account: Account | None) -> Progress | None:
        """Ask the provider; None where it was told that nobody wants it any more."""
        provider = providers.get(task.provider)
        job, ticket = job_of(task, entered(account), self.scratch), ticket_of(task)
        if task.cancel_asked:
            tell_cancelled(provider, job, ticket)
            return None
        return provider.poll(job, ticket)

    def take_answers(self) -> None:
        """Write down everything the threads have learned since the last turn."""
        answers = []
        with suppress(queue.Empty):
            while True:
                answers.append(self.answers.get_nowait())
        if not answers:
            return
        for answer in answers:
            if lane := self.lanes.get(answer.lane):
                lane.asked.pop(answer.task.pk, None)
        # Always in one order, so that two of these cannot wait for each other.
        answers.sort(key=lambda answer: answer.task.batch_id)
        # One for all: each transaction waits for the disk, and for its turn.
        with transaction.atomic():
            news = [answer for answer in answers if self.note_alone(answer)]
            noted = {id(answer) for answer in news}
            self.postpone([one.task for one in answers if id(one) not in noted])
        if news:
            faults.reach("answers-committed")
        for answer in answers:
            over = answer.task.stage != Stage.REMOTE
            self.runs.note(answer.task, answer.heard, last=over)

    def note_alone(self, answer: Answer) -> bool:
        """Write down one answer; if that cannot be done, spoil no other."""
        before = task_id.set(str(answer.task.pk))
        try:
            with transaction.atomic():
                return self.note(answer)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001
            self.note_bug(answer.task, error)
            return True
        finally:
            task_id.reset(before)

    def note(self, answer: Answer) -> bool:
        """Write down one answer; False when it brings nothing new."""
        task, progress = answer.task, answer.progress
        if isinstance(answer.error, ProviderError):
            fail(task, answer.error, answer.account)
            return True
        if answer.error is None and progress:
            Circuit(answer.lane).success()
        if answer.error is not None:
            self.note_bug(task, answer.error)
        elif progress is None:
            end_quietly(task, State.CANCELLED, code="cancelled")
        elif progress.done:
            self.finish(task)
        elif task.message or shown(task, progress) != task.progress:
            self.advance(task, progress)
        else:
            return False
        return True

    def finish(self, task: Task) -> None:
        """Have a worker fetch what is ready."""
        with suppress(Superseded), transaction.atomic():
            task.next_act(Stage.READY, message="", hint="", code="")
            wake("fetch", task.pk)

    def advance(self, task: Task, progress: Progress) -> None:
        """Show how far the provider has come; a bar never goes back."""
        change_quietly(
            task,
            progress=shown(task, progress),
            due=clock.now() + wait_of(task),
            lease_until=None,
            starts=0,
            tries=0,
            message="",
            hint="",
            code="",
        )

    @staticmethod
    def note_bug(task: Task, error: BaseException) -> None:
        """Note a failure that is ours and ask again later, a few times."""
        log.error("task %s: poll failed", task.pk, exc_info=error)
        if task.starts >= MAX_STARTS:
            give_up(task)
            return
        later = clock.now() + timedelta(seconds=5)
        change_quietly(task, event="interrupted", due=later, lease_until=None)

    @staticmethod
    def postpone(tasks: list[Task]) -> None:
        """Plan the next poll of tasks with no news: one statement per waiting time."""
        waits = defaultdict(list)
        for task in tasks:
            waits[wait_of(task)].append(task.pk)
        for wait, pks in waits.items():
            ours = Task.objects.filter(pk__in=pks, lease_owner=identity())
            ours.filter(stage=Stage.REMOTE).update(
                due=clock.now() + wait, lease_until=None, starts=0, tries=0
            )

    def keep_leases(self) -> None:
        """Renew the leases of polls that a slow provider has not answered yet."""
        pks = [pk for lane in self.lanes.values() for pk in lane.asked]
        if pks:
            ours = Task.objects.filter(pk__in=pks, lease_owner=identity())
            ours.update(lease_until=clock.now() + LEASE)

    def lane(self, key: str, provider: Provider) -> Lane:
        rate = self.rates.get(provider.key, provider.rate)
        if key not in self.lanes:
            self.lanes[key] = Lane(key, rate)
        self.lanes[key].pace.keep(rate)
        return self.lanes[key]

    def close_idle_lanes(self) -> None:
        """Let go of the threads of accounts that are asked nothing now."""
        for key in [key for key, lane in self.lanes.items() if not lane.asked]:
            self.lanes.pop(key).close()
