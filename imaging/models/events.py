"""What people and programs did, kept for good."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from imaging.models.fields import UUIDModel
from imaging.models.people import Team, User


class AuditEventManager(models.Manager["AuditEvent"]):
    def note(
        self,
        action: str,
        *,
        user: User | None = None,
        team: Team | None = None,
        subject: models.Model | None = None,
        address: str = "",
        **data: Any,
    ) -> AuditEvent:
        """Write down that `user` did `action` to `subject`."""
        return self.create(
            action=action,
            user=user,
            team=team,
            subject_type=(subject._meta.model_name or "") if subject else "",
            subject_id=str(subject.pk) if subject else "",
            address=address,
            data=data,
        )


class AuditEvent(UUIDModel):
    """One act of a person or a program. Rows are only ever added."""

    action = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # As they were called then: it stays when the account is deleted.
    who = models.CharField(max_length=254, blank=True)
    # The name of the token with which a program did it.
    token = models.CharField(max_length=150, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=45, blank=True)
    data = models.JSONField(default=dict)

    objects = AuditEventManager()

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["action", "-at"], name="audit_of_action"),
            models.Index(fields=["user", "-at"], name="audit_of_user"),
            models.Index(fields=["team", "-at"], name="audit_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user} {self.action}"
