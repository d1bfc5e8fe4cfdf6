"""Addresses that are told of what happens in a team, and each word that is owed them.

What is sent follows Standard Webhooks 1.0 (standardwebhooks.com).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.events import note_in_team
from imaging.models.fields import EncryptedTextField, UUIDModel
from imaging.models.people import Role, Team, User

if TYPE_CHECKING:
    from imaging.models.deliveries import WebhookDelivery

PREFIX = "whsec_"
# For so long both signatures are sent after the secret was changed.
OVERLAP = timedelta(hours=24)
# After so long without a success an address is given up.
PATIENCE = timedelta(days=5)
MOST_OF_A_TEAM = 20


class Event(models.TextChoices):
    """What an address can be told of."""

    TASK_COMPLETED = "task.completed", _("A task is done")
    TASK_ERROR = "task.error", _("A task has failed")
    TASK_CANCELLED = "task.cancelled", _("A task was cancelled")
    BATCH_FINISHED = "batch.finished", _("The last open task of a batch has ended")
    IMAGE_STORED = "image.stored", _("A picture was added, by hand or as a result")
    IMAGE_DOWNLOADED = "image.downloaded", _("A download was counted")


class Ended(models.TextChoices):
    """Why an address is told of nothing any more."""

    BY_HAND = "by_hand", _("It was switched off.")
    GONE = "gone", _("It answered 410: there is nothing at this address any more.")
    FAILING = "failing", _("Nothing could be delivered to it for five days.")


def new_secret() -> str:
    """Return a secret of 32 random bytes, as the specification writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, id: object, timestamp: int, body: str) -> str:
    """Sign one message, version 1: HMAC-SHA256 over id, time and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: User) -> WebhookQuerySet:
        """Return what this person may see and change: only owners of a team may."""
        mine = Q(team__memberships__user=user, team__memberships__role=Role.OWNER)
        return self.filter(mine)

    def listening(self, team_id: uuid.UUID) -> list[Webhook]:
        """Return who is told of what happens in a team (one query)."""
        return list(self.filter(team=team_id, active=True).only("url", "events"))


class WebhookManager(models.Manager.from_queryset(WebhookQuerySet)):  # type: ignore[misc]
    @transaction.atomic
    def begin(
        self,
        team: Team,
        url: str,
        events: list[str],
        user: User | None,
        pk: uuid.UUID | None = None,
    ) -> Webhook | None:
        """Make one, whose secret is to be shown this once; None if there are too many.

        The same `pk` again gives the same one.
        """
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if pk and (again := self.filter(pk=pk, team=team).first()):
            return again
        if self.filter(team=team).count() >= MOST_OF_A_TEAM:
            return None
        return self.create(
            pk=pk or uuid.uuid4(),
            team=team,
            url=url,
            events=events,
            secret=new_secret(),
            created_by=user,
        )


class Webhook(UUIDModel):
    """One address that is told of a team's events; seen by the team's owners alone."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="webhooks")
    # What the receiver keeps to itself may stand in it.
    url = models.CharField(_("address"), max_length=1_000)
    events = models.JSONField(default=list)
    secret = EncryptedTextField(editable=False)
    # The one before, as long as both are used for signing.
    old_secret = EncryptedTextField(editable=False, blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Ended, blank=True)
    # Since when nothing arrives; null: what was sent last arrived.
    failing_since = models.DateTimeField(null=True, blank=True)

    objects = WebhookManager()

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def host(self) -> str:
        """Return where it lies; what follows in the address may be a secret."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_failing(self) -> bool:
        return self.active and self.failing_since is not None

    def signatures(self, id: object, timestamp: int, body: str) -> str:
        """Return the value of the header: one signature, or two after a rotation."""
        valid = [self.secret]
        if self.old_secret_until and self.old_secret_until > timezone.now():
            valid.append(self.old_secret)
        return " ".join(signature(one, id, timestamp, body) for one in valid)

    @transaction.atomic
    def rotate(self) -> str:
        """Change the secret; the old one signs along for a day. Shown once."""
        row = Webhook.objects.select_for_update().get(pk=self.pk)
        row.old_secret, row.secret = row.secret, new_secret()
        row.old_secret_until = timezone.now() + OVERLAP
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        return row.secret

    def enable(self) -> bool:
        """Tell it again from now on; False where it is told already."""
        off = Webhook.objects.filter(pk=self.pk, active=False)
        fields = {"disabled_at": None, "reason": "", "failing_since": None}
        return bool(off.update(active=True, **fields))

    @transaction.atomic
    def disable(self, reason: Ended) -> bool:
        """Tell it nothing more, nor what is owed; False where it is off already."""
        on = Webhook.objects.filter(pk=self.pk, active=True)
        if not on.update(active=False, disabled_at=timezone.now(), reason=reason):
            return False
        self.deliveries.owed().update(state="failed", due=None, fence=F("fence") + 1)
        return True

    def note(self, action: str, **data: Any) -> None:
        """Write down what was done to it; of its address only where that lies."""
        note_in_team(action, self, host=self.host, **data)

    def note_success(self) -> None:
        """Remember that something arrived."""
        if self.failing_since:
            Webhook.objects.filter(pk=self.pk).update(failing_since=None)

    def note_failure(self, since: datetime) -> bool:
        """Remember that nothing arrives; say whether that is so for too long."""
        fine = Webhook.objects.filter(pk=self.pk, failing_since=None)
        if fine.update(failing_since=since):
            return False
        return bool(self.failing_since and self.failing_since <= since - PATIENCE)

    def tell(self, kind: str, data: dict[str, Any]) -> WebhookDelivery:
        """Owe it one message now, as a test does."""
        from imaging.models.deliveries import WebhookDelivery

        return WebhookDelivery.objects.owe([WebhookDelivery.to(self, kind, data)])[0]
