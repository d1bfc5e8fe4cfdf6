"""Who took what: downloads, counted by one rule."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Max
from django.db.models.deletion import Collector
from django.utils import timezone
from django.utils.crypto import salted_hmac

from imaging.failures import Superseded
from imaging.models.announcements import tell_downloaded
from imaging.models.downloadsets import DownloadQuerySet
from imaging.models.fields import UUIDModel
from imaging.models.images import Image
from imaging.models.people import Team, User
from imaging.wakeup import wake

if TYPE_CHECKING:
    from imaging.models.shares import ShareLink

# How the names of visitors begin: of browsers without an account, and of users.
GUEST, USER, GONE = "guest:", "user:", "gone:"
REPEAT = timedelta(minutes=15)
# For so long one process may be at telling a provider of one download.
TELLING = timedelta(minutes=3)
# So many rows are named in one query.
AT_ONCE = 500


class DownloadManager(models.Manager.from_queryset(DownloadQuerySet)):  # type: ignore[misc]
    def repeats(
        self, images: Iterable[Image], visitor: str, **through: ShareLink
    ) -> set[uuid.UUID]:
        """Return which of these this visitor took in the last 15 minutes.

        With `link`, which of them through that.
        """
        since = timezone.now() - REPEAT
        mine = self.filter(visitor=visitor, at__gt=since, **through)
        return {
            pk
            for some in in_parts([image.pk for image in images])
            for pk in mine.filter(image__in=some).values_list("image", flat=True)
        }

    @transaction.atomic
    def count_once(self, image: Image, visitor: str, **fields: Any) -> bool:
        """Count a download, unless this visitor took the image in the last 15 minutes.

        Call it when the last byte was handed over. The image row is held meanwhile, so
        that two requests of one visitor that end together count once.
        """
        return bool(self._count([image], visitor, **fields))

    @transaction.atomic
    def count_bundle(
        self,
        images: Iterable[Image],
        visitor: str,
        *,
        bundle: uuid.UUID | None = None,
        **fields: Any,
    ) -> int:
        """Count what was taken together, in one ZIP, by the rule of `count_once`.

        Call it when the last byte was handed over. Returns how many of the images
        counted; their rows bear `bundle`.
        """
        fields["bundle"] = bundle or uuid.uuid4()
        return self._count(images, visitor, **fields)

    @transaction.atomic
    def count_reported(self, image: Image, visitor: str, **fields: Any) -> int:
        """Count a download that a program reports, always; return how many there are.

        Raises Image.DoesNotExist where it was deleted meanwhile.
        """
        held = self._hold([image.pk])
        if not held:
            raise Image.DoesNotExist
        self._add(held, visitor, **fields)
        return self.filter(image=image).count()

    def _count(self, images: Iterable[Image], visitor: str, **fields: Any) -> int:
        """Count each of these that is still there and no repeat."""
        held = self._hold({image.pk for image in images})
        repeats = self.repeats(held, visitor)
        return self._add(
            [one for one in held if one.pk not in repeats], visitor, **fields
        )

    def _hold(self, pks: Collection[uuid.UUID]) -> list[Image]:
        """Hold the rows of these images in this transaction, in one order for all."""
        rows = Image.objects.select_for_update(no_key=True, of=("self",))
        rows = rows.select_related("task", "blob").order_by("pk")
        return [
            image
            for some in in_parts(sorted(pks))
            for image in rows.filter(pk__in=some)
        ]

    def _add(self, images: Sequence[Image], visitor: str, **fields: Any) -> int:
        """Add a row for each, owed to the provider that wants to know of it."""
        if not images:
            return 0
        fields["guest"] = self._number(visitor, fields.get("link"))
        now = timezone.now()
        rows = self.bulk_create(
            (
                Download(
                    image=image,
                    team_id=image.team_id,
                    visitor=visitor,
                    at=now,
                    owed=now if is_told_of(image) else None,
                    **fields,
                )
                for image in images
            ),
            batch_size=AT_ONCE,
        )
        for row in rows:
            if row.owed:
                wake("tell", row.pk)
        tell_downloaded(rows)
        return len(rows)

    def _number(self, visitor: str, link: ShareLink | None) -> int | None:
        """Return which of a link's guests this is, a new number for a new one.

        The link is held meanwhile, so that no two guests get one number.
        """
        if link is None or not visitor.startswith(GUEST):
            return None
        type(link).objects.select_for_update(no_key=True).get(pk=link.pk)
        through = self.filter(link=link, guest__isnull=False)
        if known := through.filter(visitor=visitor).first():
            return known.guest
        last: int | None = through.aggregate(last=Max("guest"))["last"]
        return (last or 0) + 1

    def due(self) -> models.QuerySet[Download]:
        """Return what a provider shall be told now: one at a time of each picture.

        Only so does the provider's count tell whether a lost call was counted.
        """
        now = timezone.now()
        busy = self.filter(owed__gt=now).values("image")
        return self.filter(owed__lte=now, image__isnull=False).exclude(image__in=busy)

    def lost(self) -> models.QuerySet[Download]:
        """Return what is owed though the picture, and so its job, is not known."""
        return self.filter(image=None, owed__isnull=False)

    @transaction.atomic
    def claim(self, pk: str) -> Download | None:
        """Take one telling that is due, for as long as a lease; None if it is not."""
        row = self.filter(pk=pk, owed__isnull=False).first()
        if row is None or row.image_id is None:
            return None
        self._hold([row.image_id])
        until = timezone.now() + TELLING
        if not self.due().filter(pk=pk).update(owed=until, tells=F("tells") + 1):
            return None
        return self.select_related("image__task__team").get(pk=pk)


def forget(
    collector: Collector, field: Any, rows: models.QuerySet[Download], using: str
) -> None:
    """Let what a deleted person took stay, and name nobody any more.

    What one person took still bears one name, so that numbers of people stay true.
    """
    visitor = Download._meta.get_field("visitor")
    for pk in set(rows.values_list("user_id", flat=True)):
        name = GONE + salted_hmac("imaging.downloads", str(pk)).hexdigest()
        collector.add_field_update(visitor, name, rows.filter(user=pk))
    # Last, for the rows are found by it.
    collector.add_field_update(field, None, rows)


class Download(UUIDModel):
    """One counted download. Every number of downloads is a query over these rows."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="downloads")
    # Null: the picture was deleted since; that it was taken stays true.
    image = models.ForeignKey(
        Image, models.SET_NULL, null=True, related_name="downloads"
    )
    user = models.ForeignKey(User, forget, null=True, related_name="downloads")
    # A person: "user:<id>", or a guest's browser; the same whatever token was used.
    # It is a secret of that browser, and no page shows it.
    visitor = models.CharField(max_length=80)
    # Which door handed it over: site, api, share, a program's own report.
    door = models.CharField(max_length=20, default="site")
    # Through which share link, if through one.
    link = models.ForeignKey(
        "ShareLink", models.SET_NULL, null=True, blank=True, related_name="downloads"
    )
    # Which of that link's guests took it, in the order of their first downloads.
    guest = models.PositiveIntegerField(null=True, blank=True)
    # What was taken together, in one ZIP, bears one; a link's limit counts it once.
    bundle = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    # When the provider that made the picture is to be told next; null: it is not owed.
    owed = models.DateTimeField(null=True, blank=True)
    told = models.DateTimeField(null=True, blank=True)
    # How often that was begun, and what the provider's client remembers of it.
    tells = models.PositiveSmallIntegerField(default=0)
    note = models.JSONField(default=dict, blank=True)

    objects = DownloadManager()

    class Meta:
        indexes = [
            models.Index(fields=["image", "visitor", "-at"], name="last_taken"),
            models.Index(fields=["team", "-at", "-id"], name="newest_taken"),
            models.Index(fields=["link", "-at", "-id"], name="newest_of_link"),
            models.Index(fields=["link", "guest"], name="guests_of_link"),
            models.Index(fields=["-at"], name="newest_downloads"),
            models.Index(fields=["visitor", "-at", "-id"], name="newest_of_visitor"),
            # With all that numbers are grouped by in it, they read it alone.
            models.Index(
                fields=["team", "at", "link", "guest", "user", "image"],
                name="ranked_downloads",
            ),
            models.Index(
                fields=["owed"], name="owed", condition=models.Q(owed__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} by {self.visitor} at {self.at:%Y-%m-%d %H:%M}"

    def change(self, **fields: Any) -> None:
        """Write these columns, unless another process tells of it by now."""
        mine = Download.objects.filter(pk=self.pk, tells=self.tells)
        if not mine.update(**fields):
            raise Superseded(str(self.pk))

    @transaction.atomic
    def settle(self, count: int | None) -> None:
        """Note that the provider was told, and what it counts by now."""
        now = timezone.now()
        # The picture first, as in every claim: two could wait for each other.
        if count is not None:
            Image.objects.filter(pk=self.image_id).update(
                provider_downloads=count, provider_downloads_at=now
            )
        self.change(owed=None, told=now)


def in_parts(pks: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    """Cut a list into parts that one query can name."""
    for begin in range(0, len(pks), AT_ONCE):
        yield pks[begin : begin + AT_ONCE]


def is_told_of(image: Image) -> bool:
    """Say whether the provider that made a picture wants to know of its downloads."""
    task = image.task
    if task is None or task.result_id != image.pk:
        return False
    provider = task.known_provider()
    return provider is not None and provider.counts_downloads(task.ticket)
