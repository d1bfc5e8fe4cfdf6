"""Pictures in a team's hands."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging import faults, pictures
from imaging.models.announcements import tell_stored
from imaging.models.blobs import Blob
from imaging.models.fields import FoldedField, UUIDModel
from imaging.models.imagesets import ImageQuerySet
from imaging.models.people import Team, User
from imaging.models.periods import Period
from imaging.wakeup import wake

# With the name in it, a search reads the index alone.
NEWEST_FIRST = (F("team"), F("created").desc(), F("id").desc(), F("folded"))


class ImageManager(models.Manager.from_queryset(ImageQuerySet)):  # type: ignore[misc]
    def store(
        self,
        path: Path,
        *,
        team: Team,
        owner: User | None,
        name: str,
        digest: str = "",
        accept: Callable[[pictures.Picture], object] = bool,
        along: Callable[[Image], object] = bool,
        **fields: Any,
    ) -> Image:
        """Check the file at `path` and store it as a new image of `team`.

        The one way in for bytes, whatever the door. `digest` is their SHA-256, if the
        door has computed it while receiving; `accept` raises pictures.Refused for what
        the door does not take. Raises pictures.Refused, and then leaves nothing behind;
        on success everything is on disk and committed.
        """
        picture = pictures.inspect(path)
        accept(picture)
        digest = digest or pictures.digest_of(path)
        while True:
            blob = Blob.objects.draft(team, path, digest, picture)
            try:
                image = self.add(blob, owner=owner, name=name, along=along, **fields)
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
    def add(
        self,
        blob: Blob,
        *,
        owner: User | None,
        name: str,
        along: Callable[[Image], object] = bool,
        **fields: Any,
    ) -> Image:
        """Make an image of a blob, and the blob's bytes count, in one transaction."""
        blob = blob.settle()
        if days := blob.team.retention_days:
            fields.setdefault("expires", timezone.now() + timedelta(days=days))
        if not blob.rendered:
            wake("render", blob.pk)
        if parent := fields.get("parent"):
            fields |= self._place_beside(parent)
        image = self.create(
            blob=blob,
            team=blob.team,
            owner=owner,
            name=pictures.clean_name(name),
            **fields,
        )
        along(image)
        tell_stored(image)
        return image

    def note_category(self, images: Sequence[Image], category: str) -> None:
        """Note what was last said to be on these pictures, in a transaction.

        Their rows are held in one order, as by everybody who holds several.
        """
        rows = self.filter(pk__in=[image.pk for image in images])
        rows.filter(pk__in=rows.hold()).update(last_category=category)

    def _place_beside(self, parent: Image) -> dict[str, Any]:
        """Say where a new result belongs: into the trash, if its original lies there.

        The row is held, so that nobody moves the original meanwhile.
        """
        held = self.select_for_update(no_key=True).filter(pk=parent.pk)
        return held.values("trashed", "trashed_by_id").first() or {}


class Label(models.IntegerChoices):
    """A mark that a team gives its pictures; what it means is the team's affair."""

    NONE = 0, _("No label")
    RED = 1, _("Red")
    AMBER = 2, _("Amber")
    GREEN = 3, _("Green")
    BLUE = 4, _("Blue")
    VIOLET = 5, _("Violet")


