"""What the operator has set for a provider, for all teams, while everything runs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging.models.people import User


class Mode(models.TextChoices):
    """Whether a provider is sent work; what it has already is always brought home."""

    RUNNING = "running", _("running")
    # Nothing is sent; what waits goes on waiting.
    PAUSED = "paused", _("paused")
    # What waits is still sent; nothing new is taken on.
    DRAINING = "draining", _("draining")


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

    def __str__(self) -> str:
        return f"{self.provider}: {self.mode}"
