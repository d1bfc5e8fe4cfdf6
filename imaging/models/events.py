"""What people and programs did, kept for good unless the operator sets a period."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from imaging.models.acts import acting
from imaging.models.fields import UUIDModel
from imaging.models.people import Team, User

log = logging.getLogger(__name__)


class KeptForGood(TypeError):
    """Somebody tries to change what was written down."""


def refuse(*_args: Any, **_named: Any) -> Any:
    raise KeptForGood("The audit log is only ever added to.")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Rows to look at. Deleted people and teams leave them through the base manager."""

    update = refuse
    delete = refuse
    bulk_update = refuse
    update_or_create = refuse
    _raw_delete = refuse

    def bulk_create(self, objs: Any, *args: Any, **named: Any) -> Any:
        """Add rows; whatever would touch those that are there is refused."""
        if args or named.keys() - {"batch_size"}:
            refuse()
        return super().bulk_create(objs, **named)


class AuditEventManager(models.Manager.from_queryset(AuditEventQuerySet)):  # type: ignore[misc]
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
        about = (subject._meta.model_name or "", str(subject.pk)) if subject else None
        team_id = team.pk if team else None
        return self.write(action, data, user, team_id, about, address)

    def write(
        self,
        action: str,
        data: dict[str, Any],
        user: User | None = None,
        team_id: Any = None,
        about: tuple[str, str] | None = None,
        address: str = "",
    ) -> AuditEvent:
        """Add a row; what is left out is that of the request.

        What cannot be written down is logged: it has happened all the same.
        """
        now = acting()
        known = now.facts() if now else {}
        user, team = user or known.get("user"), known.get("team")
        kind, pk = about or ("", "")
        row = AuditEvent(
            action=action[:60],
            user=user,
            who=user.email if user else known.get("who", "")[:254],
            token=known.get("token", "")[:150],
            team_id=team_id or (team.pk if team else None),
            subject_type=kind,
            subject_id=pk,
            address=address or known.get("address", ""),
            data=known.get("data", {}) | data,
        )
        if row.add() and now:
            now.noted = True
        return row


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
            models.Index(fields=["address", "-at"], name="audit_of_address"),
            models.Index(
                fields=["token", "-at"],
                name="audit_of_token",
                condition=~models.Q(token=""),  # nosec B106
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user} {self.action}"

    def add(self) -> bool:
        """Write it down; False, and a line in the log, where that cannot be."""
        try:
            with transaction.atomic():
                self.save(force_insert=True)
        except DatabaseError:
            said = (self.action, self.user_id, self.subject_type, self.subject_id)
            log.exception("not in the audit log: %s by %s to %s %s", *said)
            return False
        return True

    def save(self, *args: Any, **named: Any) -> None:
        if not self._state.adding:
            refuse()
        super().save(*args, **named)

    delete = refuse


def note_in_team(action: str, subject: Any, **data: Any) -> None:
    """Write down what was done to a team, or to something of a team's."""
    team_id = subject.pk if isinstance(subject, Team) else subject.team_id
    about = (subject._meta.model_name or "", str(subject.pk))
    AuditEvent.objects.write(action, data, team_id=team_id, about=about)
