"""Providers that count downloads are told of each one that is counted here.

What is owed is written with the download itself; whatever goes wrong is tried again for
some hours, and is never anybody else's trouble.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from imaging.background.jobs import provider_of
from imaging.background.outcomes import backoff
from imaging.failures import ProviderError, Superseded
from imaging.models import Download, ProviderAccount, TaskRequest
from imaging.providers.base import Ticket
from imaging.providers.circuit import OUTAGES
from imaging.wakeup import wake

log = logging.getLogger(__name__)
# At the longest wait of five minutes these are about four hours.
MOST = 50
# Seconds until an account that is paused or away is looked at again.
AWAY = 300.0


def tell(pk: str) -> None:
    """Tell one provider of one download, if that is due."""
    row = Download.objects.claim(pk)
    if row is None:
        return
    try:
        if wait := attempt(row):
            postpone(row, wait)
    except ProviderError as error:
        fail(row, error)
    except Superseded:
        log.info("download %s is told of by another process", pk)
    following = Download.objects.due().filter(image=row.image_id).order_by("at").first()
    if following:
        wake("tell", following.pk)


def attempt(row: Download) -> float | None:
    """Tell it; return the seconds to wait where nobody can be told now."""
    task = row.image.task if row.image else None
    if task is None:
        row.settle(None)
        return None
    provider = provider_of(task.provider)
    account = ProviderAccount.objects.of(task.team, provider)
    if account is None or account.paused:
        return AWAY
    if wait := account.circuit.check():
        return wait
    try:
        with TaskRequest.objects.noting(task, "tell"):
            count = provider.downloaded(account, ticket_of(task.ticket), note_of(row))
    except ProviderError as error:
        if error.code in OUTAGES:
            account.circuit.failure(error.retry_after)
        raise
    account.circuit.success()
    row.settle(count)
    return None


def note_of(row: Download) -> Ticket:
    """Return the client's memory of this telling, saved as it learns."""
    return Ticket(row.note, lambda facts: row.change(note=facts))


def ticket_of(facts: dict[str, Any]) -> Ticket:
    """Return the memory of a job that has ended, and learns nothing more."""
    return Ticket(facts, lambda facts: None)


def fail(row: Download, error: ProviderError) -> None:
    """Plan another try, or let it be: nobody's work depends on it."""
    log.warning("download %s: not told: %s (%s)", row.pk, error.message, error.code)
    wait = None if error.permanent else error.retry_after or backoff(row.tells)
    postpone(row, wait)


def postpone(row: Download, seconds: float | None) -> None:
    """Owe it until later; no longer without a time, or after very many tries."""
    later = timezone.now() + timedelta(seconds=seconds or 0)
    try:
        row.change(owed=later if seconds and row.tells < MOST else None)
    except Superseded:
        log.info("download %s is told of by another process", row.pk)