class Image(UUIDModel):
    """One picture in a team's hands; the bytes may be shared, the image never is."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="images")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="images")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="images")
    name = models.CharField(_("name"), max_length=150)
    folded = FoldedField(of="name")
    label = models.PositiveSmallIntegerField(choices=Label, default=Label.NONE)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="variants"
    )
    task = models.ForeignKey(
        "Task", models.SET_NULL, null=True, blank=True, related_name="images"
    )
    # A part of a result, as a layer or a mask: it hangs beside that, not by itself.
    layer = models.BooleanField(default=False)
    # The one of an original and its variants that is to be delivered; see `choose`.
    chosen = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True, db_index=True)
    # How often it was downloaded by the provider's own count, and when it said so.
    provider_downloads = models.PositiveIntegerField(null=True, blank=True)
    provider_downloads_at = models.DateTimeField(null=True, blank=True)
    last_category = models.CharField(max_length=40, blank=True)
    # What was trashed in one act shares its moment, results with their original.
    trashed = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    # An image exists only when its bytes do; what is still being made is a task.
    state = "completed"

    objects = ImageManager()

    class Meta:
        indexes = [
            models.Index(
                *NEWEST_FIRST, name="newest_kept", condition=Q(trashed__isnull=True)
            ),
            models.Index(
                *NEWEST_FIRST,
                name="newest_originals",
                condition=Q(trashed__isnull=True, parent__isnull=True),
            ),
            models.Index(fields=["-created"], name="newest_images"),
            models.Index(fields=["folded"], name="images_by_name"),
            models.Index(
                fields=["trashed"],
                name="in_trash",
                condition=Q(trashed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def root_id(self) -> uuid.UUID:
        """Return the original that it was made of, also over a result of it."""
        elder = self.parent or self
        return elder.parent_id or elder.pk

    @property
    def download_count(self) -> int:
        """Return how often this image was downloaded, by the one rule."""
        counted = getattr(self, "downloads_counted", None)
        return self.downloads.count() if counted is None else counted

    @property
    def trash_ends(self) -> datetime | None:
        """Return when this image will be gone for good, if it is in the trash."""
        return self.trashed + Period.objects.length("trash") if self.trashed else None

    @transaction.atomic
    def choose(self, *, chosen: bool = True) -> None:
        """Let it be the one of its original's family that is delivered, or not."""
        root = Image.objects.roots([self.pk])[self.pk]
        family = {root, *Image.objects.made_of([root])}
        pks = Image.objects.filter(pk__in=family).hold()
        others = Image.objects.filter(pk__in=pks, chosen=True).exclude(pk=self.pk)
        others.update(chosen=False)
        Image.objects.filter(pk=self.pk).update(chosen=chosen)
        self.chosen = chosen

    def hold_to_delete(self) -> bool:
        """Hold its row in this transaction, so that nobody counts it meanwhile.

        Returns whether it is there still.

        After what everybody holds first who holds that, too. What a provider was still
        to be told of it is owed no more: without the picture, nobody knows its job.
        """
        from imaging.models.galleries import Gallery
        from imaging.models.guests import GuestUpload

        fronts = Gallery.objects.filter(cover=self).order_by("pk")
        uploads = GuestUpload.objects.filter(image=self)
        mine = Image.objects.filter(pk=self.pk).select_for_update()
        for rows in fronts.select_for_update(no_key=True), uploads.select_for_update():
            list(rows.values_list("pk"))
        is_there = bool(mine.values_list("pk"))
        self.downloads.filter(owed__isnull=False).update(owed=None)
        return is_there

    def remove(self) -> None:
        """Delete this image, and the bytes with the last image that shares them."""
        with transaction.atomic():
            blob = self.let_go()
        if blob:
            faults.reach("image-deleted")
            blob.erase()

    def let_go(self) -> Blob | None:
        """Delete this image in this transaction; return its bytes, to be erased after.

        Of two who do it at once, one gives the team its room back; the other gets None.
        """
        if not self.hold_to_delete():
            return None
        blob = self.blob
        self.delete()
        blob.release()
        return blob


class FavouriteQuerySet(models.QuerySet["Favourite"]):
    def among(self, pks: Collection[uuid.UUID], user: User) -> set[uuid.UUID]:
        """Return which of these pictures this person has given a heart."""
        mine = self.filter(user=user, image__in=pks)
        return set(mine.values_list("image", flat=True))

    @transaction.atomic
    def give(self, pks: Collection[uuid.UUID], user: User) -> list[uuid.UUID]:
        """Give each a heart that this person sees; return those that have one now."""
        seen = Image.objects.visible_to(user).filter(pk__in=pks)
        # Their rows are held, so that none is deleted meanwhile.
        mine = Image.objects.filter(pk__in=list(seen.values_list("pk", flat=True)))
        found = mine.hold()
        hearts = [Favourite(user=user, image_id=pk) for pk in found]
        Favourite.objects.bulk_create(hearts, ignore_conflicts=True, batch_size=500)
        return found

    def take(self, pks: Collection[uuid.UUID], user: User) -> None:
        """Take this person's hearts away."""
        self.filter(user=user, image__in=pks).delete()


class Favourite(UUIDModel):
    """A heart that one person gave a picture; nobody else's business."""

    user = models.ForeignKey(User, models.CASCADE, related_name="favourites")
    image = models.ForeignKey(Image, models.CASCADE, related_name="favourites")
    at = models.DateTimeField(default=timezone.now)

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "image"], name="one_heart_each")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} by {self.user_id}"
