"""The acts of a task: it is sent to its provider, and brought here when it is done."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from imaging import clock, faults
from imaging.background.jobs import entered, job_of, provider_of, ticket_of
from imaging.background.outcomes import crashed, end_quietly, fail, give_up
from imaging.background.storing import store
from imaging.background.turns import give_turns
from imaging.failures import Cancelled, ProviderError, Superseded
from imaging.models import (
    ProviderAccount,
    ProviderControl,
    Stage,
    State,
    Task,
    TaskRequest,
)
from imaging.models.leases import LeaseKeeper
from imaging.models.states import MAX_STARTS
from imaging.outage import outage_of
from imaging.outgoing.exchange import overhearing
from imaging.outgoing.hops import carried_on
from imaging.pictures import Refused
from imaging.providers.accounts import Account
from imaging.providers.base import Job, Provider, Ticket
from imaging.reporting.logs import of_task

log = logging.getLogger(__name__)
# Seconds after which a paused account is looked at again; resuming wakes at once.
PAUSED = 300.0
# The same of what the operator holds back, for all teams: that may be very many.
HELD_BACK = 3_600.0
Act = Callable[[Task, Provider, Job], None]


@of_task
def perform(pk: str, act: str, body: Act) -> None:
    """Claim a task for one act, do it, and write down how it ended.

    Whatever goes wrong is recorded; what is not a provider's failure is raised again.
    """
    clock.agree()
    task = Task.objects.claim(pk, act)
    if task is None:
        return
    faults.reach(f"{act}-claimed")
    with TaskRequest.objects.noting(task, act):
        carry_out(task, body)


def carry_out(task: Task, body: Act) -> None:
    """Do one act for a task that is ours, whatever comes of it."""
    began, account = time.monotonic(), None
    try:
        provider = provider_of(task.provider)
        account = entered(ProviderAccount.objects.of(task.team, provider))
        with carried_on(task.batch.hops), workbench(task, account) as job:
            if task.cancel_asked:
                tell_cancelled(provider, job, ticket_of(task))
                raise Cancelled
            try:
                body(task, provider, job)
            except Cancelled:
                tell_cancelled(provider, job, ticket_of(task))
                raise
    except Superseded:
        log.info("task %s was taken over by another process", task.pk)
    except Cancelled:
        end_quietly(task, State.CANCELLED, code="cancelled")
    except ProviderError as error:
        fail(task, error, account)
    except Refused as error:
        fail(task, unusable(error), account)
    except BaseException as error:
        if isinstance(error, OSError) and outage_of(error):
            fail(task, no_room(error), account)
            return
        crashed(task, error)
        raise
    finally:
        if task.queue == "engine":
            Task.objects.filter(pk=task.pk).update(
                engine_seconds=F("engine_seconds") + time.monotonic() - began
            )
        give_turns(task.provider)


def tell_cancelled(provider: Provider, job: Job, ticket: Ticket) -> None:
    """Tell the provider to stop, if it has the job; the task ends in any case."""
    try:
        if ticket:
            with overhearing("cancel"):
                provider.cancel(job, ticket)
    except ProviderError as error:
        log.warning("task %s: not cancelled at the provider: %s", job.id, error)


def no_room(error: OSError) -> ProviderError:
    """Say that this machine's disk is full: what is done goes on when there is room."""
    message = f"There is no room on the server's disk ({error.strerror})."
    hint = "Ask the operator to make room, then retry."
    return ProviderError(message, "no_room", hint=hint)


def unusable(refused: Refused) -> ProviderError:
    """Say why a result cannot be stored."""
    if refused.code == "storage_full":
        hint = "Make room, then retry: the job is not paid again."
        return ProviderError(refused.message, refused.code, permanent=True, hint=hint)
    sentence = f"The provider's result cannot be used: {refused.message}"
    hint = (
        "Retry fetches it once more and pays nothing. If it stays like this, start "
        "anew from the picture's page, and tell the provider."
    )
    return ProviderError(sentence, "bad_result", permanent=True, hint=hint)


def send(task: Task, provider: Provider, job: Job) -> None:
    """Let the provider begin; store at once what it made at once."""
    now = clock.now()
    deadline = task.deadline or now + timedelta(seconds=provider.deadline)
    if job.account.paused and not task.ticket:
        put_off(task, PAUSED, "Your team's account with this provider is paused.")
        return
    if wait := job.account.circuit.check():
        put_off(task, wait, deadline=deadline)
        return
    # Together: of two at once the second counts what the first has taken.
    with transaction.atomic():
        held = "" if task.ticket else ProviderControl.objects.hold_back(task)
        if held:
            put_off(task, HELD_BACK, held)
            return
        task.change(
            event="started",
            state=State.PROCESSING,
            stage=Stage.WORKING if provider.queue == "engine" else Stage.SENDING,
            began=task.began or now,
            deadline=deadline,
            message="",
        )
    outputs = provider.submit(job, ticket_of(task))
    job.account.circuit.success()
    faults.reach("submitted")
    if outputs is None:
        task.next_act(Stage.REMOTE, after=provider.pace)
    else:
        store(task, outputs)


def put_off(
    task: Task, seconds: float, why: str = "", deadline: datetime | None = None
) -> None:
    """Let a task wait of which nothing was begun: that counts as no start.

    An outage ends some day or the task does; a pause is as long as somebody wishes.
    """
    task.change(
        # A place at the provider is for those who may be sent.
        stage=task.stage if task.ticket else Stage.QUEUED,
        due=clock.now() + timedelta(seconds=seconds),
        lease_until=None,
        starts=task.starts - 1,
        deadline=deadline,
        message=why,
    )


def bring(task: Task, provider: Provider, job: Job) -> None:
    """Fetch what a finished job produced, and store it."""
    task.change(stage=Stage.FETCHING)
    outputs = provider.fetch(job, ticket_of(task))
    job.account.circuit.success()
    faults.reach("fetched")
    task.change(stage=Stage.STORING)
    store(task, outputs)


@contextmanager
def workbench(task: Task, account: Account) -> Iterator[Job]:
    """Lend a job everything it needs, and keep the lease while it works."""
    if task.starts > MAX_STARTS:
        give_up(task)
        raise Superseded
    with (
        tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as scratch,
        LeaseKeeper(Task.objects.filter(pk=task.pk, fence=task.fence)),
    ):
        yield job_of(task, account, Path(scratch), Showing(task))


class Showing:
    """Shows a task's progress, at most twice a second; stops what nobody wants."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.shown = 0.0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self.shown < 0.5:
            return
        self.shown = now
        mine = Task.objects.filter(pk=self.task.pk, fence=self.task.fence)
        asked = mine.values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise Superseded
        if asked:
            raise Cancelled
        # 100 is shown only when the result is stored here.
        percent = min(int(fraction * 100), 99)
        if percent > (self.task.progress or 0):
            self.task.change(progress=percent)
