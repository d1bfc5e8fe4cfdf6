"""Files on their way in: permissions to send one, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import pictures
from imaging.models.fields import UUIDModel, new_token
from imaging.models.images import Image
from imaging.models.people import Team, User


class UploadQuerySet(models.QuerySet["Upload"]):
    def pending(self) -> UploadQuerySet:
        return self.filter(state=Upload.State.PENDING, expires__gt=timezone.now())

    def permit(self, team: Team, user: User, name: str, **limits: Any) -> Upload:
        """Let this person send one file. Raises pictures.Refused past the bound."""
        waiting = self.filter(team=team).pending().count()
        if waiting >= team.max_pending_uploads:
            raise pictures.Refused(
                "too_many_uploads",
                _t(
                    "%(waiting)s uploads are waiting for their bytes; the bound is "
                    "%(limit)s. Finish or cancel some first."
                )
                % {"waiting": waiting, "limit": team.max_pending_uploads},
                status=413,
            )
        name = pictures.clean_name(name)
        return self.create(team=team, user=user, name=name, **limits)


def in_a_quarter_hour() -> Any:
    return timezone.now() + timedelta(minutes=15)


class Upload(UUIDModel):
    """One permission to send a file, and what came of it.

    What has arrived lies in quarantine under `key`: nothing reads or serves it until
    `complete` has put it through `Image.objects.store`.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for bytes")
        COMPLETED = "completed", _("stored")
        REFUSED = "refused", _("refused")

    team = models.ForeignKey(Team, models.CASCADE, related_name="uploads")
    user = models.ForeignKey(User, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=150)
    key = models.CharField(max_length=50, unique=True, default=new_token)
    max_bytes = models.BigIntegerField(default=pictures.MAX_BYTES)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    reason = models.TextField(blank=True)
    image = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(default=in_a_quarter_hour)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "state", "expires"], name="waiting")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def path(self) -> Path:
        """Return where the bytes wait to be judged."""
        return Path(settings.FILE_UPLOAD_TEMP_DIR) / f"upload-{self.pk.hex}"
