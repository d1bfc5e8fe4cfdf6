"""What the operator has set for a provider, for all teams, while everything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as noop

from imaging import clock
from imaging.models.orders import NotNow
from imaging.models.people import User

if TYPE_CHECKING:
    from imaging.models.tasks import Task
    from imaging.providers.base import Provider

# Why a task waits that the operator's setting holds back: kept with it, in English.
PAUSED_HERE = noop(
    "The operator has paused this provider. What waits goes on when it is resumed."
)
NO_ROOM = noop(
    "This provider is given only so many pictures at once. This one waits its turn."
)


class Mode(models.TextChoices):
    """Whether a provider is sent work; what it has already is always brought home."""

    RUNNING = "running", _("running")
    # Nothing is sent; what waits goes on waiting.
    PAUSED = "paused", _("paused")
    # What waits is still sent; nothing new is taken on.
    DRAINING = "draining", _("draining")


class ProviderControlManager(models.Manager["ProviderControl"]):
    def modes(self) -> dict[str, str]:
        """Return the mode of each provider that is not simply running."""
        rows = self.exclude(mode=Mode.RUNNING)
        return dict(rows.values_list("provider", "mode"))

    def gives_turns(self, provider: Provider) -> bool:
        """Say whether what is begun waits to be let in, each team in its turn."""
        rows = self.filter(provider=provider.key, most_at_once__isnull=False)
        return rows.exclude(mode=Mode.PAUSED).exists()

    def full(self) -> list[str]:
        """Name the providers that are sent nothing now: paused, or without room."""
        bounds = Q(mode=Mode.PAUSED) | Q(most_at_once__isnull=False)
        rows = self.filter(bounds)
        return [
            row.provider for row in rows if row.mode == Mode.PAUSED or row.room() <= 0
        ]

    def bounding(self, key: str) -> ProviderControl | None:
        """Return what may hold back tasks of a provider, held for this transaction.

        So nothing is set anew while a task is held back, or let go, by what was set.
        """
        bounds = Q(mode=Mode.PAUSED) | Q(most_at_once__isnull=False)
        rows = self.select_for_update(no_key=True).filter(bounds, provider=key)
        return rows.first()

    def check_open(self, provider: Provider) -> None:
        """Raise NotNow where nothing new is taken on."""
        if self.filter(provider=provider.key, mode=Mode.DRAINING).exists():
            said = _t(
                "%(provider)s takes on nothing new now: the operator lets it run "
                "empty. Choose another provider, or try again later."
            )
            raise NotNow(said % {"provider": provider.label})

    def hold_back(self, task: Task) -> str:
        """Say why a task may not be sent now; "" if it may. In a transaction."""
        control = self.bounding(task.provider)
        if control is None:
            return ""
        if control.mode == Mode.PAUSED:
            return PAUSED_HERE
        # One that is being sent has its place already.
        return "" if task.has_place or control.room() > 0 else NO_ROOM

    @transaction.atomic
    def steer(self, key: str, user: User | None, **said: Any) -> ProviderControl:
        """Set something for a provider; what need not wait any more becomes due."""
        from imaging.models.tasks import Task

        row = self.select_for_update().get_or_create(provider=key)[0]
        for name, value in said.items():
            setattr(row, name, value)
        row.changed, row.changed_by = timezone.now(), user
        row.save()
        if row.mode != Mode.PAUSED:
            # Where there still is a bound, turns are given (see background.turns).
            now, held = clock.now(), [PAUSED_HERE]
            if row.most_at_once is None:
                held.append(NO_ROOM)
            ready = Q(message__in=held) | Q(due__lte=now)
            Task.objects.filter(ready, provider=key).queued().update(due=now)
        return row


class ProviderControl(models.Model):
    """How much a provider is given to do; without a row, as it was built."""

    provider = models.CharField(max_length=40, primary_key=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.RUNNING)
    # Tasks that it may have at a time, of all teams; empty: as many as there are.
    most_at_once = models.PositiveIntegerField(null=True, blank=True)
    # Polls a second for each account; empty: the provider's own.
    rate = models.FloatField(null=True, blank=True)
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ProviderControlManager()

    def __str__(self) -> str:
        return f"{self.provider}: {self.mode}"

    @property
    def gives_turns(self) -> bool:
        """Say whether what waits is let in one after the other."""
        return self.most_at_once is not None and self.mode != Mode.PAUSED

    def room(self) -> int:
        """Return how many tasks more it may have now, counted from their rows."""
        from imaging.models.tasks import Task

        there = Task.objects.filter(provider=self.provider).in_place().count()
        return (self.most_at_once or 0) - there
