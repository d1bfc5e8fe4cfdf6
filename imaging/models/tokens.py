"""What programs show instead of a password: tokens, and how often each may call."""

from __future__ import annotations

import math
import secrets
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.events import AuditEvent
from imaging.models.fields import (
    EncryptedTextField,
    UUIDModel,
    new_token,
    token_digest,
)
from imaging.models.people import User

# When a token was last used is kept to the minute: a write for each call is too much.
NOTED = timedelta(minutes=1)
# So many may a person hold: who needs more has lost sight of some.
MOST = 100


class Scope(models.TextChoices):
    """What a token may do; each as far as its user may."""

    READ = "read", _("See and download pictures, tasks and results")
    UPLOAD = "upload", _("Add pictures, change and delete them")
    PROCESS = "process", _("Start and cancel work, which may cost money")
    SHARE = "share", _("Make galleries and share links")
    MANAGE = "manage", _("Manage tokens and webhooks")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> ApiTokenQuerySet:
        """Return the tokens that open something: those of active people, in time."""
        return self.filter(
            Q(expires=None) | Q(expires__gt=timezone.now()),
            revoked=None,
            user__is_active=True,
        )

    def revoke(self) -> int:
        """Let these open nothing from now on; return how many were not revoked yet."""
        return self.filter(revoked=None).update(revoked=timezone.now())


class ApiTokenManager(models.Manager.from_queryset(ApiTokenQuerySet)):  # type: ignore[misc]
    def issue(
        self,
        user: User,
        name: str = "",
        scopes: Iterable[str] = Scope.values,
        **fields: Any,
    ) -> tuple[ApiToken, str]:
        """Make a token; the second value is shown once and not kept."""
        token = new_token("dr_")
        row = self.create(
            user=user,
            name=name,
            scopes=sorted(scopes),
            digest=token_digest(token),
            last_four=token[-4:],
            access_key=secrets.token_hex(10),
            secret_key=new_token(),
            **fields,
        )
        return row, token

    def by_token(self, token: str) -> ApiToken | None:
        """Find the live token of an active person."""
        rows = self.live().select_related("user")
        return rows.filter(digest=token_digest(token)).first()

    def by_access_key(self, key: str) -> ApiToken | None:
        """Find the live token whose key pair signs calls."""
        return self.live().select_related("user").filter(access_key=key).first()


class ApiToken(UUIDModel):
    """What a program shows; it acts as its user in all the user's teams."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=150, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    access_key = models.CharField(max_length=20, unique=True, editable=False)
    secret_key = EncryptedTextField(editable=False)
    scopes = models.JSONField(default=list, blank=True)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenManager()

    # When this process noted a use last.
    _noted: ClassVar[dict[uuid.UUID, datetime]] = {}

    def __str__(self) -> str:
        return f"{self.name or 'token'} …{self.last_four}"

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def note_use(self) -> None:
        """Remember that it was used now, to the minute."""
        now = timezone.now()
        last = max(
            filter(None, [self.last_used, self._noted.get(self.pk)]), default=None
        )
        if last is None or last < now - NOTED:
            # First, so that of many calls at once only one writes.
            self._noted[self.pk] = now
            ApiToken.objects.filter(pk=self.pk).update(last_used=now)

    def note(self, action: str, **more: Any) -> None:
        """Write down what was done to it; never what opens something."""
        said = {"name": self.name, "scopes": self.scopes, **more}
        AuditEvent.objects.note(action, subject=self, **said)

    @property
    def state(self) -> str:
        """Return live, expired or revoked."""
        if self.revoked:
            return "revoked"
        over = self.expires is not None and self.expires <= timezone.now()
        return "expired" if over else "live"

    def revoke(self) -> bool:
        """Let it open nothing from now on; False when it was revoked already."""
        return bool(ApiToken.objects.filter(pk=self.pk).revoke())


# The window slides in so many steps: those of a minute are 5 seconds long.
STEPS = 12
# Of what is left so much is taken at once, so that not each call has to write.
SHARE, MOST_AT_ONCE = 32, 32


# Of so many keys at most this process keeps in mind what it has taken.
REMEMBERED_KEYS = 10_000


class CallsManager(models.Manager["Calls"]):
    # What this process has taken and not used yet, key -> (step, calls), or minus the
    # steps to wait: while a step lasts, nothing becomes free.
    _held: ClassVar[dict[str, tuple[int, int]]] = {}
    # Two threads that both found nothing would each take a share, and lose one. Whoever
    # waits for the database holds up few others.
    _turns: ClassVar = [threading.Lock() for _ in range(64)]

    def take(self, key: str, most: int, seconds: int = 60) -> int:
        """Count one call; return 0, or the seconds to wait where it is one too many.

        In no span of so many seconds are there more than `most`, in all processes
        together.
        """
        step = int(time.time() * STEPS / seconds)
        with self._turns[hash(key) % len(self._turns)]:
            since, left = self._held.get(key, (0, 0))
            if since != step or not left:
                left = self._take_some(key, step, most, since, max(left, 0))
                if len(self._held) >= REMEMBERED_KEYS:
                    self._held.clear()
            self._held[key] = (step, left if left < 0 else left - 1)
        return math.ceil(-left * seconds / STEPS) if left < 0 else 0

    def give_back(self, key: str) -> None:
        """Let the call that this process has just taken count for nothing."""
        with self._turns[hash(key) % len(self._turns)]:
            since, left = self._held.get(key, (0, -1))
            if left >= 0:
                self._held[key] = (since, left + 1)

    def over(self) -> models.QuerySet[Calls]:
        """Return what says nothing about now any more."""
        return self.filter(at__lt=timezone.now() - timedelta(hours=1))

    @transaction.atomic
    def _take_some(self, key: str, step: int, most: int, since: int, spare: int) -> int:
        """Take a share of what is left; when nothing is, minus the steps to wait.

        What is `spare` of the share that was taken in the step `since` is given back.
        """
        row, _new = self.select_for_update().get_or_create(key=key)
        back = {str(since): spare}
        used = {
            at: n - back.get(at, 0)
            for at, n in row.steps.items()
            if int(at) >= step - STEPS and n > back.get(at, 0)
        }
        left = most - sum(used.values())
        if left <= 0:
            return step - STEPS - min(map(int, used)) - 1
        taken = max(min(left // SHARE, MOST_AT_ONCE), 1)
        used[str(step)] = used.get(str(step), 0) + taken
        self.filter(pk=row.pk).update(steps=used, at=timezone.now())
        return taken


class Calls(models.Model):
    """How many calls were made with one key, in each step of the last window."""

    key = models.CharField(max_length=150, primary_key=True)
    steps = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = CallsManager()

    class Meta:
        verbose_name_plural = "calls"

    def __str__(self) -> str:
        return f"{self.key}: {sum(self.steps.values())}"
