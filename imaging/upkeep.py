"""What keeps the house in order, every hour: nothing is kept beyond its time."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django_q.models import Failure
from django_q.tasks import async_task

from imaging import clock, providers
from imaging.background.outcomes import in_time
from imaging.delivery.copies import drop_unneeded
from imaging.failures import ProviderError
from imaging.models import (
    Calls,
    Download,
    Heartbeat,
    Notice,
    ProviderAccount,
    ShareLink,
    State,
    Task,
    Team,
    Upload,
    VendorRecord,
)
from imaging.models.notices import ending_soon
from imaging.models.states import PAID
from imaging.operating.failing import give_reasons
from imaging.operating.retention import due, prune_aged
from imaging.operating.versions import facts
from imaging.providers.accounts import inquire

log = logging.getLogger(__name__)
AT_ONCE = 200
LEFTOVER = timedelta(hours=24)
# The part of a provider's retention in which what is not here yet is at risk.
LAST = 0.25
AT_RISK = "at risk"
# The kinds of process that this one has said, with its facts, that it is.
_begun: set[str] = set()
# Seconds that deleting pictures may take before others have their turn.
TURN = 300


def beat(process: str) -> None:
    """Note that a process of this kind is alive on this host."""
    clock.agree()
    if process in _begun and Heartbeat.objects.beat(process):
        return
    Heartbeat.objects.start(process, facts())
    _begun.add(process)


def part(process: str) -> None:
    """Note that this process ends as it should; an outage lets it be found silent."""
    with suppress(DatabaseError, OSError):
        Heartbeat.objects.stop(process)


def warn_of_losses() -> int:
    """Raise an alarm for each paid result that its provider deletes soon, once.

    Such are jobs that still run, or failed here, in the last quarter of the time.
    """
    keeping = {one.key: one.retention_days for one in providers.providers()}
    count = 0
    for key, days in keeping.items():
        early = timezone.now() - timedelta(days=(days or 0) * (1 - LAST))
        paid = Q(stage__in=PAID) | Q(state=State.ERROR, resumes=True)
        old = Task.objects.filter(paid, provider=key, began__lt=early) if days else ()
        for task in old:
            until = task.kept_until
            told = task.events.filter(kind=AT_RISK).exists()
            if not told and until and until > timezone.now():
                log.error("task %s: %s deletes its result at %s", task.pk, key, until)
                task.events.create(kind=AT_RISK, message=in_time(until))
                count += 1
    return count


def tell_of_ends() -> int:
    """Tell the people of share links that end soon, once for each end."""
    rows = ending_soon(ShareLink.objects.all()).select_related("gallery", "team")
    links = list(rows[:AT_ONCE])
    for link in links:
        with transaction.atomic():
            Notice.objects.tell_ending(link)
    return len(links)


def prune() -> dict[str, int]:
    """Delete what has expired, warn, ask providers; return how many of each kind."""
    return {
        "alarms": warn_of_losses(),
        "endings": tell_of_ends(),
        "accounts": ask_providers(),
        "images": prune_images(),
        "debts": Download.objects.lost().update(owed=None),
        "history": prune_aged("events"),
        "audit": prune_aged("audit"),
        "copies": drop_unneeded(),
        "uploads": prune_uploads(),
        "temporary files": prune_files(),
        "records": VendorRecord.objects.over().delete()[0],
        "tokens": prune_aged("tokens"),
        "messages": prune_aged("messages"),
        "notices": prune_aged("notices"),
        "calls": Calls.objects.over().delete()[0],
        "requests": prune_aged("requests"),
        "reasons": give_reasons(),
        "heartbeats": Heartbeat.objects.over().delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=timezone.now()).delete()[0],
        "failures": Failure.objects.filter(
            stopped__lt=timezone.now() - timedelta(days=7)
        ).delete()[0],
    }


def ask_providers() -> int:
    """Ask about every account in use, so that its balance and limits stay true."""
    asked: set[str] = set()
    entered = [one for one in providers.providers() if one.credentials]
    for team in Team.objects.filter(
        Q(accounts__isnull=False) | Q(operator_accounts=True)
    ).distinct():
        for key, account in ProviderAccount.objects.every(team, entered).items():
            if account.paused or account.id in asked:
                continue
            try:
                account.learn(**inquire(providers.get(key), account))
            except ProviderError as error:
                log.info("%s was not asked about an account: %s", key, error)
            asked.add(account.id)
    return len(asked)


def prune_images() -> int:
    """Delete images that expired or were in the trash for their time, some at a time.

    Files go with the last image of their bytes. What is left after five minutes has
    its turn when others have had theirs.
    """
    until = time.monotonic() + TURN
    count = 0
    while pks := list(due().idle().order_by().values_list("pk", flat=True)[:AT_ONCE]):
        for pk in pks:
            # Somebody may have begun to work on it, or taken it back.
            for image in due().idle().filter(pk=pk).select_related("blob__team"):
                image.remove()
                count += 1
        if time.monotonic() > until:
            async_task("imaging.upkeep.prune_images", cluster="worker")
            break
    return count


def prune_uploads() -> int:
    """Forget permissions that ran out, with what lies in their quarantine."""
    count = 0
    for upload in Upload.objects.over().iterator(500):
        upload.erase()
        upload.delete()
        count += 1
    return count


def prune_files() -> int:
    """Delete temporary files and folders that a process left when it was killed."""
    old = time.time() - LEFTOVER.total_seconds()
    count = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if path.lstat().st_mtime >= old:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        count += 1
    return count
