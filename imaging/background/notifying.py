"""Sends webhooks: one message in one try, claimed first, so that none is sent twice.

A worker that is killed meanwhile loses its lease, and the same try is made again.
"""

from __future__ import annotations

import json
import logging
import time
from importlib import import_module

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from imaging import faults
from imaging.failures import ProviderError, Superseded, printable
from imaging.letters import write
from imaging.models import Role, Webhook, WebhookDelivery
from imaging.models.deliveries import SAID, TEST, Try
from imaging.models.states import MAX_STARTS
from imaging.models.webhooks import Ended
from imaging.outgoing.door import Door, Exchange
from imaging.wakeup import wake

log = logging.getLogger(__name__)
# For connecting, for each wait, and for all of a try; well below a lease.
TIMEOUT, DEADLINE = (5.0, 15.0), 15.0
MAX_ANSWER = 64 << 10
# No more: where a name of our network leads to is nobody's business outside.
FORBIDDEN, NOT_CALLED = "forbidden_address", "Only https to public addresses is called."


def notify(pk: str) -> None:
    """Send one message, if that is due."""
    row = WebhookDelivery.objects.claim(pk)
    if row is None:
        return
    faults.reach("notify-claimed")
    try:
        found = attempt(row)
        faults.reach("notified")
        row.settle(found)
        if row.webhook and row.event != TEST:
            judge(row.webhook, found)
    except Superseded:
        log.info("message %s is sent by another process", pk)
    for following in row.following():
        wake("notify", following)


def attempt(row: WebhookDelivery) -> Try:
    """Make one try, and tell what came of it."""
    if row.starts > MAX_STARTS:
        return Try(None, 0, f"Begun {MAX_STARTS} times, and cut off each time.")
    if row.webhook and not row.webhook.active:
        raise Superseded(str(row.pk))
    if not row.body:
        row.write(body=in_words_of_door(row))
    began, seen = time.monotonic(), list[Exchange]()
    said, wait = "", None
    try:
        door = Door(
            row.target,
            timeout=TIMEOUT,
            deadline=DEADLINE,
            max_bytes=MAX_ANSWER,
            observer=seen.append,
        )
        # The receiver knows a message by its id: it may come twice, and so be repeated.
        reply = door.request(
            "POST",
            row.target,
            data=row.body.encode(),
            headers=headers_of(row),
            idempotent=True,
        )
        said, wait = excerpt(reply.body), reply.retry_after
    except ProviderError as error:
        said = NOT_CALLED if error.code == FORBIDDEN else error.message
    status = seen[-1].status if seen else None
    return Try(status, time.monotonic() - began, said, wait)


def headers_of(row: WebhookDelivery) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with the time of this very try."""
    headers = {"Content-Type": "application/json"}
    if row.webhook:
        now = int(timezone.now().timestamp())
        headers |= {
            "webhook-id": str(row.pk),
            "webhook-timestamp": str(now),
            "webhook-signature": row.webhook.signatures(row.pk, now, row.body),
        }
    return headers


def in_words_of_door(row: WebhookDelivery) -> str:
    """Let the door by which a task came say how it ended."""
    task = row.task
    if task is None:
        raise Superseded(str(row.pk))
    server = import_module(f"imaging.providers.{task.batch.door}.server")
    return json.dumps(server.hooked(task))


def excerpt(body: bytes) -> str:
    """Return the beginning of an answer as something that can be stored and shown."""
    return printable(body[: 4 * SAID].decode("utf-8", "replace"))[:SAID].strip()


def judge(webhook: Webhook, found: Try) -> None:
    """Draw conclusions for the webhook; one that is given up is told to its owners."""
    if found.ok:
        webhook.note_success()
        return
    too_long = webhook.note_failure(timezone.now())
    gone = found.status == 410
    if (gone or too_long) and webhook.disable(Ended.GONE if gone else Ended.FAILING):
        log.warning("webhook %s is switched off", webhook.pk)
        write_to_owners(Webhook.objects.select_related("team").get(pk=webhook.pk))


def write_to_owners(webhook: Webhook) -> None:
    """Send the owners of the team a letter; the page says the same in any case."""
    owners = webhook.team.memberships.filter(role=Role.OWNER, user__is_active=True)
    context = {
        "webhook": webhook,
        "page": settings.BASE_URL + reverse("webhook", args=[webhook.pk]),
    }
    for owner in owners.select_related("user"):
        try:
            write(owner.user, "webhooks/email/disabled", context)
        except OSError:
            log.exception("the letter about webhook %s was not sent", webhook.pk)
