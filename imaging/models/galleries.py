"""Who took what: downloads, counted by one rule."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.people import User

REPEAT = timedelta(minutes=15)


class DownloadManager(models.Manager["Download"]):
    def counts(self, images: Sequence[Image]) -> dict[uuid.UUID, int]:
        """Return how often each of these was downloaded, if it was."""
        rows = self.filter(image__in=[image.pk for image in images])
        return dict(rows.values_list("image").annotate(models.Count("pk")))

    @transaction.atomic
    def count_once(self, image: Image, visitor: str, **fields: Any) -> bool:
        """Count a download, unless this visitor took the image in the last 15 minutes.

        Call it when the last byte was handed over. The image row is held meanwhile, so
        that two requests of one visitor that end together count once.
        """
        rows = Image.objects.select_for_update(no_key=True).filter(pk=image.pk)
        if not rows.exists():
            return False
        since = timezone.now() - REPEAT
        if self.filter(image=image, visitor=visitor, at__gt=since).exists():
            return False
        self.create(image=image, visitor=visitor, **fields)
        return True


class Download(UUIDModel):
    """One counted download. Every number of downloads is a query over these rows."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="downloads")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="downloads")
    # A person: "user:<id>", or a guest's browser; the same whatever token was used.
    visitor = models.CharField(max_length=80)
    # Which door handed it over: site, api, a program's own report.
    door = models.CharField(max_length=20, default="site")
    at = models.DateTimeField(default=timezone.now)

    objects = DownloadManager()

    class Meta:
        indexes = [models.Index(fields=["image", "visitor", "-at"], name="last_taken")]

    def __str__(self) -> str:
        return f"{self.image_id} by {self.visitor} at {self.at:%Y-%m-%d %H:%M}"
