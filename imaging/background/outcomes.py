"""How an act ended that did not succeed: another try, a reason, giving up."""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import formats

from imaging import clock
from imaging.failures import ProviderError, Superseded
from imaging.models import State, Task
from imaging.models.states import MAX_STARTS, MAX_TRIES, PAID
from imaging.providers.accounts import Account
from imaging.providers.circuit import OUTAGES

log = logging.getLogger(__name__)
# The provider's job is good, only what came of it here is not: it is fetched again.
FETCHED_AGAIN = {"storage_full", "bad_result", "too_large"}
# What a person can do about trouble that may pass, once nobody tries any more.
LATER = (
    f"It was tried {MAX_TRIES} times. Retry later; if it stays like this, ask the "
    "provider or the operator."
)


def fail(task: Task, error: ProviderError, account: Account | None) -> None:
    """End the task with the provider's reason, or plan another try."""
    if account and error.code in OUTAGES:
        account.circuit.failure(error.retry_after)
    elif account:
        # Even a refusal shows that the provider is there.
        account.circuit.success()
    log.warning("task %s: %s (%s)", task.pk, error.message, error.code)
    said = {"code": error.code, "message": error.message, "hint": error.hint}
    # What is paid for is waited for while its provider is away, up to the deadline.
    patient = task.stage in PAID and error.code in OUTAGES
    if error.permanent or (task.tries + 1 >= MAX_TRIES and not patient):
        good = not error.permanent or error.code in FETCHED_AGAIN
        said["hint"] = error.hint or ("" if error.permanent else LATER)
        end_quietly(task, State.ERROR, resumes=good and task.is_paid, **said)
        return
    wait = error.retry_after or backoff(task.tries)
    change_quietly(
        task,
        event="will try again",
        due=clock.now() + timedelta(seconds=wait),
        lease_until=None,
        starts=0,
        tries=task.tries + 1,
        **said,
    )


def backoff(tries: int) -> float:
    """Return seconds to wait: doubling from 2 to 300, with full jitter above half."""
    longest = min(2.0 * 2 ** min(tries, 10), 300.0)
    return longest * random.uniform(0.5, 1)  # noqa: S311  # nosec B311


def crashed(task: Task, error: BaseException) -> None:
    """Note a failure that is ours; the sweep begins again, up to MAX_STARTS times."""
    log.exception("task %s: %s failed", task.pk, task.stage)
    change_quietly(
        task,
        event=f"interrupted: {type(error).__name__}",
        due=clock.now() + timedelta(seconds=backoff(task.starts)),
        lease_until=None,
    )


def give_up(task: Task) -> None:
    """End a task whose act began MAX_STARTS times and never came to an end."""
    end_quietly(
        task,
        State.ERROR,
        code="gave_up",
        message=f"This step was begun {MAX_STARTS} times and was cut off each time.",
        hint="Retry it; if it happens again, ask the operator to look at the log.",
        resumes=task.is_paid,
    )


def end_quietly(task: Task, state: State, **fields: Any) -> None:
    """End a task, unless another process has taken it over."""
    if fields.get("resumes") and (until := task.kept_until):
        fields["hint"] = f"{fields.get('hint', '')} {in_time(until)}".strip()
    try:
        task.end(state, **fields)
    except Superseded:
        log.info("task %s was taken over by another process", task.pk)


def in_time(until: datetime) -> str:
    """Say by when a paid result has to be fetched."""
    day = formats.date_format(until.astimezone(UTC), "j F, H:i")
    return f"The provider deletes its result on {day} UTC; a retry before is free."


def change_quietly(task: Task, **fields: Any) -> None:
    """Change a task, unless another process has taken it over."""
    try:
        task.change(**fields)
    except Superseded:
        log.info("task %s was taken over by another process", task.pk)
