"""Messages to webhooks: what is owed, tried, delivered or given up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging import clock
from imaging.failures import Superseded
from imaging.models.fields import UUIDModel
from imaging.models.leases import Leased, LeaseQuerySet
from imaging.models.paging import following
from imaging.models.people import Team, User
from imaging.models.webhooks import Webhook
from imaging.wakeup import wake

# Seconds before each try, from the one before: 27 hours and 35 minutes in all.
WAITS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
# The same for an address that came with an order, and for a test.
WAITS_ONCE = (0, 5, 30, 120)
WAITS_TEST = (0,)
TEST = "test"
LONGEST = max(WAITS)
# So many messages to one address may be under way at once; one while it fails.
AT_ONCE, WHILE_FAILING = 3, 1
# And of one team: silent addresses must keep neither all workers nor the others.
OF_A_TEAM, FAILING_OF_A_TEAM = 5, 3
# So many tries are remembered of one message, and so much of each answer.
REMEMBERED, SAID = 24, 500


class Delivery(models.TextChoices):
    OWED = "owed", _("under way")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("not delivered")


def is_ok(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


@dataclass(frozen=True)
class Try:
    """One try: the status if there was one, how long it took, what was said."""

    status: int | None
    seconds: float
    said: str = ""
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        return is_ok(self.status)

    def noted(self) -> dict[str, Any]:
        """Return it as it is kept with the message."""
        return {
            "at": clock.now().isoformat(timespec="milliseconds"),
            "status": self.status,
            "ms": round(self.seconds * 1000),
            "said": self.said[:SAID],
        }


class DeliveryQuerySet(LeaseQuerySet):
    def visible_to(self, user: User) -> DeliveryQuerySet:
        """Return the messages to webhooks that this person may see."""
        return self.filter(webhook__in=Webhook.objects.visible_to(user))

    def owed(self) -> DeliveryQuerySet:
        return self.filter(state=Delivery.OWED)

    def due(self) -> DeliveryQuerySet:
        """Return what should be sent now, and nobody is sending."""
        return self.owed().filter(due__lte=clock.now()).free()

    def due_soon(self) -> DeliveryQuerySet:
        """Return what is tried in this minute."""
        return self.owed().filter(due__lte=clock.now() + timedelta(minutes=1))

    def newest(self, after: WebhookDelivery | None = None) -> DeliveryQuerySet:
        """Return the newest first, from what follows `after` on."""
        return following(self, (after.created, after.pk) if after else None, "-created")


class DeliveryManager(models.Manager.from_queryset(DeliveryQuerySet)):  # type: ignore[misc]
    def owe(self, rows: Sequence[WebhookDelivery]) -> list[WebhookDelivery]:
        """Owe these messages, and wake a worker for as many as may go at once.

        Each that has been sent wakes the next, so more wake-ups would be in vain.
        """
        made = self.bulk_create(rows, batch_size=500)
        woken: dict[object, int] = {}
        for row in made:
            where = row.webhook_id or row.url
            woken[where] = woken.get(where, 0) + 1
            if woken[where] <= AT_ONCE:
                wake("notify", row.pk)
        return list(made)

    def claim(self, pk: uuid.UUID | str) -> WebhookDelivery | None:
        """Lease one message for one try; None when it is not for us to send now."""
        rows = self.select_related("webhook")
        row = rows.filter(pk__in=self.due().filter(pk=pk).values("pk")).first()
        if row is None or not row.has_room():
            return None
        mine = self.due().filter(pk=pk)
        if not mine.take(starts=F("starts") + 1):
            return None
        return rows.select_related("webhook", "task__batch").get(pk=pk)


class WebhookDelivery(Leased, UUIDModel):
    """One message to one address, its id that of the message in every try.

    To a webhook it is signed, and `body` is written with what it tells of. Without one
    it goes to `url` once, and `body` is written at the first try, in the words of the
    door by which its task came.
    """

    webhook = models.ForeignKey(
        Webhook, models.CASCADE, null=True, related_name="deliveries", db_index=False
    )
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey("Task", models.CASCADE, null=True, related_name="+")
    url = models.CharField(max_length=1_000, blank=True)
    event = models.CharField(max_length=40)
    # The very text that is signed and sent, so that every try is the same.
    body = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=Delivery, default=Delivery.OWED)
    due = models.DateTimeField(null=True, default=timezone.now)
    woken = models.DateTimeField(default=timezone.now)
    # How often it was begun since its last try ended, tries that count, and all tries.
    starts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    log = models.JSONField(default=list, blank=True)

    objects = DeliveryManager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["due"],
                name="owed_messages",
                condition=Q(due__isnull=False),
            ),
            models.Index(
                fields=["lease_until"],
                name="messages_on_the_way",
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(F("webhook"), F("created").desc(), name="newest_messages"),
            models.Index(fields=["created"], name="old_messages"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    @classmethod
    def to(cls, webhook: Webhook, event: str, data: dict[str, Any]) -> WebhookDelivery:
        """Return an unsaved message to a webhook."""
        at = clock.now()
        said = {"type": event, "timestamp": in_z(at), "data": data}
        return cls(
            webhook=webhook,
            team_id=webhook.team_id,
            event=event,
            body=json.dumps(said, ensure_ascii=False, separators=(",", ":")),
            created=at,
        )

    @property
    def waits(self) -> tuple[int, ...]:
        """Return the seconds before each of its tries."""
        if self.webhook_id is None:
            return WAITS_ONCE
        return WAITS_TEST if self.event == TEST else WAITS

    @property
    def target(self) -> str:
        return self.webhook.url if self.webhook else self.url

    @property
    def last(self) -> dict[str, Any]:
        return self.log[-1] if self.log else {}

    @property
    def tries_noted(self) -> list[dict[str, Any]]:
        """Return the tries as a page shows them, the newest first."""
        return [
            {**one, "at": datetime.fromisoformat(one["at"]), "ok": is_ok(one["status"])}
            for one in reversed(self.log)
        ]

    def has_room(self) -> bool:
        """Say whether one more may be under way now."""
        same = Q(webhook=self.webhook_id) if self.webhook_id else Q(url=self.url)
        held = WebhookDelivery.objects.filter(team=self.team_id).held()
        busy = held.aggregate(here=Count("pk", filter=same), all=Count("pk"))
        here, team = AT_ONCE, OF_A_TEAM
        # What came with an order is not known to be there, either.
        if self.webhook is None or self.webhook.failing_since:
            team = FAILING_OF_A_TEAM
        if self.webhook and self.webhook.failing_since:
            here = WHILE_FAILING
        return busy["here"] < here and busy["all"] < team

    def following(self) -> list[uuid.UUID]:
        """Return what may go after this: to the same address, and to another one."""
        due = WebhookDelivery.objects.filter(team=self.team_id).due().order_by("due")
        same = Q(webhook=self.webhook_id)
        if not self.webhook_id:
            same = Q(webhook=None, url=self.url)
        found = (due.filter(same).first(), due.exclude(same).first())
        return [row.pk for row in found if row]

    def write(self, **fields: Any) -> None:
        """Write these columns under the fence. Raises Superseded."""
        mine = WebhookDelivery.objects.filter(pk=self.pk, fence=self.fence)
        if not mine.update(**fields):
            raise Superseded(str(self.pk))
        for name, value in fields.items():
            setattr(self, name, value)

    def settle(self, found: Try) -> None:
        """Write down a try that has ended, and what follows. Raises Superseded."""
        after = {
            "log": [*self.log, found.noted()][-REMEMBERED:],
            "tries": self.tries + 1,
            "starts": 0,
            "lease_until": None,
        }
        if found.ok:
            self.write(**after, state=Delivery.DELIVERED, due=None)
        elif self.tries + 1 >= len(self.waits):
            self.write(**after, state=Delivery.FAILED, due=None)
        else:
            asked = min(found.retry_after or 0, LONGEST)
            seconds = max(self.waits[self.tries + 1], asked)
            self.write(**after, due=clock.now() + timedelta(seconds=seconds))

    @transaction.atomic
    def replay(self) -> bool:
        """Send it again, with the same id and body; False while it is under way."""
        ended = WebhookDelivery.objects.filter(pk=self.pk).exclude(state=Delivery.OWED)
        now = clock.now()
        fresh = {"state": Delivery.OWED, "due": now, "woken": now, "tries": 0}
        if not ended.update(**fresh, starts=0, lease_until=None, fence=F("fence") + 1):
            return False
        wake("notify", self.pk)
        return True


def in_z(at: datetime) -> str:
    """Write a moment as the messages do: UTC, to the millisecond, with a Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
