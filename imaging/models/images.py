"""Pictures in a team's hands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging import faults, pictures
from imaging.models.blobs import Blob
from imaging.models.fields import UUIDModel
from imaging.models.people import Role, Team, User
from imaging.wakeup import wake


def in_hands_of(user: User, owner: str = "owner") -> Q:
    """Select rows, each of a team and an owner, that this person may change."""
    member = Q(team__memberships__user=user)
    free = Q(team__memberships__role__in=[Role.OWNER, Role.EDITOR])
    own = Q(team__memberships__role=Role.CONTRIBUTOR, **{owner: user})
    return member & free | member & own


class ImageQuerySet(models.QuerySet["Image"]):
    def visible_to(self, user: User) -> ImageQuerySet:
        """Return the images of this person's teams."""
        return self.filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> ImageQuerySet:
        """Return the images this person may process or delete."""
        return self.filter(in_hands_of(user))

    def with_downloads(self) -> ImageQuerySet:
        """Add `downloads_counted`, a query over the one table of downloads."""
        return self.annotate(downloads_counted=Count("downloads"))

    def before(self, image: Image | None) -> ImageQuerySet:
        """Return what comes after `image` on a page, newest first (keyset paging).

        The first comparison alone can use the index, at any depth.
        """
        rows = self.order_by("-created", "-id")
        if image is None:
            return rows
        same = Q(created__lt=image.created) | Q(id__lt=image.pk)
        return rows.filter(same, created__lte=image.created)

    def since(self, image: Image) -> ImageQuerySet:
        """Return what comes before `image` on a page, the nearest first."""
        same = Q(created__gt=image.created) | Q(id__gt=image.pk)
        rows = self.order_by("created", "id")
        return rows.filter(same, created__gte=image.created)

    def expired(self) -> ImageQuerySet:
        return self.filter(expires__lte=timezone.now())


class ImageManager(models.Manager.from_queryset(ImageQuerySet)):  # type: ignore[misc]
    def store(
        self,
        path: Path,
        *,
        team: Team,
        owner: User | None,
        name: str,
        digest: str = "",
        **fields: Any,
    ) -> Image:
        """Check the file at `path` and store it as a new image of `team`.

        The one way in for bytes, whatever the door. `digest` is their SHA-256, if the
        door has computed it while receiving. Raises pictures.Refused, and then leaves
        nothing behind; on success everything is on disk and committed.
        """
        picture = pictures.inspect(path)
        digest = digest or pictures.digest_of(path)
        while True:
            blob = Blob.objects.draft(team, path, digest, picture)
            try:
                image = self.add(blob, owner=owner, name=name, **fields)
            except Blob.DoesNotExist:
                # The last other image of these bytes was deleted just now.
                blob.erase()
                continue
            except BaseException:
                blob.erase()
                raise
            faults.reach("row-committed")
            return image

    @transaction.atomic
    def add(self, blob: Blob, *, owner: User | None, name: str, **fields: Any) -> Image:
        """Make an image of a blob, and the blob's bytes count, in one transaction."""
        blob = blob.settle()
        if days := blob.team.retention_days:
            fields.setdefault("expires", timezone.now() + timedelta(days=days))
        if not blob.rendered:
            wake("render", blob.pk)
        return self.create(
            blob=blob,
            team=blob.team,
            owner=owner,
            name=pictures.clean_name(name),
            **fields,
        )


class Image(UUIDModel):
    """One picture in a team's hands; the bytes may be shared, the image never is."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="images")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="images")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="images")
    name = models.CharField(_("name"), max_length=150)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="variants"
    )
    task = models.ForeignKey(
        "Task", models.SET_NULL, null=True, blank=True, related_name="images"
    )
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True, db_index=True)
    last_category = models.CharField(max_length=40, blank=True)

    # An image exists only when its bytes do; what is still being made is a task.
    state = "completed"

    objects = ImageManager()

    class Meta:
        indexes = [
            models.Index(F("team"), F("created").desc(), F("id").desc(), name="newest")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def download_count(self) -> int:
        """Return how often this image was downloaded, by the one rule."""
        counted = getattr(self, "downloads_counted", None)
        return self.downloads.count() if counted is None else counted

    def remove(self) -> None:
        """Delete this image, and the bytes with the last image that shares them."""
        blob = self.blob
        with transaction.atomic():
            self.delete()
            blob.release()
        faults.reach("image-deleted")
        blob.erase()
