"""The sweep: every few seconds, whatever was dropped is taken up again."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.cache import cache
from django.db.models import F, Q
from django.utils import timezone
from django_q.brokers import get_broker

from imaging import clock, providers
from imaging.background.outcomes import end_quietly
from imaging.letters import mail_arrives
from imaging.models import Blob, Download, Notice, State, Task, WebhookDelivery
from imaging.models.blobs import BlobQuerySet
from imaging.models.leases import LeaseQuerySet
from imaging.models.states import ACTS
from imaging.wakeup import wake

log = logging.getLogger(__name__)
# A task that nobody has taken up for so long was perhaps never woken.
QUIET = timedelta(seconds=15)
# Seconds between two letters to one person; a little longer than a lost one is held.
GATHERING = 40
AT_ONCE = 200


def sweep() -> None:
    """Take up again whatever was dropped: one call costs a handful of small queries."""
    buried = Task.objects.open().bury_the_dead(due=clock.now())
    if buried:
        log.info("took over %s tasks from processes that died", buried)
    end_overdue()
    for queue in ("worker", "engine"):
        wake_quiet(queue)
    erase_abandoned()
    wake_unrendered()
    wake_untold()
    wake_unsent()
    wake_undescribed()
    wake_unmailed()


def wake_quiet(queue: str) -> int:
    """Wake what is due on this queue and was not woken since; return how many."""
    engines = [one.key for one in providers.providers() if one.queue == "engine"]
    mine = Q(provider__in=engines)
    stages = {
        "submit": Q(mine if queue == "engine" else ~mine, stage__in=ACTS["submit"])
    }
    if queue == "worker":
        stages["fetch"] = Q(stage__in=ACTS["fetch"])
    woken = 0
    for act, which in stages.items():
        woken += wake_forgotten(Task.objects.filter(which).due(act), act, queue)
    return woken


def wake_forgotten(due: LeaseQuerySet, act: str, queue: str) -> int:
    """Wake what is due again after a wait, dropped in the act, or quiet for long.

    What is quiet may only wait its turn, unless the queue is empty.
    """
    now = clock.now()
    forgotten = Q(woken__lt=F("due")) | Q(lease_until__lt=now)
    if not get_broker(queue).queue_size():
        forgotten |= Q(woken__lt=now - QUIET)
    rows = due.filter(forgotten).order_by("due")
    pks = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    due.model.objects.filter(pk__in=pks).free().update(woken=now, lease_until=None)
    for pk in pks:
        wake(act, pk, queue=queue)
    return len(pks)


def end_overdue() -> None:
    """End tasks that have passed their deadline and that nobody is working on."""
    late = Task.objects.open().free().filter(deadline__lt=clock.now())
    for task in late[:AT_ONCE]:
        # It may have ended by itself since it was read.
        if late.filter(pk=task.pk).take():
            task.refresh_from_db()
            end_quietly(
                task,
                State.ERROR,
                code="deadline",
                message="The provider did not finish in the time a job may take.",
                hint="Retry it, or ask the provider about the job.",
                resumes=task.is_paid,
            )


def erase_abandoned() -> None:
    """Remove bytes whose writer died before they counted."""
    for blob in Blob.objects.abandoned():
        if blob.take_over():
            blob.erase()


def wake_unrendered() -> None:
    """Wake the larger renditions that were never made."""
    quiet = timezone.now() - QUIET
    blobs = Blob.objects.filter(rendered=False, created__lt=quiet)
    wake_blobs("render", blobs.order_by("created"))


def wake_untold() -> None:
    """Wake what providers are still to be told of downloads, one of each picture."""
    if get_broker("worker").queue_size():
        return
    due = Download.objects.due().order_by("-at").values_list("image", "pk")
    oldest = dict(due[:AT_ONCE])
    for pk in oldest.values():
        wake("tell", pk)


def wake_unsent() -> None:
    """Wake what webhooks are owed, and what a worker dropped that died."""
    WebhookDelivery.objects.owed().bury_the_dead(due=clock.now())
    wake_forgotten(WebhookDelivery.objects.due(), "notify", "worker")


def wake_unmailed() -> None:
    """Wake the letters that are due: one in a while at most to each person."""
    due = Notice.objects.filter(mail_due__lte=clock.now())
    if not mail_arrives():
        # It was never to go into a log, nor all at once when there is a server.
        due.update(mail_due=None)
        return
    for pk in due.order_by().values_list("user", flat=True).distinct()[:AT_ONCE]:
        if cache.add(f"letter:{pk}", 1, GATHERING):
            wake("mail", pk)


def wake_undescribed() -> None:
    """Wake the description of pictures that were stored before there was one."""
    wake_blobs("describe", Blob.objects.filter(described=None).order_by("-created"))


def wake_blobs(act: str, blobs: BlobQuerySet) -> None:
    """Wake work on stored bytes, some at a time while nothing else waits."""
    if get_broker("worker").queue_size():
        return
    whole = blobs.filter(stored=True, flaw="")
    for pk in whole.values_list("pk", flat=True)[:50]:
        wake(act, pk)
