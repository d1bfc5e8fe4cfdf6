"""What a door must remember for programs that has no meaning to anybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from imaging.models.people import Team


class VendorRecordQuerySet(models.QuerySet["VendorRecord"]):
    def current(self) -> VendorRecordQuerySet:
        """Leave out what has expired."""
        return self.filter(Q(expires=None) | Q(expires__gt=timezone.now()))

    def of(self, provider: str, kind: str) -> VendorRecordQuerySet:
        """Return the current records of one kind that one provider's door keeps."""
        return self.current().filter(provider=provider, kind=kind)

    def over(self) -> VendorRecordQuerySet:
        return self.filter(expires__lte=timezone.now())


class VendorRecord(models.Model):
    """One thing of one vendor's world: a data set, an application, a search.

    `number` is the integer by which some vendors name things, `key` any other name,
    which is unique within provider, kind and team. So a new provider needs no table.
    """

    # The kind of what a team was granted at a door, which operators may change.
    ACCOUNT = "account"

    number = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    team = models.ForeignKey(Team, models.CASCADE, related_name="vendor_records")
    key = models.CharField(max_length=200)
    # The key of what it lies in, where the vendor has such an order of things.
    parent = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True)

    objects = VendorRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "team", "key"], name="one_vendor_record"
            )
        ]
        indexes = [
            models.Index(
                fields=["team", "provider", "kind", "parent"],
                name="records_within",
            ),
            models.Index(
                fields=["expires"],
                name="records_over",
                condition=Q(expires__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.key}"

    def granted(self, name: str, usual: int) -> int:
        """Return what an operator has written down; what is no number is as usual."""
        said = self.data.get(name) if isinstance(self.data, dict) else None
        return said if isinstance(said, int) else usual

    def learn(self, *, keep: timedelta | None = None, **facts: Any) -> None:
        """Remember more, and perhaps for longer."""
        self.data = {**self.data, **facts}
        if keep:
            self.expires = timezone.now() + keep
        self.save(update_fields=["data", "expires"])
